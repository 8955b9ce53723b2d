"""What several schemas of the knowledge are made of: words of closed lists, sentences with facts in them, conditions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict

from diagnostics.condition_schema import faults
from diagnostics.engine import calls
from diagnostics.engine.facts import FACTS
from diagnostics.engine.vocabulary import CAUSES, LAYERS, PROBE_NAMES
from diagnostics.engine.wording import slots


def known(words: Sequence[str], what: str) -> AfterValidator:
    """A word of a closed list."""

    def check(word: str) -> str:
        if word not in words:
            raise ValueError(f"{what} {word!r} is not declared")
        return word

    return AfterValidator(check)


Fact = Annotated[str, known(tuple(FACTS), "the fact")]
CauseCode = Annotated[str, known(CAUSES, "the cause")]
ProbeName = Annotated[str, known(PROBE_NAMES, "the probe")]
Layer = Annotated[str, known(LAYERS, "the layer")]


def _sentence(text: str) -> str:
    for fact, _ in slots(text):
        if not FACTS.keys() >= set(calls.named(fact)):
            raise ValueError(f"the fact {fact!r} in the text is not declared")
    return text


Text = Annotated[str, AfterValidator(_sentence)]


class Table(BaseModel):
    """A table of which every key is known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _condition(value: Any) -> Any:
    for fault in faults(value):
        raise ValueError(fault)
    return value


Condition = Annotated[dict[str, Any], AfterValidator(_condition)]
