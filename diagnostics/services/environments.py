"""Registering the places that hurt. Settings are kept as they were written: their faults are what a run finds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any
from urllib.parse import unquote

from django.db import IntegrityError, transaction
from django.utils import timezone

from diagnostics.engine import library
from diagnostics.engine.environment import capture
from diagnostics.engine.records import Facts
from diagnostics.engine.secrets import Secret
from diagnostics.engine.wording import one_line
from diagnostics.exceptions import Conflict, InvalidInput
from diagnostics.models import Action, Environment, Team, User
from diagnostics.services import audit, case_words, environment_filling, fingerprints, locks
from diagnostics.services.access import require
from diagnostics.services.environment_filling import CLEAR_FIELDS, FIELDS
from diagnostics.services.environment_input import refuse_bad_input
from diagnostics.services.redaction import written
from diagnostics.services.registered import asked_of, machine_of

EDITABLE = frozenset(FIELDS)

_LONGEST_SHOWN = 200  # characters of a value in a sentence
_DEFAULT_VARIABLE = "ANTHROPIC_API_KEY"
_KEY_AGAIN = (
    "The stored key was entered for other settings: type it again on the environment's page to send it this way, "
    "or remove it."
)
_NAME_TAKEN = "An environment of this name is there already: choose another name, or edit that one."


def register(user: User, team: Team, **values: Any) -> Environment:
    """A new environment: fields of EDITABLE; secrets as Secret, text or None. Raises InvalidInput by field."""
    require(user, team, Action.EDIT_ENVIRONMENTS)
    now = timezone.now()
    with transaction.atomic():
        made = save_new(Environment(team=team, created_by=user, created_at=now, updated_at=now), **values)
        _told(user, made, "environment_registered")
    return made


def save_new(environment: Environment, **values: Any) -> Environment:
    """Fill and save a new row; for registering what nobody asked for, such as the practice range."""
    _assign(environment, values)
    refuse_bad_input(environment)
    return _save(environment)


def edit(user: User, environment: Environment, **values: Any) -> Environment:
    """Change the given fields only; runs that exist keep the snapshot of what they ran with.

    Judged and changed is the row of this moment, whenever `environment` was read, which is brought up to it. Raises Conflict, InvalidInput.
    """
    return edit_by_form(user, environment, values, {})


@transaction.atomic
def edit_by_form(
    user: User, environment: Environment, values: Mapping[str, Any], filled: Mapping[str, str]
) -> Environment:
    """The same from a form that was filled a while ago: `filled` are the marks of what from. Raises ChangedMeanwhile as well."""
    require(user, environment.team, Action.EDIT_ENVIRONMENTS)
    row = _held(environment)
    if row.archived_at is not None:
        raise Conflict("This environment is archived: restore it before you change it.")
    environment_filling.refuse_overwriting(row, values, filled)
    before = copy(row)
    _assign(row, values)
    refuse_bad_input(row)
    if "credential" not in values:
        _refuse_leading_the_key_away(before, row)
    row.updated_at = timezone.now()
    _save(row, only=_that_differ(before, row))
    if row.name != before.name:
        case_words.renamed(row)
    _told(user, row, _what_changed(values, row), _in_words(before, row))
    for column in _columns():
        setattr(environment, column, vars(row)[column])
    return environment


def _held(environment: Environment) -> Environment:
    row = locks.held_environment(environment.pk)
    if row is None:
        raise Conflict("This environment was deleted meanwhile.")
    row.team = environment.team
    return row


def _columns() -> list[str]:
    return [field.attname for field in Environment._meta.concrete_fields]


def _that_differ(before: Environment, after: Environment) -> list[str]:
    """As they are held, for a secret that is sealed stays so: one that no key opens any more is no hindrance."""
    return [column for column in _columns() if vars(before)[column] != vars(after)[column]]


@transaction.atomic
def archive(user: User, environment: Environment) -> None:
    """Take it out of the lists; its runs and cases stay readable."""
    require(user, environment.team, Action.EDIT_ENVIRONMENTS)
    if Environment.objects.filter(pk=environment.pk, archived_at=None).update(archived_at=timezone.now()):
        environment.refresh_from_db(fields=["archived_at"])
        _told(user, environment, "environment_archived")


@transaction.atomic
def restore(user: User, environment: Environment) -> None:
    """Put an archived environment back, unless its name was taken or it was deleted meanwhile."""
    require(user, environment.team, Action.EDIT_ENVIRONMENTS)
    row = _held(environment)
    if row.archived_at is not None:
        row.archived_at = None
        _save(row, only=["archived_at"])
        _told(user, row, "environment_restored")
    environment.archived_at = None


def _told(user: User, environment: Environment, action: str, changes: str = "") -> None:
    about = f"{environment.name}: {changes}" if changes else environment.name
    audit.record(environment.team, user, action, about, f"/environments/{environment.pk}/")


def _what_changed(values: Mapping[str, Any], environment: Environment) -> str:
    """The action of the trail: a key that was typed in or taken out is worth its own."""
    if "credential" not in values:
        return "environment_changed"
    return "credential_replaced" if environment.credential else "credential_removed"


_NAMES = {
    "name": "name",
    "kind": "kind",
    "client": "client",
    "client_version": "version",
    "mode": "mode",
    "base_url": "base URL",
    "model": "model",
    "proxy_shown": "proxy",
    "no_proxy": "NO_PROXY",
    "credential_variable": "key's variable",
    "runs_from": "where runs are made from",
}
"""What the trail tells with its value before and after, as pages show it; the rest is named alone, or its action names it."""
_LONGEST_VALUE = 60


def _in_words(before: Environment, after: Environment) -> str:
    """What of the settings is another one now, from what to what."""
    secrets = (*secrets_of(before), *secrets_of(after))

    def shown(value: Any) -> str:
        words = " ".join(written(str(value), secrets).split())
        return f"“{words if len(words) <= _LONGEST_VALUE else words[: _LONGEST_VALUE - 1] + '…'}”" if words else "none"

    pairs = [(words, getattr(before, name), getattr(after, name)) for name, words in _NAMES.items()]
    told = [f"{words} {shown(old)} → {shown(new)}" for words, old, new in pairs if old != new]
    told += ["certificates"] * (before.ca_pem != after.ca_pem) + ["notes"] * (before.notes != after.notes)
    if before.proxy_shown == after.proxy_shown and _proxy_of(before) != _proxy_of(after):
        told.append("sign-in at the proxy")
    return ", ".join(told)


def _proxy_of(environment: Environment) -> str:
    return environment.proxy_url.reveal() if environment.proxy_url is not None else ""


def facts_as_written(environment: Environment | None, values: Mapping[str, Any]) -> Facts:
    """What the client's own rules say of these settings before they are saved: facts `config.*`, no network."""
    draft = Environment() if environment is None else copy(environment)
    _assign(draft, values)
    return capture(asked_of(draft), machine_of(draft), library.load()).facts


