"""What a client of a2a-sdk 0.3.x does with an agent: `client_03.py BASE TRANSPORT`."""

import asyncio
import sys
import uuid

import httpx
from a2a.client import A2ACardResolver, ClientConfig, ClientFactory
from a2a.types import (
    GetTaskPushNotificationConfigParams,
    Message,
    Part,
    PushNotificationConfig,
    Role,
    TaskIdParams,
    TaskPushNotificationConfig,
    TaskQueryParams,
    TextPart,
)

from common import Transcript


def message(text):
    return Message(role=Role.user, message_id=str(uuid.uuid4()), parts=[Part(root=TextPart(text=text))])


def plain(event):
    if isinstance(event, tuple):
        return [plain(part) for part in event]
    return event and event.model_dump(mode="json", exclude_none=True)


async def all_of(events):
    return [plain(event) async for event in events]


async def main(base, transport):
    said = Transcript(base)
    async with httpx.AsyncClient(timeout=20) as http:
        card = await A2ACardResolver(http, base).get_agent_card()
        said.say("card", plain(card))
        old = await A2ACardResolver(http, base, "/.well-known/agent.json").get_agent_card()
        said.say("card at its old place", plain(old))

        transports = {"supported_transports": [transport], "use_client_preference": True, "httpx_client": http}
        client = ClientFactory(ClientConfig(**transports)).create(card)
        whole = ClientFactory(ClientConfig(**transports, streaming=False)).create(card)
        said.say("a message", await all_of(whole.send_message(message("say hello"))))
        said.say("a task", await all_of(whole.send_message(message("count"))))
        said.say("a streamed message", await all_of(client.send_message(message("say ü & \"quotes\""))))
        said.say("a streamed task", await all_of(client.send_message(message("count"))))

        stream = client.send_message(message("hold"))
        first, working = await anext(stream), await anext(stream)
        task = first[0].id
        said.say("held", [plain(first), plain(working)])
        await stream.aclose()
        said.say("left", (await client.get_task(TaskQueryParams(id=task))).status.state)
        # How much happens meanwhile differs from run to run, what it is does not.
        watching = (update async for _, update in client.resubscribe(TaskIdParams(id=task)))
        said.say("watched again", plain(await anext(watching)))
        rest = asyncio.create_task(all_of(watching))

        config = PushNotificationConfig(id="mine", url="https://hook.example/x?y=%2F", token="t")
        config = TaskPushNotificationConfig(task_id=task, push_notification_config=config)
        said.say("push set", plain(await client.set_task_callback(config)))
        asked = GetTaskPushNotificationConfigParams(id=task, push_notification_config_id="mine")
        said.say("push got", plain(await client.get_task_callback(asked)))

        said.say("cancelled", (await client.cancel_task(TaskIdParams(id=task))).status.state)
        await rest
        said.say("nothing to watch any more", True)
        await said.refused("unknown task", client.get_task(TaskQueryParams(id=str(uuid.uuid4()))))


asyncio.run(main(*sys.argv[1:]))
