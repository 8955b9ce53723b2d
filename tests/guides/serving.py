"""An API on loopback in the clear, as the snippets call it, and what reached it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import anthropic
import pytest

from diagnostics.lab import KEY, api
from diagnostics.lab.http import App, Request, Response, Site
from diagnostics.lab.network import Lab

HOST = "api.anthropic.com"
QUESTION: dict[str, Any] = {
    "model": "claude-haiku-5-5",
    "max_tokens": 50,
    "messages": [{"role": "user", "content": "Hello"}],
}


LIMITED = api.error(429, "rate_limit_error", "too many", headers={"retry-after": "7"})
BUSY = api.error(529, "overloaded_error", "Overloaded")
BROKEN = api.error(500, "api_error", "Internal server error")
GONE = "http://127.0.0.1:9"
"""The discard port, where nothing listens."""


class Served:
    """A running API: its base URL, and its requests as ``METHOD path``."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        host, port = lab.routes()[HOST, 80]
        self.url = f"http://{host}:{port}"

    @property
    def seen(self) -> list[str]:
        """Every request so far."""
        return [f"{one.method} {one.target.partition('?')[0]}" for one in self.lab.seen]


@contextmanager
def serving(site: Site | App) -> Iterator[Served]:
    """Serve a declared API, or a function from request to response."""
    app = site.app if isinstance(site, Site) else site
    with Lab({HOST: Site(app, None)}, rest={}) as lab:
        yield Served(lab)


def first(*answers: Response | Callable[[], Response], then: App | None = None) -> App:
    """These answers in their order, then those of a healthy API."""
    waiting = list(answers)
    healthy = then or api.api(tls=None).app

    def app(request: Request) -> Response:
        if not waiting:
            return healthy(request)
        answer = waiting.pop(0)
        return answer if isinstance(answer, Response) else answer()

    return app


def always(answer: Response) -> App:
    """The same answer to everything."""
    return lambda _: answer


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now, self.slept = 100.0, list[float]()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Go on at once."""
        self.slept.append(seconds)
        self.now += seconds


def client(served: Served | str, key: str = KEY, **how: Any) -> anthropic.Anthropic:
    """The SDK's client for an API or a base URL, without retries of its own."""
    url = served if isinstance(served, str) else served.url
    return anthropic.Anthropic(api_key=key, base_url=url, **{"max_retries": 0, "timeout": 5.0, **how})


def point(monkeypatch: pytest.MonkeyPatch, served: Served | str) -> None:
    """Set what a machine sets for its client."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", served if isinstance(served, str) else served.url)
