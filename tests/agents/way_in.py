#!/usr/bin/env python3
"""A stand-in for `cloudflared` and for `ngrok`, by the name that it is started under.

It takes the real one's arguments, prints what the real one prints, and really passes HTTP on to the listener that it is
told: its public address is a port of this machine. As the real ones do, it answers 502 where the listener closes a call
without a byte. What it does is in the file that FAKE_ORDERS names, read anew all the time: `good`, `rotate N` (a new address
for each N), `lose N` (its connection is gone), `hang`, `die`, `login`, `limited`. Its process id is appended to the file
that FAKE_PIDS names.
"""

import http.client
import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NAME = os.path.basename(sys.argv[0])
ORDERS = os.environ["FAKE_ORDERS"]


def order():
    try:
        with open(ORDERS) as file:
            return file.read().strip()
    except FileNotFoundError:
        return "good"


def cloudflared(level, message):
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    print(f"{now} {level} {message}", file=sys.stderr, flush=True)


def ngrok(**line):
    print(json.dumps({"t": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), **line}), flush=True)


class Handler(BaseHTTPRequestHandler):
    """Passes a call on, as whole as it came."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def pass_on(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        ours = http.client.HTTPConnection(*self.server.listener, timeout=60)
        try:
            ours.request(self.command, self.path, body, dict(self.headers))
            answer = ours.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            failed(self.path, error)
            self.send_response_only(502)
            self.send_header("Content-Length", "0")
            return self.end_headers()
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "content-length", "transfer-encoding"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = pass_on


def failed(path, error):
    if NAME == "cloudflared":
        where = f"connIndex=0 dest=https://x.trycloudflare.com{path} event=0 ip=198.41.200.63 type=http"
        cloudflared("ERR", f'Request failed error="Unable to reach the origin service. {error}" {where}')


def open_at(listener):
    public = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    public.listener = listener
    threading.Thread(target=public.serve_forever, args=(0.02,), daemon=True).start()
    url = f"http://127.0.0.1:{public.server_port}"
    if NAME == "cloudflared":
        cloudflared("INF", "+" + "-" * 92 + "+")
        cloudflared("INF", "|  Your quick Tunnel has been created! Visit it at (it may take some time to be reachable):  |")
        cloudflared("INF", f"|  {url:<88}  |")
        cloudflared("INF", "+" + "-" * 92 + "+")
        connected()
    else:
        ngrok(lvl="info", msg="started tunnel", obj="tunnels", name="command_line", addr="http://%s:%d" % listener, url=url)
    return public


def connected():
    if NAME == "cloudflared":
        connection = "connection=02cb73dd-a7a1-4f7d-9e19-b0ba5f6bff11 event=0 ip=198.41.200.63 location=bru01 protocol=quic"
        cloudflared("INF", f"Registered tunnel connection connIndex=0 {connection}")
    else:
        ngrok(lvl="info", msg="client session established", obj="tunnels.session")


def lost():
    if NAME == "cloudflared":
        cloudflared("INF", "Unregistered tunnel connection connIndex=0 event=0 ip=198.41.192.167")
        cloudflared("INF", "Retrying connection in up to 1s connIndex=0 event=0 ip=198.41.192.167")
    else:
        ngrok(lvl="eror", msg="session closed, starting reconnect loop", obj="tunnels.session", err="session closed")


def refuse(how):
    if how == "die":
        sys.exit(3)
    if how == "login" and NAME == "ngrok":
        words = "authentication failed: Usage of ngrok requires a verified account and authtoken."
        ngrok(lvl="eror", msg="failed to reconnect session", obj="tunnels.session", err=f"{words}\n\nERR_NGROK_4018\n")
        for line in (words, "Your authtoken: 2secretsecretsecret", "", "ERR_NGROK_4018"):
            print(f"ERROR:  {line}", file=sys.stderr, flush=True)
        sys.exit(1)
    if how == "limited":
        error = "error=\"invalid character 'e' looking for beginning of value\" status_code=\"429 Too Many Requests\""
        cloudflared("ERR", f"Error unmarshaling QuickTunnel response: error code: 1015 {error}")
        print("failed to unmarshal quick Tunnel: invalid character 'e' looking for beginning of value", file=sys.stderr)
        sys.exit(1)


def main():
    with open(os.environ["FAKE_PIDS"], "a") as file:
        print(os.getpid(), file=file)
    if NAME == "cloudflared":
        assert sys.argv[1] == "tunnel" and "--no-autoupdate" in sys.argv, sys.argv
        address = sys.argv[sys.argv.index("--url") + 1].removeprefix("http://")
        cloudflared("INF", "Thank you for trying Cloudflare Tunnel. See https://www.cloudflare.com/website-terms/")
        cloudflared("INF", "Requesting new quick Tunnel on trycloudflare.com...")
    else:
        assert sys.argv[1] == "http" and "--log-format=json" in sys.argv, sys.argv
        address = sys.argv[2]
        ngrok(lvl="info", msg="open config file", path="/home/ada/.config/ngrok/ngrok.yml", err="<nil>")
        ngrok(lvl="info", msg="starting web service", obj="web", addr="127.0.0.1:4040")
    host, port = address.rsplit(":", 1)
    listener = (host, int(port))
    refuse(order())
    while order() == "hang":
        time.sleep(0.02)
    refuse(order())
    done, public = order(), open_at(listener)
    while True:
        time.sleep(0.02)
        now = order()
        if now == done:
            continue
        done = now
        refuse(now)
        if now.startswith("rotate"):
            public.shutdown()
            public.server_close()
            public = open_at(listener)
        elif now.startswith("lose"):
            lost()
        elif now == "good":
            connected()


main()
