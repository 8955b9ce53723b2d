"""From the press on *Check now* in a wizard until the answer stands in the step's page: run here, and on a machine that listens.

The page is looked at as often as htmx would ask. The machine is `probe.pyz --watch --upload` beside the product; what it checks
is a port of loopback at which nobody listens, so the figure is the way there and back and not a network's.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path

import httpx

from benchmarks.measuring import Figure, median, show
from benchmarks.product import Product, pairs, product
from diagnostics import packing

PRESSES = 5
GOAL = 5000  # ms
HERE = "Practice: an office proxy that wants a password"
NOBODY = "http://127.0.0.1:9"  # discard (RFC 863): nothing listens there
_LIMIT = 60.0  # seconds until a benchmark gives up
_EVERY = 0.6  # seconds between two looks, as templates/wizards/_rail.html has them while something is checked
_LINK = re.compile(r'href="(/runs/[^"/]+/fix/[^"]+)"')
_CHECK = re.compile(r'action="(/runs/[^"]+/check/[^"]*)"')
_QUESTION = re.compile(r'action="(/runs/[^"]+/fix/question/[^"]*)".*?name="choice" value="([^"]+)"', re.DOTALL)
_TOKEN = re.compile(r"tsk_[\w-]+")


def main() -> None:
    """Print the figures."""
    for pair in pairs():
        with product(pair) as it, _machine(it) as machine:
            measured = {"where the product runs": it.environments[HERE], "on a machine that listens": machine}
            figures = [
                Figure(f"checked {where}", median([_press(it, step) for _ in range(PRESSES)]), "ms", GOAL)
                for where, step in ((where, _step(it, environment)) for where, environment in measured.items())
            ]
            show(f"Check now ({pair})", figures)


@contextlib.contextmanager
def _machine(it: Product) -> Iterator[str]:
    """The path of an environment whose machine listens."""
    made = _sent(
        it,
        "/environments/new/",
        name="A machine",
        kind="laptop",
        client="claude-code",
        mode="print",
        runs_from="machine",
    )
    environment = made.headers["location"]
    shown = it.client.get(_sent(it, f"{environment}listen/", days="7").headers["location"]).text
    token = _TOKEN.search(shown)
    assert token, "no token was made"
    with tempfile.TemporaryDirectory(prefix="troubleshooter-machine-") as home:
        probe = packing.build(Path(home) / "probe.pyz")
        command = [sys.executable, "-I", str(probe), "--watch", "300", "--mode", "print", "--yes"]
        command += ["--upload", str(it.client.base_url).rstrip("/"), "--token", token[0]]
        alone = {"PATH": os.environ["PATH"], "HOME": home, "ANTHROPIC_BASE_URL": NOBODY, "ANTHROPIC_API_KEY": "none"}
        listening = subprocess.Popen(command, env=alone, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _until(
                lambda: (
                    "is listening" in it.client.get(f"{environment}listening/", headers={"hx-request": "true"}).text
                ),
                "the machine to listen",
            )
            yield environment
        finally:
            listening.terminate()
            listening.wait(timeout=20)


def _step(it: Product, environment: str) -> str:
    """The address of a step that can be checked, in the wizard of a new run of this environment."""
    page = it.client.get(f"{it.run_to_end(environment, _LIMIT)}fix/", follow_redirects=True)
    while (question := _QUESTION.search(page.text)) is not None:
        action, choice = map(unescape, question.groups())
        page = it.client.get(_sent(it, action, choice=choice).headers["location"], follow_redirects=True)
    for address in (page.url.raw_path.decode(), *map(unescape, _LINK.findall(page.text))):
        if _CHECK.search(it.client.get(address).text):
            return address
    raise LookupError(f"no step of {environment} can be checked")


def _press(it: Product, step: str) -> float:
    """Milliseconds from the press until the step's page has the answer."""
    check = _CHECK.search(it.client.get(step).text)
    assert check, step
    began = time.monotonic()
    _sent(it, unescape(check[1]))
    _until(lambda: _answered(it, step), "the answer")
    return (time.monotonic() - began) * 1000


def _answered(it: Product, step: str) -> bool:
    it.client.get(step)
    return it.rows("SELECT status FROM diagnostics_run ORDER BY queued_at DESC LIMIT 1") == [("finished",)]


def _until(is_so: Callable[[], bool], what: str) -> None:
    began = time.monotonic()
    while not is_so():
        if time.monotonic() - began > _LIMIT:
            raise TimeoutError(f"waited {_LIMIT:.0f} s for {what}")
        time.sleep(_EVERY)


def _sent(it: Product, path: str, **fields: str) -> httpx.Response:
    """A form's answer, not what it leads to."""
    token = it.client.cookies.get("csrftoken") or ""
    answer = it.client.post(
        path, data={"csrfmiddlewaretoken": token, **fields}, headers={"referer": str(it.client.base_url)}
    )
    assert answer.is_redirect, f"{path}: {answer.status_code}"
    return answer


if __name__ == "__main__":
    main()
