"""What a client of a2a-sdk 1.x does with an agent: `client_1.py BASE BINDING`."""

import asyncio
import sys
import uuid

import httpx
from a2a.client import A2ACardResolver, ClientConfig, ClientFactory
from a2a.helpers import new_text_message
from a2a.types import (
    CancelTaskRequest,
    DeleteTaskPushNotificationConfigRequest,
    GetTaskPushNotificationConfigRequest,
    GetTaskRequest,
    ListTaskPushNotificationConfigsRequest,
    Role,
    SendMessageRequest,
    SubscribeToTaskRequest,
    TaskPushNotificationConfig,
)
from google.protobuf.json_format import MessageToDict

from common import Transcript


def message(text):
    return SendMessageRequest(message=new_text_message(text, role=Role.ROLE_USER))


async def all_of(events):
    return [MessageToDict(event) async for event in events]


async def main(base, binding):
    said = Transcript(base)
    async with httpx.AsyncClient(timeout=20) as http:
        card = await A2ACardResolver(http, base).get_agent_card()
        said.say("card", MessageToDict(card))
        tag = (await http.get(f"{base}/.well-known/agent-card.json")).headers["etag"]
        again = await http.get(f"{base}/.well-known/agent-card.json", headers={"if-none-match": tag})
        said.say("card again", [again.status_code, again.text, again.headers["cache-control"], again.headers["etag"] == tag])

        bindings = [binding]
        client = ClientFactory(ClientConfig(httpx_client=http, supported_protocol_bindings=bindings)).create(card)
        whole = ClientFactory(
            ClientConfig(httpx_client=http, supported_protocol_bindings=bindings, streaming=False)
        ).create(card)
        said.say("a message", await all_of(whole.send_message(message("say hello"))))
        said.say("a task", await all_of(whole.send_message(message("count"))))
        said.say("a streamed message", await all_of(client.send_message(message("say ü & \"quotes\""))))
        said.say("a streamed task", await all_of(client.send_message(message("count"))))

        stream = client.send_message(message("hold"))
        first, working = await anext(stream), await anext(stream)
        task = first.task.id
        said.say("held", [MessageToDict(first), MessageToDict(working)])
        await stream.aclose()
        said.say("left", MessageToDict(await client.get_task(GetTaskRequest(id=task))))
        watching = client.subscribe(SubscribeToTaskRequest(id=task))
        said.say("watched again", MessageToDict(await anext(watching)))
        rest = asyncio.create_task(all_of(watching))

        url = "https://hook.example/x?y=%2F"
        config = TaskPushNotificationConfig(task_id=task, id="mine", url=url, token="t")
        said.say("push set", MessageToDict(await client.create_task_push_notification_config(config)))
        asked = GetTaskPushNotificationConfigRequest(task_id=task, id="mine")
        said.say("push got", MessageToDict(await client.get_task_push_notification_config(asked)))
        listed = ListTaskPushNotificationConfigsRequest(task_id=task)
        said.say("pushes", MessageToDict(await client.list_task_push_notification_configs(listed)))
        gone = DeleteTaskPushNotificationConfigRequest(task_id=task, id="mine")
        await client.delete_task_push_notification_config(gone)
        await said.refused("push gone", client.get_task_push_notification_config(asked))

        said.say("cancelled", MessageToDict(await client.cancel_task(CancelTaskRequest(id=task))))
        said.say("seen of it", await rest)
        await said.refused("unknown task", client.get_task(GetTaskRequest(id=str(uuid.uuid4()))))


asyncio.run(main(*sys.argv[1:]))
