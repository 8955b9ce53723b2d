"""Starts every process of one machine, keeps them alive and ends them together (`make start`).

It loads neither Django nor Celery: it is the process that must never grow or fail.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO, Any, NoReturn

from troubleshooter.processes import Process

HEALTHY_WITHIN = 90.0
STOP_WITHIN = 8.0
LOOK_EVERY = 0.1
EARLY_DEATHS = 3


class Refusal(Exception):
    """Starting makes no sense; the message is the one line that says what to do."""


def main() -> int:
    """Prepare, start, watch until told to stop; the exit code says whether that went well."""
    began = time.monotonic()
    # Where this is set every process would compile a thousand files at every start: 3 s of work.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    try:
        plan = prepare()
        with hold_folder(Path(plan["data_dir"])), listen(plan["bind"], plan["port"]) as front_door:
            return Supervisor(plan, front_door, began).run()
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def prepare() -> dict[str, Any]:
    """Check settings, migrate, collect static files; answer the plan."""
    command = [sys.executable, "-m", "troubleshooter.prepare", "--plan"]
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)  # errors go straight to the person
    if result.returncode:
        raise SystemExit(result.returncode)
    plan: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return plan


def hold_folder(data_dir: Path) -> IO[str]:
    """Lock the data folder: two brokers on the same files would lose messages."""
    runtime = data_dir / "run"
    runtime.mkdir(mode=0o700, exist_ok=True)
    lock = open(runtime / "supervisor.lock", "a+", encoding="ascii")  # noqa: SIM115  the caller closes it
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        holder = lock.read().strip()
        lock.close()
        remedy = "stop that one, or name another folder: DATA_DIR=/path"
        raise Refusal(f"Troubleshooter already runs from {data_dir} (process {holder}): {remedy}") from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def listen(bind: str, port: int) -> socket.socket:
    """Open the port here and hand it on: it is tested once, and stays open while the web process is restarted."""
    front_door = socket.socket(socket.AF_INET6 if ":" in bind else socket.AF_INET, socket.SOCK_STREAM)
    front_door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        front_door.bind((bind, port))
        front_door.listen(256)
    except OSError as problem:
        front_door.close()
        raise Refusal(_why_not(problem, bind, port)) from None
    front_door.set_inheritable(True)
    return front_door


def _why_not(problem: OSError, bind: str, port: int) -> str:
    if problem.errno == errno.EADDRINUSE:
        return f"Port {port} on {bind} is used by another program: choose another: PORT={port % 65000 + 1} make start"
    if problem.errno == errno.EACCES:
        return f"Port {port} needs privileges: choose one above 1023: PORT=8000 make start"
    return f"Cannot listen on BIND={bind} ({problem.strerror or problem}): write an address of this machine."


@dataclass
class Supervisor:
    """The processes of one machine and the loop that watches them."""

    plan: dict[str, Any]
    front_door: socket.socket
    began: float
    processes: list[Process] = field(default_factory=list)
    stopping: int = 0
    healthy: bool = False

    def run(self) -> int:
        """Start everything, then watch until a signal or until it is clear that it cannot start."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup means: stay
                signal.signal(number, self._on_signal)
        try:
            self._start_all()
            while not self.stopping:
                time.sleep(LOOK_EVERY if not self.healthy else 3 * LOOK_EVERY)
                self._look_after()
                if not self.healthy:
                    self._look_for_health()
            return 0
        finally:
            self._stop_all()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.stopping += 1
        if self.stopping > 1:  # asked twice: no more patience
            for process in self.processes:
                process.kill()

    def _start_all(self) -> None:
        self.processes = commands(self.plan, self.front_door.fileno())
        if self.plan["in_process"] or (self.plan["embedded_broker"] and not self.plan["broker_binary"]):
            print("No broker can be started here: worker and scheduler run inside the web process.", flush=True)
        for process in self.processes:
            process.start()
            if process.name == "broker":
                self._wait_for_broker(process)

    def _wait_for_broker(self, broker: Process) -> None:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and not self.stopping:
            try:
                with socket.socket(socket.AF_UNIX) as probe:
                    probe.connect(self.plan["broker_socket"])
                    return
            except OSError:
                time.sleep(0.02)
        self._give_up(broker)

    def _look_after(self) -> None:
        for process in self.processes:
            ended = process.look()
            if ended is None or self.stopping:
                continue
            if not self.healthy and process.deaths >= EARLY_DEATHS:
                self._give_up(process)
            print(f"{process.name} ended ({ended}); starting it again in {process.pause:.1f} s.", flush=True)

    def _look_for_health(self) -> None:
        waited = time.monotonic() - self.began
        state, answered = self._ask_health()
        if state == "ok" and answered is not None and answered < waited:  # not an answer kept from an earlier start
            self.healthy = True
            self._welcome(waited)
        elif waited > HEALTHY_WITHIN:
            raise Refusal(f"Not healthy after {waited:.0f} s ({state}). The logs are in {self.plan['data_dir']}/logs")

    def _ask_health(self) -> tuple[str, float | None]:
        """What /healthz says, and how many seconds ago a worker answered."""
        host = self.plan["bind"]
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
        try:  # by hand: http.client would cost this process a third of its memory
            with socket.create_connection((host, self.plan["port"]), timeout=5) as wire:
                wire.sendall(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
                with wire.makefile("rb") as stream:
                    answer = json.loads(stream.read().partition(b"\r\n\r\n")[2])
            return str(answer["status"]), answer["worker_age"]
        except (OSError, ValueError, KeyError) as problem:
            return f"web does not answer: {type(problem).__name__}", None

    def _welcome(self, waited: float) -> None:
        minutes = self.plan["sign_in_minutes"]
        print(f"Troubleshooter is ready after {waited:.1f} s. Logs: {self.plan['data_dir']}/logs. Stop it with Ctrl-C.")
        print("It serves one machine" + f" and listens on {self.plan['bind']}; for a team see docker-compose.yml.")
        print(f"The link works once, within {minutes} minutes; `make sign-in` prints another.")
        print(f"Sign in: {self.plan['sign_in']}", flush=True)

    def _give_up(self, process: Process) -> NoReturn:
        raise Refusal(f"{process.name} does not start: {process.last_words()} (whole log: {process.log})")

    def _stop_all(self) -> None:
        """Ask everything to end, the broker last since the others talk to it; what lingers is killed."""
        broker = [process for process in self.processes if process.name == "broker"]
        others = [process for process in self.processes if process.name != "broker"]
        for group in (others, broker):
            for process in group:
                process.ask_to_end()
            deadline = time.monotonic() + STOP_WITHIN
            while any(process.running for process in group) and time.monotonic() < deadline:
                time.sleep(0.05)
            for process in group:
                process.kill()


def commands(plan: dict[str, Any], front_door: int) -> list[Process]:
    """Every process to run, in the order of starting."""
    data_dir, socket_file = Path(plan["data_dir"]), Path(plan["broker_socket"])
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "MALLOC_ARENA_MAX": "2"}
    # Checked already by prepare; again in the worker it would load every page, for 23 MB.
    environment["CELERY_SKIP_CHECKS"] = "1"
    in_process = plan["in_process"]
    answer: list[Process] = []

    def add(name: str, command: list[str], **more: Any) -> None:
        answer.append(Process(name, command, environment, data_dir / "logs" / f"{name}.log", **more))

    if plan["embedded_broker"]:
        if plan["broker_binary"]:
            socket_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            add("broker", _broker_command(plan["broker_binary"], socket_file, data_dir / "run"))
        else:
            environment |= {"BROKER_URL": "memory://", "CACHE_URL": "locmemcache://"}
            in_process = True
    add("web", _web_command(front_door, plan["web_threads"]), handed=(front_door,))
    if not in_process:
        several = plan["workers"] > 1
        for number in range(1, plan["workers"] + 1):
            name = f"worker-{number}" if several else "worker"
            # A killed worker's runs are taken up by their lease, so it need not outlive the supervisor.
            add(name, _worker_command(name, plan["worker_threads"], not several), dies_by=signal.SIGKILL)
        if several:
            add("scheduler", [sys.executable, "-m", "celery", "-q", "-A", "troubleshooter", "beat", "--pidfile="])
    return answer


