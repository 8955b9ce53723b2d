"""OpenID Connect as its specification has it: allauth's provider, with the nonce, signatures and issuer checked.

allauth takes an ID token unsigned where it came over TLS, sends no nonce, builds the callback address from the Host header
and takes whatever the discovery document calls its issuer; here all four are checked (OpenID Connect Core 3.1.3.7 and
5.3.2, Discovery 4.3).
"""

from __future__ import annotations

import hmac
import secrets
from typing import Any

from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse


class StrictAdapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """Talks to one provider for one request."""

    expected_nonce = ""

    @property
    def openid_config(self) -> dict[str, Any]:
        """The discovery document, which must be the configured issuer's own."""
        config: dict[str, Any] = super().openid_config
        issuer = self.get_provider().app.settings["server_url"]
        if str(config.get("issuer", "")).rstrip("/") != issuer:
            raise OAuth2Error("the discovery document names another issuer")
        return config

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        """From PUBLIC_URL: that is what is registered at the provider."""
        return settings.PUBLIC_URL + reverse("openid_connect_callback", kwargs={"provider_id": self.provider_id})

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        """The person, from the ID token; what the provider tells besides must be of the same person."""
        id_token = kwargs["response"].get("id_token")
        if not id_token:
            raise OAuth2Error("no ID token")
        claims = self._decode_id_token(app, id_token)
        if not self.expected_nonce or not hmac.compare_digest(str(claims.get("nonce", "")), self.expected_nonce):
            raise OAuth2Error("the ID token's nonce is not the one that was sent")
        told = self._fetch_user_info(token.token) if self.openid_config.get("userinfo_endpoint") else {}
        if told and told.get("sub") != claims.get("sub"):
            raise OAuth2Error("the user info is of another person")
        return self.get_provider().sociallogin_from_response(request, {"userinfo": {**claims, **told}})

    def _decode_id_token(self, app: Any, id_token: str) -> dict[str, Any]:
        config = self.openid_config
        claims: dict[str, Any] = jwtkit.verify_and_decode(
            credential=id_token,
            keys_url=config["jwks_uri"],
            issuer=config["issuer"],
            audience=app.client_id,
            lookup_kid=jwtkit.lookup_kid_jwk,
        )
        return claims


class StrictProvider(OpenIDConnectProvider):  # type: ignore[misc]
    """Sends a nonce, and lets no query string of ours change what is asked for."""

    oauth2_adapter_class = StrictAdapter

    def redirect(
        self, request: HttpRequest, process: str, next_url: str | None = None, data: Any = None, **kwargs: Any
    ) -> HttpResponse:
        """Off to the provider."""
        nonce = secrets.token_urlsafe(24)
        kwargs |= {"scope": self.get_scope(), "auth_params": {"nonce": nonce}, "nonce": nonce}
        response: HttpResponse = super().redirect(request, process, next_url, data, **kwargs)
        return response


class StrictCallback(OAuth2CallbackView):  # type: ignore[misc]
    """Back from the provider."""

    adapter: StrictAdapter

    def _get_state(self, request: HttpRequest, provider: Any) -> Any:
        state, response = super()._get_state(request, provider)
        if state:
            self.adapter.expected_nonce = state.get("nonce", "")
        return state, response
