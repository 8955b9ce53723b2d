"""What came of a receiver's change, from two verdicts, in words that are theirs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from diagnostics.engine.vocabulary import HEALTHY, LAYERS

if TYPE_CHECKING:
    from diagnostics.handoff_schema import Receiver

_ELSE = ", now by something else. Whoever sent you this sees what it is."


class Told(NamedTuple):
    """``word`` is a field of ``handoff_schema.Outcome``; ``says`` a sentence."""

    word: str
    says: str

    @property
    def proven(self) -> bool:
        """Whether what was asked for is done."""
        return self.word in ("works", "moved")


def told(receiver: Receiver, was: Mapping[str, Any], now: Mapping[str, Any]) -> Told:
    """The outcome of a change. ``was`` and ``now`` are verdicts as a report has them, without what the receiver is not to see."""
    word = _word(was, now)
    says = getattr(receiver.outcome, word)
    if word != "still":
        return Told(word, says if says.endswith(".") else f"{says}.")
    return Told(word, f"{says}: {now['summary']}" if _is_theirs(receiver, was, now) else f"{says}{_ELSE}")


def _is_theirs(receiver: Receiver, was: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether the packet was about what stops the client now. What else is wrong is the team's own matter: the network team
    need not read that an account has no credit left.
    """
    return now["cause"] == was["cause"] or now["cause"] in receiver.causes or now["side"] in receiver.sides


def _word(was: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """A cause farther along the path shows that the client has come past the first one."""
    if now["cause"] == HEALTHY:
        return "works"
    if now["layer"] is None or was["layer"] is None:
        return "undecided" if now["layer"] is None else "still"
    farther = LAYERS.index(now["layer"]) > LAYERS.index(was["layer"])
    return "moved" if farther and now["cause"] != was["cause"] else "still"