def _refuse_leading_the_key_away(before: Environment, after: Environment) -> None:
    """Whoever may edit need not know the stored key: nobody sends it to an address, or past a CA, of their own choice.

    The provider's own origin over TLS is no such choice. The practice range leads nowhere.
    """
    if after.credential is None or after.practice:
        return
    led_by_ca = bool(after.ca_pem.strip()) and after.ca_pem != before.ca_pem
    if led_by_ca or (after.base_url.strip() != before.base_url.strip() and not _is_providers_own(after)):
        raise InvalidInput({"credential": _KEY_AGAIN})


def _is_providers_own(environment: Environment) -> bool:
    facts = facts_as_written(environment, {})
    return facts.get("config.base_url.first_party") is True and facts.get("config.base_url.plain_http") is not True


def snapshot(environment: Environment) -> dict[str, Any]:
    """What a run keeps of its environment, so that later edits do not rewrite history. Never a secret."""
    return {
        "name": environment.name,
        "kind": environment.kind,
        "client": environment.client,
        "client_version": environment.client_version,
        "mode": environment.mode,
        "base_url": environment.base_url,
        "model": environment.model,
        "proxy": environment.proxy_shown,
        "proxy_has_credentials": holds_proxy_credentials(environment),
        "no_proxy": environment.no_proxy,
        "ca_certificates": environment.ca_pem.count("BEGIN CERTIFICATE"),
        "credential_variable": environment.credential_variable if environment.credential_shape else "",
        "credential_shape": environment.credential_shape,
        "credential_fingerprint": environment.credential_fingerprint,
        "runs_from": environment.runs_from,
        "practice": environment.practice or "",
    }


