"""A real OpenID provider on loopback: django-oauth-toolkit in a process of its own, with a sign-in page and a consent page.

`python -m tests.oidc_provider PORT FOLDER CALLBACK` serves until it is ended. Everybody's password is PASSWORD; the address of
a person whose name begins with "unverified" is not confirmed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.starting import ROOT, wait_for

CLIENT_ID, CLIENT_SECRET, PASSWORD = "the-dashboard", "not-much-of-a-secret", "password-at-the-provider"
PEOPLE = ("olga@example.com", "nina@example.com", "unverified@example.com")
_PAGE = """<!DOCTYPE html><html lang="en"><title>{title}</title><h1>{title}</h1><form method="post">{{% csrf_token %}}
{{{{ form.as_p }}}}{fields}<button name="allow" value="Authorize">{button}</button></form></html>"""


@contextmanager
def running(folder: Path, port: int, callback: str) -> Iterator[str]:
    """Start it; gives the issuer."""
    command = [sys.executable, "-m", "tests.oidc_provider", str(port), str(folder), callback]
    clean = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    log = (folder / "provider.log").open("w")
    process = subprocess.Popen(command, cwd=ROOT, env=clean, stdout=log, stderr=log)
    issuer = f"http://127.0.0.1:{port}/o"
    try:
        wait_for(lambda: process.poll() is not None or _answers(issuer), 200, "The provider does not answer")
        if process.poll() is not None:
            raise RuntimeError((folder / "provider.log").read_text())
        yield issuer
    finally:
        process.terminate()
        process.wait(10)
        log.close()


def _answers(issuer: str) -> bool:
    try:
        with urllib.request.urlopen(f"{issuer}/.well-known/openid-configuration", timeout=60) as answer:
            return bool(answer.read())
    except OSError:
        return False


def _key() -> str:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.PKCS8
    return made.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def _settings(port: int, folder: Path) -> dict[str, Any]:
    pages = {
        "registration/login.html": _PAGE.format(title="Sign in at the provider", fields="", button="Log in"),
        "oauth2_provider/authorize.html": _PAGE.format(title="Allow?", fields="", button="Allow"),
    }
    return {
        "SECRET_KEY": "of the provider, for tests alone, and as long as it has to be",
        "ALLOWED_HOSTS": ["127.0.0.1"],
        "ROOT_URLCONF": "tests.oidc_provider",
        "USE_TZ": True,
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],  # nobody's secret, and at hand sooner
        "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "provider.sqlite3")}},
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "INSTALLED_APPS": [
            "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "oauth2_provider",
        ],
        "MIDDLEWARE": [
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        "SESSION_COOKIE_NAME": "provider_session",  # ports share cookies: the dashboard's must not be overwritten
        "CSRF_COOKIE_NAME": "provider_csrf",
        "LOGIN_URL": "/login/",
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {"loaders": [("django.template.loaders.locmem.Loader", pages)]},
            }
        ],
        "OAUTH2_PROVIDER": {
            "OIDC_ENABLED": True,
            "OIDC_RSA_PRIVATE_KEY": _key(),
            "PKCE_REQUIRED": True,
            "SCOPES": {"openid": "Who you are", "profile": "Your name", "email": "Your address"},
            "OAUTH2_VALIDATOR_CLASS": "tests.oidc_claims.Claims",
        },
    }  # fmt: skip


def _serve(port: int, folder: Path, callback: str) -> None:
    import django
    from django.conf import settings
    from django.core.management import call_command

    settings.configure(**_settings(port, folder))
    django.setup()
    call_command("migrate", verbosity=0)
    from django.contrib.auth.models import User
    from oauth2_provider.models import Application

    for email in PEOPLE:
        User.objects.create_user(email, email, PASSWORD, first_name=email.partition("@")[0].title())
    Application.objects.create(
        name="Troubleshooter",
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        redirect_uris=callback,
        algorithm="RS256",
    )
    call_command("runserver", f"127.0.0.1:{port}", use_reloader=False, verbosity=0)


def __getattr__(name: str) -> Any:
    """`urlpatterns`, once Django is set up."""
    if name != "urlpatterns":
        raise AttributeError(name)
    from django.contrib.auth.views import LoginView
    from django.urls import include, path

    return [path("o/", include("oauth2_provider.urls", "oauth2_provider")), path("login/", LoginView.as_view())]


if __name__ == "__main__":
    _serve(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
