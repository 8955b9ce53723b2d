"""Runs inside an empty network namespace, as the probe's whole world; then becomes, or watches, the probe.

``probe_world.py silent ARGS...``: something listens at the base URL and never answers; the probe takes this process over.
``probe_world.py dashboard STATUS ARGS...``: a dashboard takes the report; prints what arrived, and how the probe ended.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any


def silent(command: list[str]) -> None:
    """A listener that nobody accepts at: the kernel shakes hands, and that is all that ever comes."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(16)
    listener.set_inheritable(True)  # it stays open in the probe that takes this process over
    os.execv(command[0], [*command, "--base-url", f"http://127.0.0.1:{listener.getsockname()[1]}"])


def dashboard(status: int, command: list[str]) -> None:
    """One that answers ``status`` to every upload."""
    arrived: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            told = {"path": self.path, "authorization": self.headers["authorization"], "body": json.loads(body)}
            arrived.append(told)
            answer = (
                {"url": "http://dashboard/runs/7"} if status == 202 else {"detail": "This run has its report already."}
            )
            text = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    upload = ["--upload", f"http://127.0.0.1:{server.server_port}/"]
    ended = subprocess.run([*command, *upload], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    print(json.dumps({"arrived": arrived, "code": ended.returncode, "stdout": ended.stdout, "stderr": ended.stderr}))


if __name__ == "__main__":
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    if sys.argv[1] == "silent":
        silent(sys.argv[2:])
    else:
        dashboard(int(sys.argv[2]), sys.argv[3:])
