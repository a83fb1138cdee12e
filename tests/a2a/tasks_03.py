"""What a client of a2a-sdk 0.3.x hears from an agent that answers in tasks: `tasks_03.py BASE`."""

import asyncio
import sys
import uuid

import httpx
from a2a.client import A2ACardResolver, ClientConfig, ClientFactory
from a2a.types import Message, Part, Role, TaskIdParams, TaskQueryParams, TextPart

from common import Transcript, fact


def message(text):
    return Message(role=Role.user, message_id=str(uuid.uuid4()), parts=[Part(root=TextPart(text=text))])


def plain(event):
    task, update = event
    return fact((update or task).model_dump(mode="json", exclude_none=True, by_alias=True))


async def all_of(events):
    return [plain(event) async for event in events]


async def main(base):
    said = Transcript(base)
    async with httpx.AsyncClient(timeout=20) as http:
        card = await A2ACardResolver(http, base).get_agent_card()
        said.say("card", card.name)
        client = ClientFactory(ClientConfig(httpx_client=http)).create(card)
        whole = ClientFactory(ClientConfig(httpx_client=http, streaming=False)).create(card)
        said.say("whole", await all_of(whole.send_message(message("ü"))))
        said.say("streamed", await all_of(client.send_message(message("ü"))))
        said.say("failed", await all_of(client.send_message(message("fail"))))
        stream = client.send_message(message("slow"))
        task = (await anext(stream))[0].id
        while plain(await anext(stream))[0] != "said":
            pass
        rest = asyncio.create_task(all_of(stream))
        held = await client.get_task(TaskQueryParams(id=task))
        said.say("asked for", fact(held.model_dump(mode="json", exclude_none=True, by_alias=True))[0])
        said.say("cancelled", (await client.cancel_task(TaskIdParams(id=task))).status.state)
        said.say("seen of it", (await rest)[-1])
        await said.refused("cancelled again", client.cancel_task(TaskIdParams(id=task)))
        await said.refused("unknown task", client.get_task(TaskQueryParams(id="nobody's")))


asyncio.run(main(*sys.argv[1:]))
