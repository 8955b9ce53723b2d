"""States as a person sees them: a word, a shape, and only then a colour.

The shapes differ without colour: a ring with a check, a triangle, a filled octagon with a cross, a dotted ring with
a question mark. Everything that shows a state takes its word and shape from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class State:
    """``name`` is the CSS suffix, ``word`` what stands beside the icon, ``shape`` the inside of a 16 by 16 SVG."""

    name: str
    word: str
    shape: str


_RING = '<circle class="body" cx="8" cy="8" r="6.25"/>'
_DASHED = '<circle class="body" cx="8" cy="8" r="6.25" stroke-dasharray="2.6 2.3"/>'

STATES: dict[str, State] = {
    state.name: state
    for state in (
        State("works", "Works", _RING + '<path class="mark" d="m5.2 8.2 2 2 3.6-4.2"/>'),
        State(
            "warning",
            "Warning",
            '<path class="body" d="M8 1.9 14.9 14H1.1z"/><path class="mark" d="M8 6.4v3.4M8 11.9v.1"/>',
        ),
        State(
            "broken",
            "Broken",
            '<path class="body" d="M5 .8h6L15.2 5v6L11 15.2H5L.8 11V5z"/>'
            '<path class="mark" d="m5.4 5.4 5.2 5.2m0-5.2-5.2 5.2"/>',
        ),
        State(
            "unknown",
            "Not known",
            _DASHED + '<path class="mark" d="M6.2 6.4a1.8 1.8 0 1 1 2.6 1.7c-.6.3-.8.6-.8 1.1M8 11.3v.1"/>',
        ),
        State(
            "running",
            "Checking",
            '<path class="body" d="M8 1.75a6.25 6.25 0 1 1-6.25 6.25"/><circle cx="8" cy="8" r=".6"/>',
        ),
        State("waiting", "Waiting", _RING + '<path class="mark" d="M8 4.8V8l2 1.4"/>'),
        State("skipped", "Skipped", _RING + '<path class="mark" d="M5.4 8h5.2"/>'),
        State("stopped", "Not run", _RING + '<path class="mark" d="M6 6h4v4H6z"/>'),
        State("unreached", "Not reached", _DASHED),
        State(
            "fault",
            "Our fault",
            '<rect class="body" x="1.75" y="1.75" width="12.5" height="12.5" rx="1.5"/>'
            '<path class="mark" d="M8 4.9v3.8M8 11v.1"/>',
        ),
        State("info", "Note", _RING + '<path class="mark" d="M8 7.6v3.4M8 5v.1"/>'),
    )
}

_ATTEMPT_STATES = {"done": "works", "failed": "broken", "skipped": "skipped"}
_LEVEL_STATES = {"problem": "broken", "warning": "warning", "info": "info"}
_RUN_STATES = {
    "waiting": "waiting",
    "queued": "waiting",
    "running": "running",
    "failed": "fault",
    "cancelled": "skipped",
    "expired": "skipped",
}
_STEP_STATES = {
    "todo": ("unreached", "To do"),
    "checking": ("running", "Checking"),
    "done": ("works", "Done"),
    "could_not": ("unknown", "Could not be completed"),
    "not_needed": ("skipped", "Not needed"),
}


def icon(state: str, word: str = "") -> str:
    """The state's shape as an SVG, one text line high; with ``word`` an image of that name, without it an ornament."""
    shown = STATES[state]
    told = f'role="img" aria-label="{escape(word)}"' if word else 'aria-hidden="true"'
    return f'<svg class="icon icon-{shown.name}" viewBox="0 0 16 16" width="16" height="16" {told}>{shown.shape}</svg>'


def state_of_attempt(status: str, reason: str | None = None) -> str:
    """State of one probe's try; a crash of our own is told apart from a fault of the path."""
    return "fault" if reason == "internal_error" else _ATTEMPT_STATES[status]


def state_of_cause(cause: str) -> str:
    """State of a finished run by its verdict."""
    return {"healthy": "works", "unknown": "unknown"}.get(cause, "broken")


def state_of_run(status: str, cause: str = "") -> str:
    """State of a run by its status, and once it is finished by its cause."""
    return _RUN_STATES[status] if status in _RUN_STATES else state_of_cause(cause)


def state_of_level(level: str) -> str:
    """State that a finding's level is shown with."""
    return _LEVEL_STATES[level]


def state_of_step(word: str) -> tuple[str, str]:
    """State and word of a wizard's step: todo, checking, done, could_not or not_needed."""
    return _STEP_STATES[word]
