"""``scan()``: settings that cannot work and keys that lie open, in files. It reads, and opens no connection and changes nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Optional

from diagnostics.engine.scan import repository, walking
from diagnostics.engine.scan.examining import Examiner, committed
from diagnostics.engine.scan.records import Counts, Found, Hit, Outcome, Source

MOST = 5_000  # findings; who has more has read enough
_SECRET_CODES = ("key.hardcoded", "key.kept", "key.in_file", "proxy.password_in_file")
_OPEN_BITS = 0o044
_SHORT = 20  # characters: an access key's id alone opens nothing


@dataclass(frozen=True)
class Asked:
    """What to look at. ``history``: also what was committed, where a whole folder of a repository is given."""

    paths: tuple[str, ...]
    history: bool = True
    everything: bool = False


def scan(
    asked: Asked,
    examiner: Examiner,
    stopped: Callable[[], bool] = lambda: False,
    found: Optional[list[Found]] = None,
    counts: Optional[Counts] = None,
) -> Outcome:
    """Look at the files. ``found`` and ``counts`` are filled on the way, so that somebody who stops it has what there is."""
    found, counts = [] if found is None else found, Counts() if counts is None else counts
    secrets: set[str] = set()
    unchecked: list[str] = []
    for source, hits in _files(asked, examiner, counts, stopped):
        for hit in _as_committed(source, hits, unchecked):
            if hit.secret is not None:
                secrets.add(hit.secret.fingerprint)
            if len(found) < MOST:
                found.append(examiner.wording.told(hit, source))
    if asked.history and not stopped():
        found += _history(asked, examiner, secrets, unchecked, stopped)
    if counts.skipped.get("folders of others' code"):
        unchecked.append("folders of others' code, such as node_modules (--all looks there too)")
    return Outcome(tuple(found), counts, tuple(dict.fromkeys(unchecked)), stopped())


def examine_text(name: str, text: str, examiner: Examiner) -> tuple[Source, tuple[Hit, ...], tuple[Found, ...]]:
    """The same for a text that is no file here: what needs the disk is not looked at."""
    source = Source(name, examiner.kinds.of(name).kind, text)
    hits = examiner.examine(source)[0]
    return source, hits, tuple(examiner.wording.told(hit, source) for hit in hits)


def _files(
    asked: Asked, examiner: Examiner, counts: Counts, stopped: Callable[[], bool]
) -> Iterator[tuple[Source, tuple[Hit, ...]]]:
    passed_over = () if asked.everything else examiner.passed_over
    here = os.path.realpath(os.curdir)
    for place in walking.places(asked.paths, counts, passed_over, examiner.no_text, stopped):
        if stopped():
            return
        kind = examiner.kinds.of(place.path)
        text = walking.text_of(place, counts, lambda content: examiner.is_worth(content, kind))  # noqa: B023
        if text is None:
            continue
        source = Source(_shown(place.path, here), kind.kind, text, place.path, place.mode)
        hits, ignored = examiner.examine(source)
        counts.ignored += ignored
        if hits:
            yield source, hits


def _as_committed(source: Source, hits: tuple[Hit, ...], unchecked: list[str]) -> tuple[Hit, ...]:
    """The hits, each as it is to be seen where git knows the file, and whether others may read what is secret in it."""
    if not any(hit.code in _SECRET_CODES for hit in hits):
        return hits
    root = repository.root_of(source.path)
    asks = root is not None and repository.is_here()
    if root is not None and not asks:
        unchecked.append("which files git ignores: there is no git here")
    is_ignored = asks and root is not None and source.path in repository.ignored(root, [source.path])
    made = tuple(committed(hit, inside=root is not None, ignored=bool(is_ignored)) for hit in hits)
    kept = [hit for hit in made if (hit.code in _SECRET_CODES and hit.level == "info") or hit.code == "key.kept"]
    opens_something = any(hit.secret is not None and len(hit.secret) > _SHORT for hit in kept)
    return (
        tuple(sorted((*made, *_readable(source, kept[0].line)), key=lambda hit: hit.line)) if opens_something else made
    )


def _readable(source: Source, line: int) -> Iterator[Hit]:
    mode = source.mode or 0
    if mode & _OPEN_BITS:
        who = "everybody on this machine" if mode & 0o004 else "everybody in its group"
        level = None if mode & 0o004 else "info"
        yield Hit("key.readable", line, {"detail": f"{who} (mode {mode:03o})", "value": source.shown}, level=level)


def _history(
    asked: Asked, examiner: Examiner, here: set[str], unchecked: list[str], stopped: Callable[[], bool]
) -> Iterator[Found]:
    """Keys of the history, each once, with the oldest commit that brought it."""
    for folder in dict.fromkeys(os.path.realpath(path) for path in asked.paths if os.path.isdir(path)):
        root = repository.root_of(folder)
        if root is None:
            continue
        if not repository.is_here():
            unchecked.append("the history: there is no git here")
            continue
        keys, missing = repository.history(root, folder, examiner.finder, stopped)
        if missing:
            unchecked.append(missing)
        for one in keys:
            source = Source(_shown(os.path.join(root, one.file), os.path.realpath(os.curdir)), "text", "")
            hit = examiner.open_key(one.key, one.line, examiner.kinds.named("text"))
            assert hit.secret is not None
            still = (
                "It still stands in the files."
                if hit.secret.fingerprint in here
                else "It no longer stands in the files."
            )
            facts = {**hit.facts, "commit": one.commit[:12], "day": one.day, "detail": still}
            yield examiner.wording.told(replace(hit, code="key.in_history", facts=facts, commit=one.commit), source)


def _shown(path: str, here: str) -> str:
    """The path as people write it: from the current folder, where it lies below that."""
    return os.path.relpath(path, here) if path.startswith(here.rstrip(os.sep) + os.sep) else path
