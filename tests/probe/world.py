"""Runs inside namespaces of its own, as the probe's whole world; then becomes, or watches, the probe.

``world.py silent OPTION ARGS...``: something listens and never answers, and OPTION (``--base-url``) names it to the probe, which takes
this process over.
``world.py dropped ARGS...``: every packet gets lost, and the resolver is among what it gets lost on the way to.
``world.py dead FOLDER ARGS...``: a disk hangs at the folder, like a network mount whose server is gone.
``world.py dashboard STATUS ARGS...``: a dashboard takes the report; prints what arrived, and how the probe ended.
"""

from __future__ import annotations

import ctypes
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any


def silent(option: str, command: list[str]) -> None:
    """A listener that nobody accepts at: the kernel shakes hands, and that is all that ever comes."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(16)
    listener.set_inheritable(True)  # it stays open in the probe that takes this process over
    os.execv(command[0], [*command, option, f"http://127.0.0.1:{listener.getsockname()[1]}"])


def dropped(command: list[str]) -> None:
    """A default route into nowhere, and a name server behind it. Wants a mount namespace."""
    for line in (
        "link add nowhere type veth peer name there",
        "link set there up",
        "link set nowhere up",
        "addr add 10.9.8.7/24 dev nowhere",
        "neigh add 10.9.8.1 lladdr 02:00:00:00:00:01 dev nowhere",
        "route add default via 10.9.8.1 dev nowhere",
    ):
        subprocess.run(["ip", *line.split()], check=True)
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
        file.write("nameserver 192.0.2.53\n")
        file.flush()
        subprocess.run(["mount", "--bind", file.name, "/etc/resolv.conf"], check=True)
    os.execv(command[0], command)


def dead(folder: str, command: list[str]) -> None:
    """A file system in user space whose server says nothing, not even hello. Wants a mount namespace."""
    server = os.open("/dev/fuse", os.O_RDWR)
    os.set_inheritable(server, True)
    options = f"fd={server},rootmode=40000,user_id=0,group_id=0".encode()
    if ctypes.CDLL(None).mount(b"dead", os.fsencode(folder), b"fuse", 0, options) != 0:
        sys.exit(77)
    os.execv(command[0], command)


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
    what, *rest = sys.argv[1:]
    if what == "dashboard":
        dashboard(int(rest[0]), rest[1:])
    elif what == "dead":
        dead(str(Path(rest[0])), rest[1:])
    elif what == "silent":
        silent(rest[0], rest[1:])
    else:
        dropped(rest)
