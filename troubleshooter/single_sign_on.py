"""OpenID Connect providers, as the environment names them."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.utils.text import slugify

from troubleshooter import knobs

_MOST = 9
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Provider:
    """One provider; `slug` derives from the issuer, so that accounts of one issuer are never taken for another's."""

    slug: str
    name: str
    issuer: str
    client_id: str
    client_secret: str

    def app(self) -> dict[str, object]:
        """As allauth's SOCIALACCOUNT_PROVIDERS take it."""
        return {
            "provider_id": self.slug,
            "name": self.name,
            "client_id": self.client_id,
            "secret": self.client_secret,
            "settings": {"server_url": self.issuer, "oauth_pkce_enabled": True},
        }


def providers() -> tuple[Provider, ...]:
    """OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET and OIDC_NAME; more of them with _2 to _9 behind each name."""
    found = [_provider(f"_{number}" if number > 1 else "") for number in range(1, _MOST + 1)]
    answer = tuple(one for one in found if one is not None)
    if len({one.slug for one in answer}) < len(answer):
        raise ImproperlyConfigured("OIDC_ISSUER names one issuer twice: keep one of the two.")
    return answer


def _provider(suffix: str) -> Provider | None:
    issuer, client_id = knobs.text("OIDC_ISSUER" + suffix), knobs.text("OIDC_CLIENT_ID" + suffix)
    secret, name = knobs.text("OIDC_CLIENT_SECRET" + suffix), knobs.text("OIDC_NAME" + suffix)
    if not issuer and not client_id and not secret:
        return None
    if not issuer or not client_id:
        raise ImproperlyConfigured(f"OIDC_ISSUER{suffix} and OIDC_CLIENT_ID{suffix} go together: set both.")
    issuer = issuer.removesuffix("/.well-known/openid-configuration").rstrip("/")
    parts = urlsplit(issuer)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        knobs.refuse(
            f"OIDC_ISSUER{suffix}", issuer, "write the issuer's https:// address, such as https://login.example.com."
        )
    slug = slugify(issuer.partition("://")[2].replace(".", "-").replace(":", "-").replace("/", "-"))[:100]
    return Provider(slug, name or str(parts.hostname), issuer, client_id, secret)


def domains() -> list[str]:
    """OIDC_DOMAINS: who may get an account by single sign-on; empty, everybody whose address the provider confirms."""
    return [name.lower().lstrip("@") for name in knobs.names("OIDC_DOMAINS")]


def team_of_newcomers(allowed: list[str]) -> str:
    """OIDC_AUTO_TEAM: the slug of the team that people with a new account join; only together with OIDC_DOMAINS."""
    team = knobs.text("OIDC_AUTO_TEAM")
    if team and not allowed:
        knobs.refuse("OIDC_AUTO_TEAM", team, "set OIDC_DOMAINS too, or everybody with a confirmed address would join.")
    return team
