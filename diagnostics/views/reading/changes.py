"""What a check measured beside what was measured before: as a table, and as a sentence of what is still off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from diagnostics.engine.matching import Condition, holds
from diagnostics.views.reading import words

_MOST_OFF = 2  # facts that are named as what is still off

_SUBJECTS: Mapping[str, Sequence[str]] = {
    "proxy_url": ("config.proxy.url",),
    "no_proxy": ("config.proxy.bypassed", "config.proxy.url"),
    "base_url": ("config.base_url.value",),
    "credential": ("config.key.fingerprint", "config.key.shape"),
    "ca_pem": ("config.ca.files",),
}
"""Field of an environment that a step edits -> the facts in which a change of it shows."""


def compare(before: Mapping[str, Any], after: Mapping[str, Any], decides: Sequence[str]) -> list[dict[str, Any]]:
    """Rows for a before-and-after table: the facts that prove the step, or if none was measured those that differ.

    What stayed as it was says nothing beside what changed, so it is shown only where nothing changed.
    """
    names = [name for name in decides if name in before or name in after]
    names = names or sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    rows = [
        {
            "label": words.fact_title(name),
            "before": _shown(name, before),
            "after": _shown(name, after),
            "differs": before.get(name) != after.get(name),
        }
        for name in names
        if not name.endswith("seconds")
    ]
    return [row for row in rows if row["differs"]] or rows


def still_off(
    red: Mapping[str, Any], after: Mapping[str, Any], green: Condition, decides: Sequence[str], fix: str | None
) -> str:
    """What has changed since the red run, if anything of it has, and what is off all the same; `after` is what a failed check measured."""
    about = [name for name in (*_SUBJECTS.get(fix or "", ()), *decides) if name in red and name in after]
    changed = [name for name in (*about, *_settings(red, after)) if _plain(red[name]) != _plain(after[name])]
    if changed:
        name = changed[0]
        title, was, now = words.fact_title(name), _shown(name, red), _shown(name, after)
        return f"Changed since the red run: {title}: {was}, now {now}.{_what_is_off(green, after, name)}"
    if not about:
        return ""
    unchanged = f"{words.fact_title(about[0])}: still {_shown(about[0], after)}"
    if about[0].startswith("config."):
        return f"The setting is unchanged since the red run. {unchanged}."
    return f"The answer is the same as in the red run. {unchanged}."


def settings_unchanged(red: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether settings were read and each is as it was in the red run, as a program sees them that was started before a change."""
    read = _settings(red, after)
    return bool(read) and all(_plain(red.get(name)) == _plain(after[name]) for name in read)


def _settings(red: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [name for name in after if name.startswith("config.") and name in red]


def _what_is_off(green: Condition, after: Mapping[str, Any], told: str) -> str:
    """The facts that keep the step from being proven, as a sentence; "" where none was measured but the one that is told."""
    off = [name for name in dict.fromkeys(_off(green, after)) if name in after and name != told][:_MOST_OFF]
    return (
        f" Still off: {'; '.join(f'{words.fact_title(name)}: {_shown(name, after)}' for name in off)}." if off else ""
    )


def _off(condition: Condition, facts: Mapping[str, Any], wanted: bool = True) -> Iterator[str]:
    """Facts of the parts that are not as the condition wants them."""
    for join in ("all", "any", "none"):
        for part in condition.get(join, ()):
            yield from _off(part, facts, wanted is not (join == "none"))
    if "fact" in condition and holds(condition, facts) is not wanted:
        yield condition["fact"]


def _shown(name: str, facts: Mapping[str, Any]) -> str:
    return words.fact_value(name, facts[name]) if name in facts else "not measured"


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
