"""What a client of a2a-sdk 1.x hears from an agent that answers in tasks: `tasks_1.py BASE`."""

import asyncio
import sys

import httpx
from a2a.client import A2ACardResolver, ClientConfig, ClientFactory
from a2a.helpers import new_text_message
from a2a.types import CancelTaskRequest, GetTaskRequest, Role, SendMessageRequest
from google.protobuf.json_format import MessageToDict

from common import Transcript, fact


def message(text):
    return SendMessageRequest(message=new_text_message(text, role=Role.ROLE_USER))


def plain(event):
    return fact(next(iter(MessageToDict(event).values())))


async def all_of(events):
    return [plain(event) async for event in events]


async def main(base):
    said = Transcript(base)
    async with httpx.AsyncClient(timeout=20) as http:
        card = await A2ACardResolver(http, base).get_agent_card()
        said.say("card", card.name)
        usual = {"httpx_client": http, "supported_protocol_bindings": ["JSONRPC"]}
        client = ClientFactory(ClientConfig(**usual)).create(card)
        whole = ClientFactory(ClientConfig(**usual, streaming=False)).create(card)
        said.say("whole", await all_of(whole.send_message(message("ü"))))
        said.say("streamed", await all_of(client.send_message(message("ü"))))
        said.say("failed", await all_of(client.send_message(message("fail"))))
        stream = client.send_message(message("slow"))
        task = (await anext(stream)).task.id
        while plain(await anext(stream))[0] != "said":
            pass
        rest = asyncio.create_task(all_of(stream))
        said.say("asked for", fact(MessageToDict(await client.get_task(GetTaskRequest(id=task))))[0])
        said.say("cancelled", fact(MessageToDict(await client.cancel_task(CancelTaskRequest(id=task))))[0])
        said.say("seen of it", (await rest)[-1])
        await said.refused("cancelled again", client.cancel_task(CancelTaskRequest(id=task)))
        await said.refused("unknown task", client.get_task(GetTaskRequest(id="nobody's")))


asyncio.run(main(*sys.argv[1:]))
