"""Taking secrets out of texts that strangers wrote, and saying what was taken out: where, of what kind, how long."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from diagnostics.engine import disguises, telltales
from diagnostics.engine.records import Environment, Hidden, Kept
from diagnostics.engine.secrets import Secret

MOST = 8_192
"""Characters of a stranger's text that are looked at; what comes after is never shown."""

LONGEST = 300
"""Characters of a text in the report. Cut only when it is clean: half a secret would not be known as one."""

_SHORTEST = 6  # a shorter secret would blacken ordinary words, ports and numbers
_BEFORE, _AFTER = re.compile(r"[\w.-]"), re.compile(r"[\w-]|\.\w")  # a part of a longer name


@dataclass(frozen=True)
class _Span:
    begin: int
    end: int
    kind: str
    instead: str


class Hiding:
    """The secrets of one run. ``public``: names that everybody may read although a secret may hold them, such as hosts."""

    def __init__(self, kept: Iterable[Kept], public: Iterable[str] = ()) -> None:
        self._exact: dict[str, Kept] = {}
        self._weak: dict[str, Kept] = {}
        self._grams: dict[str, Kept] = {}
        known = disguises.lower(" ".join(public))
        for value, one in {one.secret.reveal().strip(): one for one in reversed(tuple(kept))}.items():
            if len(value) < _SHORTEST:
                continue
            for form in disguises.forms(value):
                is_word = disguises.lower(form) in known or (
                    form in disguises.as_written(value) and disguises.is_word(form)
                )
                (self._weak if is_word else self._exact).setdefault(disguises.lower(form), one)
            for gram in disguises.grams(value):
                if gram not in known:
                    self._grams.setdefault(gram, one)

    def hide(
        self, text: str, where: str, *, words: bool = True, unknown: bool = True
    ) -> tuple[str, tuple[Hidden, ...]]:
        """``text`` without secrets, and what was taken out.

        ``words``: also secrets that are ordinary words. ``unknown``: also what only stands where secrets do.
        """
        spans = _merged([*self._known(text, words), *(_unknown(text) if unknown else ())])
        made, at = [], 0
        for span in spans:
            made += [text[at : span.begin], f"[{span.instead}]"]
            at = span.end
        return "".join([*made, text[at:]]), tuple(Hidden(where, span.kind, span.end - span.begin) for span in spans)

    def clean(self, text: str) -> str:
        """``text`` without secrets."""
        return self.hide(text, "")[0]

    def _known(self, text: str, words: bool) -> Iterator[_Span]:
        lowered = disguises.lower(text)
        for form, kept in self._exact.items():
            for at in _places(lowered, form):
                yield _Span(at, at + len(form), kept.kind, kept.secret.shape)
        for form, kept in self._weak.items() if words else ():
            for at in _places(lowered, form):
                if not (_BEFORE.match(lowered[at - 1 : at]) or _AFTER.match(lowered, at + len(form))):
                    yield _Span(at, at + len(form), kept.kind, kept.secret.shape)
        for at in range(len(lowered) - disguises.GRAM + 1) if self._grams else ():
            cut = self._grams.get(lowered[at : at + disguises.GRAM])
            if cut is not None:
                yield _Span(at, at + disguises.GRAM, cut.kind, cut.secret.shape)


def _places(text: str, form: str) -> Iterator[int]:
    at = text.find(form)  # no pattern: making one of a long secret can take longer than the run
    while at >= 0:
        yield at
        at = text.find(form, at + len(form))


def hiding_of(environment: Environment) -> Hiding:
    """Every secret of a machine's configuration; the hosts that are asked stay readable."""
    named = (environment.proxy, *environment.proxy_for.values(), *environment.alternatives.proxies)
    proxies = [one for one in named if one is not None]
    origins = [one for one in (environment.origin, *(proxy.origin for proxy in proxies)) if one is not None]
    sent = [Kept(one.name, "key", one.secret) for one in environment.credentials]
    sent += [Kept(one.variable, "user name", one.username) for one in proxies if one.username is not None]
    sent += [Kept(one.variable, "password", one.password) for one in proxies if one.password is not None]
    hosts = [origin.host for origin in origins if not disguises.PREFIX.match(origin.host)]
    # Who pasted a whole line into a variable has its name in the value: the name is no secret.
    names = [one.name for one in environment.credentials if one.name.isidentifier()]
    return Hiding((*environment.kept, *sent), (*hosts, *names, *environment.first_run_urls, environment.client.name))


def scrub(text: str, known: Iterable[Secret] = ()) -> str:
    """``text`` with every known secret, and whatever else looks like one, replaced by its shape."""
    return Hiding(Kept("", "secret", secret) for secret in known).clean(text)


def _unknown(text: str) -> Iterator[_Span]:
    for begin, end, kind in telltales.unknown_ones(text):
        yield _Span(begin, end, kind, Secret(text[begin:end]).shape)


def _merged(spans: list[_Span]) -> list[_Span]:
    """Spans in order, those that touch made one; the longest tells the kind."""
    made: list[_Span] = []
    for span in sorted(spans, key=lambda one: (one.begin, -one.end)):
        last = made[-1] if made else None
        if last is None or span.begin > last.end:
            made.append(span)
        elif span.end > last.end:
            longer = span if span.end - span.begin > last.end - last.begin else last
            made[-1] = _Span(last.begin, span.end, longer.kind, longer.instead)
    return made
