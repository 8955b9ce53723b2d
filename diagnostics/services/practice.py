"""The practice range as registered environments: they fail for real on loopback, without key or internet."""

from __future__ import annotations

from django.utils import timezone

from diagnostics.engine.net import NetworkMap, Roots
from diagnostics.engine.secrets import Secret
from diagnostics.lab import practice as range_
from diagnostics.models import Environment, Team, User
from diagnostics.services import environments


def register_environments(team: Team, owner: User) -> None:
    """Register each practice environment in `team`, where it is not registered yet."""
    known = set(Environment.objects.filter(team=team, practice__isnull=False).values_list("practice", flat=True))
    for slug, one in range_.PRACTICES.items():
        if slug in known:
            continue
        now = timezone.now()
        environments.save_new(
            Environment(
                team=team, created_by=owner, created_at=now, updated_at=now, practice=slug, kind=Environment.Kind.OTHER
            ),
            name=one.title,
            client=one.client,
            mode=Environment.Mode.INTERACTIVE,
            base_url=one.base_url,
            proxy_url=Secret(one.proxy_url),
            credential=Secret(one.key),
            credential_variable="ANTHROPIC_API_KEY",
            notes=one.story,
        )


def network(slug: str) -> tuple[NetworkMap, Roots]:
    """The practice network of an environment, started in this process on first use, and the one root it trusts."""
    lab = range_.open(slug)
    said = lab.names()
    names = NetworkMap(
        places={**lab.routes_v6(), **lab.routes()},
        answers={host: answer for host, answer in said.items() if isinstance(answer, tuple)},
    )
    return names, Roots(public_pem=lab.public_pem, system_files=(), read=lambda path: None)