def holds_proxy_credentials(environment: Environment) -> bool:
    """Whether the proxy is stored with a user name or password, which no page shows."""
    return environment.proxy_url is not None and "@" in environment.proxy_url.reveal()


def shown(environment: Environment, field: str) -> str:
    """A field as a sentence may tell it: a proxy without user name and password, nothing of a key or of certificates."""
    if field in ("credential", "ca_pem"):
        return ""
    value = environment.proxy_shown if field == "proxy_url" else str(getattr(environment, field) or "")
    value = re.sub(r"//[^/\s]*@", "//", value)
    return one_line(written(value, secrets_of(environment)), _LONGEST_SHOWN)


def secrets_of(environment: Environment) -> tuple[Secret, ...]:
    """What must not turn up in anything a run says: the key, and the proxy's password as written and decoded."""
    found = [environment.credential] if environment.credential else []
    proxy = environment.proxy_url.reveal() if environment.proxy_url else ""
    password = proxy.partition("://")[2].rpartition("@")[0].partition(":")[2]
    found += [Secret(text) for text in {password, unquote(password)} if text]
    return tuple(found)


def _assign(environment: Environment, values: Mapping[str, Any]) -> None:
    unknown = set(values) - EDITABLE
    if unknown:
        raise TypeError(f"not a field of an environment that can be edited: {', '.join(sorted(unknown))}")
    for name in CLEAR_FIELDS:
        if name in values:
            setattr(environment, name, str(values[name] or ""))
    if "proxy_url" in values:
        environment.proxy_url = _secret(values["proxy_url"])
        environment.proxy_shown = _without_credentials(environment.proxy_url)
    if "credential" in values:
        secret = environment.credential = _secret(values["credential"])
        environment.credential_shape = secret.shape[:80] if secret else ""
        environment.credential_fingerprint = fingerprints.of(environment, secret) if secret else ""
        environment.credential_variable = environment.credential_variable or _DEFAULT_VARIABLE
    environment.name = environment.name.strip()
    environment.notes = written(environment.notes, secrets_of(environment))


def _secret(value: Secret | str | None) -> Secret | None:
    secret = value if isinstance(value, Secret) else Secret(value or "")
    return secret or None


def _without_credentials(proxy: Secret | None) -> str:
    """The proxy URL without all that stands before its last @: a password with @ or / in it stays hidden too."""
    if proxy is None:
        return ""
    written = proxy.reveal().strip()
    scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", written)
    host = written.rpartition("@")[2].rpartition("://")[2]
    shown = re.match(r"(\[[^\]]*\]|[^:/]*)(:\d{1,5}(?=/|$))?", host)
    # What is no port may be a password without its @.
    cut = "" if shown and shown.end() >= len(host.rstrip("/")) else "…"
    return f"{scheme.group(0) if scheme else ''}{shown.group(0) if shown else ''}{cut}"[:300]


def _save(environment: Environment, only: Sequence[str] | None = None) -> Environment:
    try:
        with transaction.atomic():
            environment.save(update_fields=only)
    except IntegrityError:
        raise InvalidInput({"name": _NAME_TAKEN}) from None
    return environment
