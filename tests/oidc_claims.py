"""What the provider of tests/oidc_provider.py says of a person."""

from __future__ import annotations

from typing import Any

from oauth2_provider.oauth2_validators import OAuth2Validator


class Claims(OAuth2Validator):  # type: ignore[misc]
    """Address, whether it is confirmed, and name."""

    oidc_claim_scope = None

    def get_additional_claims(self, request: Any) -> dict[str, Any]:
        """In the ID token and in the user info."""
        email = request.user.email
        return {"email": email, "email_verified": not email.startswith("unverified"), "name": request.user.first_name}
