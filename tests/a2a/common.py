"""What the agents and clients of every SDK version share: a server that counts, and a transcript that compares."""

import json
import os
import re
import socket
import sys

import uvicorn


class Counted:
    """An app that says at /open how many of its other requests are under way: one is until its stream has ended."""

    def __init__(self, app):
        self.app = app
        self.open = 0

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        if scope["path"] == "/open":
            body = str(self.open).encode()
            head = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
            await send({"type": "http.response.start", "status": 200, "headers": head})
            return await send({"type": "http.response.body", "body": body})
        self.open += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self.open -= 1


def serve(build):
    """Serves what `build` makes of the server's own address, on PORT or else on a free port."""
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    app = Counted(build(address))
    print(f"listening on {address}", flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])


ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)?")


class Transcript:
    """Prints each step as a line of JSON, in which only what the SDK decides is left."""

    def __init__(self, base):
        self.base = base
        self.ids = {}

    def say(self, step, value):
        text = json.dumps([step, value], sort_keys=True).replace(self.base, "<base>")
        text = ID.sub(lambda found: self.ids.setdefault(found[0], f"<id {len(self.ids) + 1}>"), text)
        print(TIME.sub("<time>", text), flush=True)

    async def refused(self, step, awaitable):
        """A step that must fail, and how it does."""
        try:
            await awaitable
        except Exception as error:
            return self.say(step, [type(error).__name__, str(error)])
        sys.exit(f"{step} did not fail")


def fact(event):
    """What a task or an update of one says, in the same words for every version: its state and text, or a piece."""
    if "artifact" in event:
        return ["said", event["artifact"]["parts"][0]["text"]]
    status = event["status"]
    said = [part["text"] for artifact in event.get("artifacts", []) for part in artifact["parts"]]
    words = [part["text"] for part in status.get("message", {}).get("parts", [])]
    return [status["state"].removeprefix("TASK_STATE_").lower(), *said, *words]
