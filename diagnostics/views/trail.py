"""The answers to a walk's questions, as its addresses carry them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.http import QueryDict
from django.urls import reverse

from diagnostics.models import Run

_PREFIX = "a."  # of a question's name in an address
_MOST_ANSWERS = 30
_WORD = re.compile(r"[a-z][a-z0-9_-]{0,59}")


@dataclass(frozen=True)
class Trail:
    """The answers that an address carries: every link and form of a walk passes them on, also those not asked now."""

    run: Run
    chosen: Mapping[str, str]

    @classmethod
    def of(cls, run: Run, query: QueryDict) -> Trail:
        """From an address; whatever is no answer is left behind."""
        asked = [key for key in query if key.startswith(_PREFIX)][:_MOST_ANSWERS]
        found = {key.removeprefix(_PREFIX): str(query.get(key)) for key in asked}
        return cls(run, {key: word for key, word in found.items() if _WORD.fullmatch(key) and _WORD.fullmatch(word)})

    def with_answer(self, name: str, choice: str) -> Trail:
        """The same with one answer more, or another one in its place; later ones stay."""
        return replace(self, chosen={**self.chosen, name: choice})

    def without(self, name: str) -> Trail:
        """The same without that answer."""
        return replace(self, chosen={key: choice for key, choice in self.chosen.items() if key != name})

    @property
    def query(self) -> str:
        """What stands behind an address: empty, or with its question mark."""
        made = QueryDict(mutable=True)
        made.update({_PREFIX + name: choice for name, choice in sorted(self.chosen.items())})
        return f"?{made.urlencode()}" if made else ""

    def url(self, view: str, *names: str) -> str:
        """The address of a page of this walk, with the answers."""
        return reverse(view, args=[self.run.pk, *names]) + self.query
