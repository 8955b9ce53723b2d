"""Signing in and out, and the person's own account: allauth's views at our addresses, and what it has none for."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from allauth.account import views as account_views
from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.account.models import EmailAddress
from allauth.mfa.base import views as second_views
from allauth.mfa.recovery_codes import views as codes_views
from allauth.mfa.totp import views as totp_views
from allauth.mfa.utils import is_mfa_enabled
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.internal.flows.sessions import end_other_sessions, end_sessions
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from diagnostics import selectors
from diagnostics.exceptions import Conflict, InvalidInput
from diagnostics.forms.accounts import DeleteForm, NameForm
from diagnostics.services import account_deletion, account_events, accounts
from diagnostics.views.http import HtmxHttpRequest, SignedInRequest, signed_in

View = Callable[..., HttpResponseBase]

EVEN_SECONDS = 0.4
"""How long asking for a reset takes at least, for any address; resets are slowed down, so few threads wait."""


def _page(view: Any, *, guarded: bool = False) -> View:
    """A view of allauth's as a page of ours: kept by no cache, 422 with the form when that was refused.

    `guarded` pages are for people who have signed in.
    """

    @wraps(view)
    def page(request: HtmxHttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = cast(HttpResponseBase, view(request, *args, **kwargs))
        if request.method == "POST" and isinstance(response, TemplateResponse):
            form = (response.context_data or {}).get("form")
            if form is not None and form.errors:
                response.status_code = 422
        return response

    inner = signed_in(page) if guarded else page
    methods = require_http_methods(["GET", "HEAD", "POST"])
    return cast(View, never_cache(sensitive_post_parameters()(methods(inner))))


class _NewPassword(account_views.PasswordResetFromKeyView):  # type: ignore[misc]
    def form_valid(self, form: Any) -> HttpResponse:
        """The link may have been used since the form was looked at."""
        try:
            return cast(HttpResponse, super().form_valid(form))
        except Conflict:
            return cast(HttpResponse, self.render_to_response(self.get_context_data(token_fail=True)))


class _SwitchOn(totp_views.ActivateTOTPView):  # type: ignore[misc]
    def form_valid(self, form: Any) -> HttpResponse:
        """The code that switched it on counts as asked again: who has no password gets to the recovery codes without another."""
        response = cast(HttpResponse, super().form_valid(form))
        record_authentication(self.request, self.request.user, method="mfa", type="totp", reauthenticated=True)
        return response


sign_in_form = _page(account_views.login)
code = _page(second_views.authenticate)
locked = _page(account_views.account_inactive)
_ask_for_reset = _page(account_views.password_reset)
forgotten_sent = _page(account_views.password_reset_done)
new_password = _page(_NewPassword.as_view())
new_password_done = _page(account_views.password_reset_from_key_done)
confirm_address = _page(account_views.confirm_email)
address = _page(reauthentication_required(app="allauth.account")(account_views.email), guarded=True)
change_password = _page(account_views.password_change, guarded=True)
first_password = _page(account_views.password_set, guarded=True)
password_again = _page(account_views.reauthenticate, guarded=True)
code_again = _page(second_views.reauthenticate, guarded=True)
two_factor_on = _page(_SwitchOn.as_view(), guarded=True)
two_factor_off = _page(totp_views.deactivate_totp, guarded=True)
codes = _page(codes_views.view_recovery_codes, guarded=True)
new_codes = _page(codes_views.generate_recovery_codes, guarded=True)


def forgotten(request: HtmxHttpRequest) -> HttpResponseBase:
    """Mails a link. With an account there is more to do than without: the time it takes must not tell which it was."""
    begun = time.monotonic()
    response = _ask_for_reset(request)
    if request.method == "POST":
        time.sleep(max(0.0, EVEN_SECONDS - (time.monotonic() - begun)))
    return response


def sign_in(request: HtmxHttpRequest) -> HttpResponseBase:
    """E-mail address and password; beside it the providers of single sign-on."""
    return sign_in_form(request)


@require_safe
def closed(request: HttpRequest) -> HttpResponse:
    """Nobody signs up by themselves."""
    return render(request, "account/signup_closed.html")


@never_cache
@require_safe
def sign_in_link(request: HtmxHttpRequest, token: str) -> HttpResponse:
    """A link that signs in once. Whoever only looks (HEAD), as programs that preview links do, does not use it up.

    It asks for no second factor: whoever runs the server makes it, also for people who have lost theirs.
    """
    if request.method == "HEAD":
        return HttpResponse()
    user = accounts.redeem_sign_in_link(token)
    if user is None:
        return render(request, "accounts/link_used.html", status=410)
    return let_in(request, user, "by a sign-in link", settings.LOGIN_REDIRECT_URL)


def let_in(request: HttpRequest, user: Any, how: str, to: str) -> HttpResponse:
    """Sign this person in as allauth does, without a password or a code."""
    adapter = get_adapter(request)
    adapter.login(request, user)
    record_authentication(request, user, method="link")
    kwargs = {"email_verification": "none", "email": None, "signup": False}
    response = adapter.post_login(request, user, signal_kwargs={"how": how}, redirect_url=to, **kwargs)
    return cast(HttpResponse, response)


@require_POST
def sign_out(request: HtmxHttpRequest) -> HttpResponseBase:
    """End the session."""
    response = cast(HttpResponse, account_views.logout(request))
    response["Clear-Site-Data"] = '"cache"'  # the next person at this browser goes back to no page of the last one
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def account(request: SignedInRequest) -> HttpResponse:
    """Who one is here, how one signs in, and what happened lately; the name is changed in place."""
    form = NameForm(request.POST or None, initial={"name": request.user.get_full_name()})
    if request.method == "POST" and form.is_valid():
        try:
            accounts.rename_person(request.user, form.cleaned_data["name"], request)
        except InvalidInput as refused:
            form.add_error("name", str(refused))
        else:
            messages.success(request, "Your name is changed.")
            return redirect("account")
    context = {
        "form": form,
        "confirmed": EmailAddress.objects.filter(user=request.user, email=request.user.email, verified=True).exists(),
        "two_factor": is_mfa_enabled(request.user),
        "sessions": UserSession.objects.filter(user=request.user).count(),
        "providers": settings.OIDC_PROVIDERS,
        "linked": _linked(request),
        "events": selectors.account_events(request.user),
    }
    return render(request, "accounts/account.html", context, status=422 if form.errors else 200)


@never_cache
@require_safe
@signed_in
def two_factor(request: SignedInRequest) -> HttpResponse:
    """Allauth comes here after each change; the account page tells how it stands."""
    return redirect("account")


@never_cache
@require_safe
@signed_in
def sign_in_anew(request: SignedInRequest) -> HttpResponse:
    """Why somebody without a password has to sign in again."""
    return render(request, "accounts/sign_in_anew.html")


# -- Leaving for good --------------------------------------------------------------------------


def _delete(request: SignedInRequest) -> HttpResponse:
    form = DeleteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            account_deletion.delete_account(request.user, form.cleaned_data["email"])
        except InvalidInput as refused:
            form.add_error("email", str(refused))
        except Conflict as refused:
            form.add_error(None, str(refused))
        else:
            logout(request)
            messages.success(request, "Your account is deleted.")
            response = redirect("sign_in")
            response["Clear-Site-Data"] = '"cache"'
            return response
    context = {"form": form, "parting": selectors.parting(request.user)}
    return render(request, "accounts/delete.html", context, status=422 if form.errors else 200)


delete = _page(reauthentication_required(app="allauth.account")(_delete), guarded=True)


# -- Devices ---------------------------------------------------------------------------------


@never_cache
@require_safe
@signed_in
def sessions(request: SignedInRequest) -> HttpResponse:
    """Where one is signed in."""
    found = UserSession.objects.purge_and_list(request.user)
    here = request.session.session_key
    rows = [{"session": one, "here": one.session_key == here, "name": _device(one.user_agent)} for one in found]
    rows.sort(key=lambda row: (not row["here"], -row["session"].created_at.timestamp()))
    return render(request, "accounts/sessions.html", {"rows": rows})


@require_POST
@signed_in
def session_end(request: SignedInRequest, session_id: int) -> HttpResponse:
    """Sign out one other device."""
    found = UserSession.objects.filter(user=request.user, pk=session_id).first()
    if found is None:
        raise Http404("There is no such session.")
    if found.session_key == request.session.session_key:
        messages.error(request, "This is the device you are using: sign out from the menu.")
        return redirect("usersessions_list")
    end_sessions(request, [found])
    account_events.note(request.user, "session_ended", request, _device(found.user_agent))
    messages.success(request, "That device is signed out.")
    return redirect("usersessions_list")


@require_POST
@signed_in
def sessions_end(request: SignedInRequest) -> HttpResponse:
    """Sign out all devices but this one."""
    end_other_sessions(request, request.user)
    account_events.note(request.user, "sessions_ended", request)
    messages.success(request, "All other devices are signed out.")
    return redirect("usersessions_list")


_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrom", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac", "macOS"), ("Linux", "Linux"))  # fmt: skip


def _device(user_agent: str) -> str:
    """``Firefox on Linux``, or what the browser calls itself."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return (
        " on ".join(filter(None, (browser, system))) or user_agent.partition(" ")[0][:60] or "A program without a name"
    )


# -- Single sign-on --------------------------------------------------------------------------


def _linked(request: SignedInRequest) -> list[dict[str, Any]]:
    names = {provider.slug: provider.name for provider in settings.OIDC_PROVIDERS}
    found = SocialAccount.objects.filter(user=request.user).order_by("date_joined", "pk")
    return [{"account": one, "name": names.get(one.provider, one.provider)} for one in found]


@require_POST
@signed_in
def unlink(request: SignedInRequest, account_id: int) -> HttpResponse:
    """Take a provider's account from this one; there has to be a password to sign in with instead."""
    raise_if_reauthentication_required(request, app="allauth.socialaccount")
    found = SocialAccount.objects.filter(user=request.user, pk=account_id).first()
    if found is None:
        raise Http404("There is no such account.")
    if not request.user.has_usable_password():
        messages.error(request, "Set a password first: without one you could not sign in any more.")
        return redirect("account")
    name = {provider.slug: provider.name for provider in settings.OIDC_PROVIDERS}.get(found.provider, found.provider)
    found.delete()
    get_adapter(request).send_notification_mail("socialaccount/email/account_disconnected", request.user)
    messages.success(request, f"{name} no longer signs you in.")
    return redirect("account")
