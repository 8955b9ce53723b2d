"""Runs inside namespaces of its own, as the probe's whole world; then becomes, or watches, the probe.

``world.py silent OPTION ARGS...``: something listens and never answers, and OPTION (``--base-url``) names it to the probe, which takes
this process over.
``world.py dropped ARGS...``: every packet gets lost, and the resolver is among what it gets lost on the way to.
``world.py dead FOLDER ARGS...``: a disk hangs at the folder, like a network mount whose server is gone.
``world.py dashboard STATUS ARGS...``: a dashboard takes the report; prints what arrived, and how the probe ended.
``world.py watched SCRIPT ARGS...``: a dashboard that the probe listens to, as the JSON of SCRIPT says: it ends after ``arrived`` reports and
``asked`` questions, ``lines`` that it printed and the words ``told``, or ``seconds`` after the first
question; ``answers`` to the questions (the last one for ever; a text goes as it stands), ``statuses`` of them,
``upload`` the status for reports, ``away`` where nobody is there until it has said so. Prints what arrived and when, who else was called, and how
the probe ended.
``world.py bridged PORT SOCKET ARGS...``: no network but one port of loopback, which leads through the Unix socket to what is outside.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
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


def watched(script: dict[str, Any], command: list[str]) -> None:
    """A dashboard with something to ask. ``{evil}`` in an answer is the address of a server that nobody may call."""
    began = time.monotonic()
    asked: list[float] = []
    arrived: list[dict[str, Any]] = []
    called: list[str] = []

    class Evil(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            called.append(self.path)
            self.send_error(404)

        do_POST = do_CONNECT = do_GET

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Handler(Evil):
        def do_GET(self) -> None:
            turn = len(asked)
            asked.append(time.monotonic() - began)
            answer = script["answers"][min(turn, len(script["answers"]) - 1)]
            text = answer if isinstance(answer, str) else json.dumps(answer)
            statuses = script.get("statuses", [200])
            self._answer(statuses[min(turn, len(statuses) - 1)], text.replace("{evil}", evil_address))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            arrived.append({"at": time.monotonic() - began, "token": self.headers["authorization"], **body})
            self._answer(
                script.get("upload", 202), json.dumps({"url": "http://d/runs/7", "detail": "No more of this."})
            )

        def _answer(self, status: int, text: str) -> None:
            self.send_response(status)
            if status == 302:
                self.send_header("location", evil_address)
            self.send_header("content-length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

    evil = HTTPServer(("127.0.0.1", 0), Evil)
    evil_address = f"http://127.0.0.1:{evil.server_port}"
    server = HTTPServer(("127.0.0.1", 0), Handler, bind_and_activate=False)
    server.server_bind()
    threading.Thread(target=evil.serve_forever, daemon=True).start()
    whole = [*command, "--upload", f"http://127.0.0.1:{server.server_port}", "--yes"]
    with tempfile.TemporaryDirectory() as folder:
        out, errors = Path(folder, "out"), Path(folder, "errors")  # a full pipe would hold it up
        with out.open("w") as stdout, errors.open("w") as stderr:
            process = subprocess.Popen(whole, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr)

        def serve() -> None:
            while script.get("away") and "could not be reached" not in errors.read_text():
                time.sleep(0.1)
            server.server_activate()
            server.serve_forever()

        def enough() -> bool:
            seen = len(arrived) >= script["arrived"] and len(asked) >= script["asked"]
            return seen and out.read_text().count("\n") >= script["lines"] and script["told"] in errors.read_text()

        threading.Thread(target=serve, daemon=True).start()
        while not (enough() or process.poll() is not None):
            if asked and time.monotonic() - began > asked[0] + script["seconds"]:
                break
            time.sleep(0.1)
        process.terminate()
        process.wait(60)
        told = {"asked": asked, "arrived": arrived, "called": called, "code": process.returncode}
        print(json.dumps({**told, "stdout": out.read_text(), "stderr": errors.read_text()}))


def bridged(port: int, path: str, command: list[str]) -> None:
    """Each connection to the port is carried to the socket, byte by byte; the probe runs beside it until it ends."""

    def carry(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(65_536):
                target.sendall(piece)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def serve() -> None:
        while True:
            near, _ = listener.accept()
            far = socket.socket(socket.AF_UNIX)
            far.connect(path)
            for pair in ((near, far), (far, near)):
                threading.Thread(target=carry, args=pair, daemon=True).start()

    listener = socket.create_server(("127.0.0.1", port))
    threading.Thread(target=serve, daemon=True).start()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:
        signal.signal(signal.SIGTERM, lambda number, frame: process.send_signal(number))
        sys.exit(process.wait())


if __name__ == "__main__":
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    what, *rest = sys.argv[1:]
    if what == "dashboard":
        dashboard(int(rest[0]), rest[1:])
    elif what == "watched":
        watched(json.loads(rest[0]), rest[1:])
    elif what == "bridged":
        bridged(int(rest[0]), rest[1], rest[2:])
    elif what == "dead":
        dead(str(Path(rest[0])), rest[1:])
    elif what == "silent":
        silent(rest[0], rest[1:])
    else:
        dropped(rest)
