"""Signing in and out, and the person's own account."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from diagnostics.forms.accounts import PasswordForm, SignInForm
from diagnostics.services import accounts
from diagnostics.views import throttle
from diagnostics.views.http import HtmxHttpRequest, SignedInRequest, signed_in

_BACKEND = "django.contrib.auth.backends.ModelBackend"


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HtmxHttpRequest) -> HttpResponse:
    """E-mail address and password."""
    if request.user.is_authenticated:
        return redirect(_next(request))
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _opens(request, form):
        return redirect(_next(request))
    context = {"form": form, "next": _next(request)}
    return render(request, "accounts/sign_in.html", context, status=422 if form.errors else 200)


@sensitive_variables("password")
def _opens(request: HtmxHttpRequest, form: SignInForm) -> bool:
    """Sign the person in, or say in the form why not. Wrong address and wrong password read the same."""
    email, password = form.cleaned_data["email"], form.cleaned_data["password"]
    wait = throttle.wait_seconds(request, email)
    if wait:
        form.add_error(None, f"Too many tries. Wait {wait // 60} minutes, or ask for a sign-in link.")
        return False
    user = authenticate(request, username=email.strip().lower(), password=password)
    if user is None:
        throttle.count_failure(request, email)
        form.add_error(None, "This e-mail address and password do not go together.")
        return False
    throttle.forget(email)
    login(request, user)
    return True


def _next(request: HtmxHttpRequest) -> str:
    """Where the person wanted to go, if that is a page of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else settings.LOGIN_REDIRECT_URL


@never_cache
@require_safe
def sign_in_link(request: HtmxHttpRequest, token: str) -> HttpResponse:
    """A link that signs in once. Whoever only looks (HEAD), as programs that preview links do, does not use it up."""
    if request.method == "HEAD":
        return HttpResponse()
    user = accounts.redeem_sign_in_link(token)
    if user is None:
        return render(request, "accounts/link_used.html", status=410)
    login(request, user, backend=_BACKEND)
    return redirect(settings.LOGIN_REDIRECT_URL)


@require_POST
def sign_out(request: HtmxHttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    messages.success(request, "You are signed out.")
    response = redirect(settings.LOGOUT_REDIRECT_URL)
    response["Clear-Site-Data"] = '"cache"'  # the next person at this browser goes back to no page of the last one
    return response


@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def account(request: SignedInRequest) -> HttpResponse:
    """Who one is here, and a password of one's own."""
    form = PasswordForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        accounts.set_password(request.user, form.cleaned_data["password"])
        update_session_auth_hash(request, request.user)
        messages.success(request, "Your password is set. You can sign in with it from now on.")
        return redirect("account")
    return render(request, "accounts/account.html", {"form": form}, status=422 if form.errors else 200)
