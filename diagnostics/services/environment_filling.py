"""What a form of an environment was filled from, so that two who have it open do not write over each other unawares.

The form carries a mark of each value that it was filled from: keyed digests, which tell nothing to whoever reads the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.crypto import salted_hmac

from diagnostics.engine.secrets import Secret
from diagnostics.exceptions import InvalidInput
from diagnostics.models import Environment

CLEAR_FIELDS = (
    "name",
    "kind",
    "client",
    "client_version",
    "mode",
    "base_url",
    "model",
    "no_proxy",
    "ca_pem",
    "credential_variable",
    "runs_from",
    "notes",
)
SECRET_FIELDS = ("proxy_url", "credential")
FIELDS = (*CLEAR_FIELDS, *SECRET_FIELDS)
SHOWN = "proxy_shown"  # what the field of the proxy was filled with, where the proxy itself has a password

_BLANKS_COUNT = frozenset(("base_url", "proxy_url", SHOWN))
_LEADS_THE_KEY = frozenset(("base_url", "ca_pem"))  # whoever types a key means it for what the page says of these
_ELSEWHERE = "Changed meanwhile, by somebody else or in another tab"
_LONGEST = 300  # characters of a colleague's words in a sentence


class ChangedMeanwhile(InvalidInput):
    """What the form was filled from is no longer what stands there, and saving would write over it."""


def marks_of(environment: Environment) -> dict[str, str]:
    """A mark of every value as it stands."""
    return {name: mark(name, _stored(environment, name)) for name in (*FIELDS, SHOWN)}


def _stored(environment: Environment, name: str) -> Any:
    """A key's fingerprint serves as well, and can be had where the key itself no longer opens."""
    if name == "credential":
        return f"{environment.credential_shape} {environment.credential_fingerprint}"
    return getattr(environment, name)


def mark(name: str, value: Any) -> str:
    """The same for values that a form takes for the same: a browser has line breaks of its own, and most fields drop blanks."""
    text = (value.reveal() if isinstance(value, Secret) else str(value or "")).replace("\r\n", "\n")
    text = text if name in _BLANKS_COUNT else text.strip()
    return salted_hmac(f"diagnostics.environment.{name}", text, algorithm="sha256").hexdigest()[:16]


def changed_since(environment: Environment, filled: Mapping[str, str]) -> frozenset[str]:
    """The fields that have another value than the form was filled from."""
    now = marks_of(environment)
    return frozenset(name for name in FIELDS if filled.get(name, now[name]) != now[name])


def refuse_overwriting(environment: Environment, values: Mapping[str, Any], filled: Mapping[str, str]) -> None:
    """Raise ChangedMeanwhile, by field, where `values` would take the place of what somebody wrote after the form was filled."""
    if not filled:
        return
    theirs = changed_since(environment, filled)
    over = (
        name for name in values if name in theirs and mark(name, values[name]) != mark(name, _stored(environment, name))
    )
    errors = {
        name: f"{_now(environment, name)} Yours still stands here: save again to put it in place of that."
        for name in over
    }
    if values.get("credential"):
        for name in sorted((theirs & _LEADS_THE_KEY) - set(values)):
            errors[name] = (
                f"{_now(environment, name)} The key that you typed would be used with that: save again if it may."
            )
    if errors:
        raise ChangedMeanwhile(errors)


def _now(environment: Environment, name: str) -> str:
    """What stands there now, without a secret."""
    return f"{_ELSEWHERE}: {_says(environment, name)}."


def _says(environment: Environment, name: str) -> str:
    if name == "ca_pem":
        return "other certificates are stored now" if environment.ca_pem else "no certificates are stored now"
    if name == "credential":
        shape = environment.credential_shape
        return f"the key that is stored now is {shape}" if shape else "no key is stored now"
    display = getattr(environment, f"get_{name}_display", None)
    said = str(display() if display else getattr(environment, SHOWN if name == "proxy_url" else name))
    if not said:
        return "it is empty now"
    return f"it says “{said[:_LONGEST]}{'…' if len(said) > _LONGEST else ''}” now"
