"""Reaching the dashboard of ``--upload``: directly, else through the proxy that the machine's own settings name."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Optional
from urllib.parse import urlsplit

from diagnostics.engine.cli.options import Options, shown_url
from diagnostics.engine.records import Environment, Origin, Proxy, TrustSettings
from diagnostics.engine.wording import one_line

if TYPE_CHECKING:
    from diagnostics.engine.net.http import Answer

_PORTS = {"https": 443, "http": 80}


class NotReached(Exception):
    """No answer came; the text is a sentence that says why."""


class Dashboard:
    """Where reports go. The way that worked last is tried first, so that a blocked one costs its wait once."""

    def __init__(self, options: Options) -> None:
        split = urlsplit(str(options.upload))
        self._origin = Origin(split.scheme, (split.hostname or "").lower(), split.port or _PORTS[split.scheme])
        self._path = split.path.rstrip("/")
        self._token = options.token
        self._by_proxy = False
        self.shown = shown_url(str(options.upload))

    def ask(
        self,
        path: str,
        environment: Optional[Environment],
        net: Any,
        limit: float,
        body: Optional[bytes] = None,
    ) -> Answer:
        """The answer to a GET, or to a POST where there is a ``body``, within ``limit`` seconds. Raises ``NotReached``."""
        try:
            return asyncio.run(asyncio.wait_for(self._ask(path, environment, net, limit, body), limit))
        except asyncio.TimeoutError:
            raise NotReached(f"No answer from {self.shown} in time.") from None

    async def _ask(
        self, path: str, environment: Optional[Environment], net: Any, limit: float, body: Optional[bytes]
    ) -> Answer:
        from diagnostics.engine.net import Failure, Route
        from diagnostics.engine.net.http import Request

        request = Request(
            "GET" if body is None else "POST",
            self._origin,
            self._path + path,
            headers={"accept": "application/json", **({} if body is None else {"content-type": "application/json"})},
            credentials={"authorization": self._token} if self._token else {},
            body=body or b"",
        )
        failed: list[str] = []
        ways = self._ways(environment)
        for way in ways:
            try:
                route = Route(net.trust_of(_trust(environment)), way)
                answer: Answer = await net.request(request, route, limit / len(ways))
            except Failure as failure:
                failed.append(f"{'directly' if way is None else 'through the proxy'}: {failure.word}")
                continue
            self._by_proxy = way is not None
            return answer
        raise NotReached(f"{self.shown} could not be reached ({'; '.join(failed)}).")

    def _ways(self, environment: Optional[Environment]) -> tuple[Optional[Proxy], ...]:
        proxy = environment.proxy if environment else None
        if proxy is None:
            return (None,)
        return (proxy, None) if self._by_proxy else (None, proxy)


def _trust(environment: Optional[Environment]) -> TrustSettings:
    """The system's store and the public roots, and whatever authority this machine's client was given."""
    extra = environment.trust.extra_files if environment else ()
    return TrustSettings(stores=("public", "system"), extra_files=extra)


def table(text: str) -> dict[str, Any]:
    """A JSON object of an answer; an empty one where it is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def refusal(answer: Answer) -> str:
    """Why the dashboard did not take it: its own sentence, else its status."""
    detail = table(answer.text).get("detail")
    return one_line(detail, 400) if isinstance(detail, str) else f"The dashboard answered {answer.status}."
