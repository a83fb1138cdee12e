"""An agent of A2A 0.3 that needs nothing but Python, and that can be bad in many ways: `plain.py [HOW]`.

It listens on PORT. To "die" it ends without an answer, to "length NAME" it says how long that variable is, to "pid" which
process it is, to "answer HOW" it answers in one of the ways in which its card can be bad, and to anything else it says
that it heard it.
"""

import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOW = sys.argv[1] if len(sys.argv) > 1 else "good"
PORT = int(os.environ["PORT"])

CARD = {
    "protocolVersion": "0.3.0",
    "name": "Plain",
    "description": "An agent of the tests",
    "version": "1.0.0",
    "url": f"http://127.0.0.1:{PORT}/",
    "preferredTransport": "JSONRPC",
    "capabilities": {},
    "defaultInputModes": ["text/plain"],
    "defaultOutputModes": ["text/plain"],
    "skills": [],
}


def answer_to(text):
    if text == "die":
        os._exit(9)
    if text == "pid":
        return f"pid={os.getpid()};"
    if text.startswith("length "):
        return f"length={len(os.environ.get(text.removeprefix('length '), ''))};"
    return f"heard {text}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def send(self, status, body, kind="application/json", length=None, **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def send_badly(self, how, good):
        """Answers in that bad way, if it is one; `good` is what a good agent would say."""
        if how == "html":
            self.send(200, b"<html>Hello</html>", "text/html")
        elif how == "500":
            self.send(500, b"{}")
        elif how == "redirect":
            self.send(302, b"", Location="http://127.0.0.1:1/")
        elif how == "garbage":
            self.wfile.write(b"\x00\x01 no HTTP at all\r\n\r\n")
            self.close_connection = True
        elif how == "half":
            self.send(200, good[:20], length=len(good))
            self.close_connection = True
        elif how == "silent":
            time.sleep(3600)
        else:
            return False
        return True

    def do_GET(self):
        card = json.dumps(CARD).encode()
        if HOW == "huge":
            card = json.dumps({**CARD, "x": "x" * 5_000_000}).encode()
        if not self.send_badly(HOW, card):
            self.send(200, card)

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        message = request["params"]["message"]
        text = "".join(part.get("text", "") for part in message["parts"])
        reply = {
            "kind": "message",
            "role": "agent",
            "messageId": f"re-{message['messageId']}",
            "parts": [{"kind": "text", "text": answer_to(text)}],
        }
        whole = json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": reply}).encode()
        if not self.send_badly(text.removeprefix("answer "), whole):
            self.send(200, whole)


print(f"the key is {os.environ.get('API_KEY')}", flush=True)
if HOW == "exit":
    sys.exit("this agent wants no work")
if HOW == "never":
    time.sleep(3600)
if HOW == "flood":
    # 1 GB, some of it in short lines, which are the dearest.
    for size, count in ((100, 20), (4000, 1004)):
        piece = (b"x" * (size - 1) + b"\n") * (1_048_576 // size)
        for _ in range(count):
            for stream in (1, 2):
                os.write(stream, piece[: len(piece) // 2])
ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
