"""An agent of a2a-sdk 1.x, with JSON-RPC at /rpc and HTTP+JSON at /rest; WITH_0_3 has /rpc speak the older protocol too."""

import asyncio
import os

from a2a.helpers import get_message_text, new_task_from_user_message, new_text_message, new_text_part
from a2a.server.agent_execution import AgentExecutor
from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.routes import create_agent_card_routes, create_jsonrpc_routes, create_rest_routes
from a2a.server.tasks import InMemoryPushNotificationConfigStore, InMemoryTaskStore, TaskUpdater
from a2a.types import AgentCapabilities, AgentCard, AgentInterface, AgentSkill
from starlette.applications import Starlette

from common import serve


class Agent(AgentExecutor):
    """Says, counts to three, or holds a task until it is cancelled."""

    async def execute(self, context, event_queue):
        text = get_message_text(context.message)
        if text.startswith("say "):
            return await event_queue.enqueue_event(new_text_message(text.removeprefix("say ")))
        if context.current_task is None:
            await event_queue.enqueue_event(new_task_from_user_message(context.message))
        updater = TaskUpdater(event_queue, context.task_id, context.context_id)
        await updater.start_work()
        if text == "hold":
            await asyncio.sleep(600)
        for number in range(3):
            await updater.add_artifact([new_text_part(f"{number} ü")], name=str(number))
        await updater.complete()

    async def cancel(self, context, event_queue):
        await TaskUpdater(event_queue, context.task_id, context.context_id).cancel()


def build(address):
    card = AgentCard(
        name="One",
        description="An agent of the tests",
        version="1.0.0",
        supported_interfaces=[
            AgentInterface(url=f"{address}/rpc", protocol_binding="JSONRPC", protocol_version="1.0"),
            AgentInterface(url=f"{address}/rest", protocol_binding="HTTP+JSON", protocol_version="1.0"),
        ],
        capabilities=AgentCapabilities(streaming=True, push_notifications=True),
        default_input_modes=["text/plain"],
        default_output_modes=["text/plain"],
        skills=[AgentSkill(id="count", name="Count", description="Counts to three", tags=["test"])],
    )
    handler = DefaultRequestHandler(
        agent_executor=Agent(),
        task_store=InMemoryTaskStore(),
        agent_card=card,
        push_config_store=InMemoryPushNotificationConfigStore(),
    )
    return Starlette(
        routes=[
            *create_agent_card_routes(card, cache_control="max-age=60"),
            *create_jsonrpc_routes(handler, "/rpc", enable_v0_3_compat="WITH_0_3" in os.environ),
            *create_rest_routes(handler, path_prefix="/rest"),
        ]
    )


serve(build)