def _broker_command(binary: str, socket_file: Path, folder: Path) -> list[str]:
    command = [binary, "--port", "0", "--unixsocket", str(socket_file), "--unixsocketperm", "600", "--dir", str(folder)]
    command += ["--appendonly", "yes", "--appendfsync", "everysec", "--save", ""]
    return [*command, "--maxmemory", "128mb", "--maxmemory-policy", "noeviction"]


def _web_command(front_door: int, threads: int) -> list[str]:
    command = [sys.executable, "-m", "gunicorn", "troubleshooter.wsgi", "--bind", f"fd://{front_door}"]
    command += ["--worker-class", "gthread", "--workers", "1", "--threads", str(threads)]
    command += ["--timeout", "60", "--graceful-timeout", "5", "--log-level", "warning"]
    return command + (["--worker-tmp-dir", "/dev/shm"] if os.access("/dev/shm", os.W_OK) else [])  # noqa: S108  a heartbeat file must not wait for a disk


def _worker_command(name: str, threads: int, scheduler: bool) -> list[str]:
    command = [sys.executable, "-m", "celery", "-q", "-A", "troubleshooter", "worker", "-n", f"{name}@%h"]
    command += ["-P", "threads", "-c", str(threads), "--without-gossip", "--without-mingle", "--without-heartbeat"]
    return command + (["--scheduler-thread"] if scheduler else [])


if __name__ == "__main__":
    sys.exit(main())
