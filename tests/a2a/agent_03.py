"""An agent of a2a-sdk 0.3.x, with JSON-RPC at /rpc and HTTP+JSON below /rest."""

import asyncio

from a2a.server.agent_execution import AgentExecutor
from a2a.server.apps import A2ARESTFastAPIApplication, A2AStarletteApplication
from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.tasks import InMemoryPushNotificationConfigStore, InMemoryTaskStore, TaskUpdater
from a2a.types import AgentCapabilities, AgentCard, AgentInterface, AgentSkill, Part, TextPart
from a2a.utils import new_agent_text_message, new_task
from starlette.applications import Starlette
from starlette.routing import Mount

from common import serve


class Agent(AgentExecutor):
    """Says, counts to three, or holds a task until it is cancelled."""

    async def execute(self, context, event_queue):
        text = context.get_user_input()
        if text.startswith("say "):
            return await event_queue.enqueue_event(new_agent_text_message(text.removeprefix("say ")))
        task = context.current_task or new_task(context.message)
        if context.current_task is None:
            await event_queue.enqueue_event(task)
        updater = TaskUpdater(event_queue, task.id, task.context_id)
        await updater.start_work()
        while text == "hold":
            # Whoever watches anew is told what happens next, and nothing of what has.
            await asyncio.sleep(0.05)
            await updater.start_work()
        for number in range(3):
            await updater.add_artifact([Part(root=TextPart(text=f"{number} ü"))], name=str(number))
        await updater.complete()

    async def cancel(self, context, event_queue):
        await TaskUpdater(event_queue, context.task_id, context.context_id).cancel()


def build(address):
    card = AgentCard(
        name="Zero three",
        description="An agent of the tests",
        version="1.0.0",
        url=f"{address}/rpc",
        preferred_transport="JSONRPC",
        additional_interfaces=[
            AgentInterface(url=f"{address}/rpc", transport="JSONRPC"),
            AgentInterface(url=f"{address}/rest", transport="HTTP+JSON"),
        ],
        capabilities=AgentCapabilities(streaming=True, push_notifications=True),
        default_input_modes=["text/plain"],
        default_output_modes=["text/plain"],
        skills=[AgentSkill(id="count", name="Count", description="Counts to three", tags=["test"])],
    )
    handler = DefaultRequestHandler(
        agent_executor=Agent(),
        task_store=InMemoryTaskStore(),
        push_config_store=InMemoryPushNotificationConfigStore(),
    )
    rest = A2ARESTFastAPIApplication(agent_card=card, http_handler=handler).build()
    app = A2AStarletteApplication(agent_card=card, http_handler=handler)
    return Starlette(routes=[*app.routes(rpc_url="/rpc"), Mount("/rest", app=rest)])


serve(build)
