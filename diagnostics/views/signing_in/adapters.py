"""allauth's hooks: our words, addresses from PUBLIC_URL, mails that fail softly, and what an account's person is told."""

from __future__ import annotations

import time
from typing import Any, cast
from urllib.parse import urlsplit

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from allauth.account.models import EmailAddress
from allauth.core import context as current
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib import messages
from django.core.mail import EmailMultiAlternatives
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from diagnostics.engine.secrets import Secret
from diagnostics.models import AccessToken, User
from diagnostics.models.encryption import SECOND_FACTOR, seal, unseal
from diagnostics.services import account_events, mail, newcomers
from diagnostics.services.redaction import written
from diagnostics.views.signing_in import devices
from troubleshooter.addresses import address_of, parsed

log = structlog.get_logger(__name__)

FRESH_SECONDS = 900
"""How long after signing in somebody without a password may still change what a password would be asked for."""

_NOTICES = {
    "account/email/email_changed": "address_changed",
    "account/email/password_changed": "password_changed",
    "account/email/password_reset": "password_reset",
    "account/email/password_set": "password_set",
    "mfa/email/recovery_codes_generated": "codes_made",
    "mfa/email/totp_activated": "two_factor_on",
    "mfa/email/totp_deactivated": "two_factor_off",
    "socialaccount/email/account_connected": "sso_linked",
    "socialaccount/email/account_disconnected": "sso_unlinked",
}
_SUBJECTS = {
    "account/email/email_confirmation": "Confirm your e-mail address",
    "account/email/password_reset_key": "Choose a new password",
    "account/email/unknown_account": "Nobody has an account with this address",
}


def mailbox_shown(user: User) -> None:
    """The account's address is its person's. What anybody prepared before that was known opens nothing: another address that
    waits for its confirmation, and where the account's was never confirmed, accounts of single sign-on and tokens.
    """
    EmailAddress.objects.filter(user=user, verified=False).exclude(email=user.email).delete()
    if EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists():
        return
    SocialAccount.objects.filter(user=user).delete()
    AccessToken.objects.filter(membership__user=user, revoked_at=None).update(revoked_at=timezone.now())


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-in, passwords and addresses."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": "This account is locked. Ask whoever runs this dashboard.",
        "duplicate_email": "This is your address already.",
        "email_password_mismatch": "This e-mail address and password do not go together.",
        "enter_current_password": "This is not your current password.",
        "incorrect_code": "This code is not right. Codes change every 30 seconds: type the one that stands there now.",
        "incorrect_password": "This is not your password.",
        "invalid_password_reset": "This link was used already or is too old.",
        "rate_limited": "Too many tries. Wait a few minutes.",
        "same_as_current": "This is your address already.",
        "too_many_login_attempts": "Too many tries. Wait 15 minutes, choose a new password by mail, or ask for a sign-in link.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts come from invitations and from single sign-on."""
        return False

    def is_safe_url(self, url: str | None) -> bool:
        """Whether one may be sent there after signing in: to pages of PUBLIC_URL, not to other ports and names that we answer to."""
        ours = urlsplit(settings.PUBLIC_URL)
        return url_has_allowed_host_and_scheme(url, {ours.netloc}, require_https=settings.HTTPS)

    def is_ajax(self, request: HttpRequest) -> bool:
        """Pages are pages, whatever a client says it takes."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """As it is shown beside a session; tries are counted by its network. One that is none must not stop a sign-in."""
        for text in (address_of(request), request.META.get("REMOTE_ADDR", "")):
            address = parsed(text)
            if address is not None:
                return str(address)
        return "0.0.0.0"  # noqa: S104  says that it is not known

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        email = str(credentials.get("email", "")).lower()  # without the Host header, which anybody can choose
        return f"{email}:{devices.known(request, email)}"

    # -- Asking for the password again

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whoever has a password or a second factor is asked for it; whoever has neither must have signed in just now."""
        request = current.request
        if get_reauthentication_flows(request.user):
            return True
        records = get_authentication_records(request, request.user)
        return not records or time.time() - records[-1]["at"] > FRESH_SECONDS

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """As allauth has them, or the page that says to sign in anew."""
        methods = cast(list[dict[str, Any]], super().get_reauthentication_methods(user))
        anew = {"id": "sign_in_anew", "description": "Sign in again", "url": reverse("account_sign_in_anew")}
        return methods or [anew]

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Not to the form once more, which asks for the password that is new."""
        return reverse("account")

    # -- Telling

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        """Note the sign-in; an address that the provider has confirmed counts as confirmed here."""
        signals = kwargs.get("signal_kwargs") or {}
        sign_on = signals.get("sociallogin")
        if sign_on is not None:
            confirmed = [one.email.lower() for one in sign_on.email_addresses if one.verified]
            if user.email in confirmed:
                known = {"verified": True, "primary": True}
                EmailAddress.objects.update_or_create(user=user, email=user.email, defaults=known)
        how = signals.pop("how", "by single sign-on" if sign_on is not None else "")
        account_events.note(user, "signed_in", request, how)
        response = cast(HttpResponse, super().post_login(request, user, **kwargs))
        devices.remember(response, user.email)
        return response

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Every change of how one signs in comes by here: it is noted, and told by mail."""
        kind = _NOTICES.get(template_prefix)
        if kind is None:
            return
        if kind == "password_reset":
            mailbox_shown(user)
            EmailAddress.objects.update_or_create(
                user=user, email=user.email, defaults={"verified": True, "primary": True}
            )
        former = str((context or {}).get("from_email", "")) if kind == "address_changed" else ""
        told = account_events.note(user, kind, self.request, former)
        sentence = account_events.KINDS[kind]
        mail.send(email or user.email, sentence, "notice", {"sentence": sentence, "event": told})

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Note it, too. An address that somebody else signs in with is refused, whether they have confirmed it or not, and so is
        another one than the account's from anybody but its person: a slip of the pen must not give the account away.
        """
        user = cast(User, email_address.user)
        if email_address.email != user.email and request.user != user:
            messages.error(request, "Sign in to your account first, and open the link in the mail once more.")
            return False
        if User.objects.filter(email=email_address.email).exclude(pk=user.pk).exists():
            messages.error(request, f"Another account uses {email_address.email} already.")
            return False
        done = bool(super().confirm_email(request, email_address))
        if done:
            account_events.note(user, "address_confirmed", request, email_address.email)
        return done

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """One mail of allauth's in our words; when no server takes it the page says so."""
        body = render_to_string(f"mails/{template_prefix.rpartition('/')[2]}.txt", {**context, "email": email})
        subject = _SUBJECTS.get(template_prefix, "About your account")
        message = EmailMultiAlternatives(subject, body.strip() + "\n", settings.DEFAULT_FROM_EMAIL, [email])
        if not mail.deliver(message) and self.request is not None and self.request.user.is_authenticated:
            messages.error(
                self.request, "The mail could not be sent: the mail server does not answer. Try again later."
            )

    # -- Addresses in mails: never from the Host header

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link of a reset."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return settings.PUBLIC_URL + path.replace("UID-KEY", key)

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        """The link that confirms an address."""
        return settings.PUBLIC_URL + reverse("account_confirm_email", args=[emailconfirmation.key])

    def send_account_already_exists_mail(self, email: str) -> None:
        """Nobody can sign up here, so there is nobody to tell this."""


class TwoFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """The second factor: its secrets are sealed as the keys of environments are."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": AccountAdapter.error_messages["incorrect_code"],
        "add_email_blocked": "Switch two-factor sign-in off before you change the address.",
    }

    def encrypt(self, text: str) -> str:
        """Under the first of FIELD_ENCRYPTION_KEYS."""
        return str(seal(Secret(text), SECOND_FACTOR))

    def decrypt(self, encrypted_text: str) -> str:
        """Raises UnreadableSecret when the key is gone."""
        return unseal(encrypted_text, SECOND_FACTOR).reveal()


class SingleSignOnAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Single sign-on: by an address that the provider has confirmed, and by no other."""

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> Any:
        """Our provider class; imported here, since it brings `requests`."""
        from diagnostics.views.signing_in.provider import StrictProvider

        return StrictProvider(request, app=self.get_app(request, provider=provider, client_id=client_id))

    def authenticate_by_email(self, sociallogin: Any) -> tuple[User, str] | None:
        """The account that signs in with a confirmed address. allauth would take one, too, whose person only asked to change to it."""
        for email in [one.email.lower() for one in sociallogin.email_addresses if one.verified]:
            EmailAddress.objects.filter(email=email, verified=False).exclude(user__email=email).delete()
            user = User.objects.filter(email=email).first()
            if user is not None:
                return user, email
        return None

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Refuse an address that nobody has confirmed."""
        confirmed = [one.email.lower() for one in sociallogin.email_addresses if one.verified]
        if not sociallogin.account.pk and not confirmed:
            raise ImmediateHttpResponse(render(request, "accounts/sso_unconfirmed.html", status=403))
        found = sociallogin._did_authenticate_by_email
        if found and not EmailAddress.objects.filter(user=sociallogin.user, email=found, verified=True).exists():
            # Whoever made the account never showed that the address is theirs: allauth takes the password away, and this
            # the second factor, which would lock the address' owner out, and what else they left open.
            Authenticator.objects.filter(user=sociallogin.user).delete()
            mailbox_shown(sociallogin.user)

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Everybody whose address is confirmed, or those of OIDC_DOMAINS."""
        confirmed = [one.email.lower() for one in sociallogin.email_addresses if one.verified]
        return any(newcomers.may_come(email) for email in confirmed)

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> Any:
        """Addresses stand in lower case; a name is the provider's word, and its person did not choose it here."""
        user = super().populate_user(request, sociallogin, data)
        user.email = user.email.lower()
        user.first_name, user.last_name = (written(name)[:150] for name in (user.first_name, user.last_name))
        return user

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> Any:
        """A new account, in the team of OIDC_AUTO_TEAM where one is set."""
        user = super().save_user(request, sociallogin, form)
        newcomers.join_team_of_newcomers(user)
        return user

    def on_authentication_error(self, request: HttpRequest, provider: Any, **told: Any) -> None:
        """The log says what the page does not."""
        problem = told.get("exception")
        log.warning(
            "single sign-on failed", provider=provider.name, problem=repr(problem)[:200] if problem else "state"
        )
