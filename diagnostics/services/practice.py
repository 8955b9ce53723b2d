"""The practice range as registered environments: they fail for real on loopback, without key or internet."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from diagnostics.engine.net import NetworkMap, Roots
from diagnostics.exceptions import Conflict
from diagnostics.lab import practice as ranges
from diagnostics.models import Environment, Team, User
from diagnostics.services import audit, environments


def register_environments(team: Team, owner: User) -> None:
    """Register each practice environment in `team`, where it is not registered yet."""
    known = set(Environment.objects.filter(team=team, practice__isnull=False).values_list("practice", flat=True))
    now = timezone.now()
    for slug in ranges.PRACTICES:
        if slug not in known:
            row = Environment(team=team, created_by=owner, created_at=now, updated_at=now, practice=slug)
            environments.save_new(row, **_broken(slug))


def reset(user: User, environment: Environment) -> Environment:
    """Break a practice environment again, whatever was changed in it."""
    if environment.practice is None or environment.practice not in ranges.PRACTICES:
        raise Conflict("This is no practice environment.")
    with transaction.atomic():
        broken = environments.edit(user, environment, **_broken(environment.practice))
        audit.record(environment.team, user, "practice_reset", environment.name, f"/environments/{environment.pk}/")
    return broken


def is_broken(environment: Environment) -> bool:
    """Whether it still stands as it was broken: then there is nothing to break again."""
    broken = _broken(environment.practice or "")
    secrets = {name: broken.pop(name) for name in ("proxy_url", "credential")}
    written = {name: getattr(environment, name) for name in secrets}
    same = all((written[name].reveal() if written[name] else "") == (value or "") for name, value in secrets.items())
    return same and all(getattr(environment, name) == value for name, value in broken.items())


def _broken(slug: str) -> dict[str, Any]:
    """The settings with which a practice environment fails."""
    one = ranges.PRACTICES[slug]
    return {
        "name": one.title,
        "kind": Environment.Kind.OTHER,
        "client": one.client,
        "client_version": "",
        "mode": Environment.Mode.INTERACTIVE,
        "base_url": one.base_url,
        "model": "",
        "proxy_url": one.proxy_url,
        "no_proxy": "",
        "ca_pem": "",
        "credential": one.key,
        "credential_variable": "ANTHROPIC_API_KEY",
        "runs_from": Environment.RunsFrom.WORKER,
        "notes": one.story,
    }


def network(slug: str) -> tuple[NetworkMap, Roots]:
    """The practice network of an environment, started in this process on first use, and the one root it trusts.

    That root is the public list and the system's store alike, since clients differ in which of the two they read.
    """
    lab = ranges.open(slug)
    root = lab.public_pem
    return lab.network_map(), Roots(root, (), lambda path: None, system_is_whole=True, system_pem=root)
