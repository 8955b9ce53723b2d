"""Single sign-on against a real OpenID provider: whom it lets in, whom it does not, and what is left when it is away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.core.cache import cache
from django.test import Client

from diagnostics.models import AccountEvent, AuditEvent, Membership, Role, Team, User
from diagnostics.services import invitations
from tests import factories, oidc_provider
from tests.starting import free_port
from troubleshooter.single_sign_on import Provider

SLUG = "the-provider"
START = f"/oidc/{SLUG}/login/?process=login"
BACK = f"http://127.0.0.1:8000/oidc/{SLUG}/login/callback/"
OLGA, NINA, UNVERIFIED = oidc_provider.PEOPLE


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with oidc_provider.running(tmp_path_factory.mktemp("provider"), free_port(), BACK) as found:
        yield found


@pytest.fixture(autouse=True)
def configured(issuer: str, settings: Any) -> None:
    _configure(settings, issuer)
    cache.clear()


def _configure(settings: Any, issuer: str) -> None:
    one = Provider(SLUG, "Company Login", issuer, oidc_provider.CLIENT_ID, oidc_provider.CLIENT_SECRET)
    settings.OIDC_PROVIDERS = (one,)
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [one.app()]}}


def _left_for(client: Client, start: str = START) -> str:
    """The address at the provider that the button leads to."""
    page = client.post(start).content.decode()
    found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', page)
    assert found, page
    return found.group(1).replace("&amp;", "&")


def _at_provider(address: str, email: str) -> str:
    """Sign in and agree there, as a person does in a browser; gives the path of ours that it sends back to."""
    with httpx.Client(follow_redirects=False, trust_env=False) as browser:
        found = browser.get(address)
        assert found.status_code == 302
        login = httpx.URL(address).join(found.headers["Location"])
        browser.get(login)
        token = {"csrfmiddlewaretoken": browser.cookies["provider_csrf"]}
        done = browser.post(login, data={"username": email, "password": oidc_provider.PASSWORD, **token})
        consent = login.join(done.headers["Location"])
        page = browser.get(consent).text
        fields = dict(re.findall(r'name="(\w+)"(?: value="([^"]*)")?', page))
        back = browser.post(consent, data={**fields, "csrfmiddlewaretoken": browser.cookies["provider_csrf"]})
    to = str(back.headers["Location"])
    assert to.startswith(BACK), to
    return to.removeprefix("http://127.0.0.1:8000")


def _sign_in(client: Client, email: str, start: str = START) -> Any:
    return client.get(_at_provider(_left_for(client, start), email))


def _inside(client: Client) -> bool:
    return bool(client.get("/account/").status_code == 200)


def test_it_asks_with_pkce_a_nonce_and_the_registered_address(client: Client, db: None) -> None:
    asked = parse_qs(urlsplit(_left_for(client)).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert len(asked["nonce"][0]) >= 32
    assert asked["redirect_uri"] == [BACK]
    assert sorted(asked["scope"][0].split()) == ["email", "openid", "profile"]


def test_the_host_header_and_the_query_change_nothing_of_it(client: Client, db: None) -> None:
    start = f"{START}&scope=admin&auth_params=redirect_uri%3Dhttps://evil.example"
    page = client.post(start, headers={"Host": "localhost"}).content.decode()
    assert "evil.example" not in page
    assert "admin" not in page
    assert "redirect_uri=http%3A%2F%2F127.0.0.1%3A8000" in page


def test_a_known_address_that_is_confirmed_is_linked(client: Client, owner: User) -> None:
    EmailAddress.objects.create(user=owner, email=owner.email, primary=True, verified=True)
    assert _sign_in(client, OLGA)["Location"] == "/"
    assert _inside(client)
    assert SocialAccount.objects.get().user == owner
    again = Client()
    _sign_in(again, OLGA)
    assert _inside(again)
    assert SocialAccount.objects.count() == 1
    told = list(AccountEvent.objects.filter(user=owner).values_list("kind", flat=True))
    assert sorted(told) == ["signed_in", "signed_in", "sso_linked"]


def test_whoever_took_the_address_before_loses_the_way_in(client: Client, owner: User) -> None:
    """An account with an address that nobody confirmed may be somebody else's trap."""
    owner.set_password("a password of somebody else")
    owner.save()
    Authenticator.objects.create(user=owner, type=Authenticator.Type.TOTP, data={"secret": "x"})
    other = Client()
    other.force_login(owner)
    _sign_in(client, OLGA)
    assert _inside(client)
    owner.refresh_from_db()
    assert not owner.has_usable_password()
    assert not Authenticator.objects.exists()
    assert not _inside(other)
    assert EmailAddress.objects.get(user=owner).verified


def test_an_account_that_only_asked_for_the_address_is_nobody_elses(client: Client, owner: User, team: Team) -> None:
    mallory = factories.make_member(team, email="mallory@example.com")
    EmailAddress.objects.create(user=mallory, email=NINA)
    assert _sign_in(client, NINA).status_code == 302
    assert SocialAccount.objects.get().user.email == NINA
    assert not EmailAddress.objects.filter(user=mallory).exists()


def test_an_address_that_nobody_confirmed_is_refused(client: Client, team: Team) -> None:
    factories.make_member(team, Role.OWNER, UNVERIFIED)
    answer = _sign_in(client, UNVERIFIED)
    assert answer.status_code == 403
    assert "Your address is not confirmed there" in answer.content.decode()
    assert not _inside(client)
    assert not SocialAccount.objects.exists()


def test_a_stranger_gets_an_account_without_a_team(client: Client, team: Team) -> None:
    _sign_in(client, NINA)
    person = User.objects.get(email=NINA)
    assert str(person) == "Nina"
    assert not Membership.objects.filter(user=person).exists()
    assert "You are in no team yet" in client.get("/").content.decode()


def test_only_the_domains_that_are_set_may_come(client: Client, team: Team, settings: Any) -> None:
    settings.OIDC_DOMAINS = ["other.example"]
    answer = _sign_in(client, NINA)
    assert "Accounts come from invitations" in answer.content.decode()
    assert not User.objects.filter(email=NINA).exists()


def test_people_of_a_domain_join_the_team_that_is_set(client: Client, team: Team, settings: Any) -> None:
    settings.OIDC_DOMAINS, settings.OIDC_AUTO_TEAM = ["example.com"], team.slug
    _sign_in(client, NINA)
    assert Membership.objects.get(user__email=NINA).role == Role.MEMBER
    assert AuditEvent.objects.get(team=team).action == "joined_by_domain"


def test_an_invitation_is_accepted_by_single_sign_on(client: Client, owner: User, team: Team) -> None:
    link = invitations.link_path(invitations.invite(owner, team, NINA, Role.MANAGER))
    assert "Sign in with Company Login" in client.get(link).content.decode()
    back = _sign_in(client, NINA, f"{START}&next={link}")
    assert back["Location"] == link
    client.post(link)
    assert Membership.objects.get(user__email=NINA).role == Role.MANAGER


def test_one_comes_back_to_a_page_of_ours_alone(client: Client, owner: User) -> None:
    for wanted in ("https://evil.example/", "//evil.example/", "/\\evil.example"):
        assert _sign_in(Client(), OLGA, f"{START}&next={quote(wanted)}")["Location"] == "/"


def test_the_second_factor_is_asked_for_all_the_same(client: Client, owner: User) -> None:
    EmailAddress.objects.create(user=owner, email=owner.email, primary=True, verified=True)
    Authenticator.objects.create(user=owner, type=Authenticator.Type.TOTP, data={"secret": "x"})
    assert _sign_in(client, OLGA)["Location"] == "/sign-in/code/"
    assert not _inside(client)


@pytest.mark.parametrize("trick", ["another state", "no state", "another browser", "twice"])
def test_what_comes_back_belongs_to_what_left(client: Client, owner: User, trick: str) -> None:
    back = _at_provider(_left_for(client), OLGA)
    browser = client
    if trick == "another state":
        back = re.sub(r"state=\w+", "state=AAAAAAAAAAAAAAAA", back)
    elif trick == "no state":
        back = re.sub(r"state=\w+", "", back)
    elif trick == "another browser":
        browser = Client()
    else:
        browser.get(back)
        browser.post("/sign-out/")
    answer = browser.get(back)
    assert answer.status_code == 401
    assert "Signing in did not work" in answer.content.decode()
    assert not _inside(browser)


def test_an_id_token_of_another_sign_in_is_refused(client: Client, owner: User) -> None:
    """The provider is asked with a nonce of somebody else's choice, as who replays a code would do."""
    address = re.sub(r"nonce=[^&]+", "nonce=chosen-by-somebody-else", _left_for(client))
    answer = client.get(_at_provider(address, OLGA))
    assert answer.status_code == 401
    assert not _inside(client)


def test_a_token_signed_by_another_key_is_refused(client: Client, owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    from allauth.socialaccount.internal import jwtkit
    from cryptography.hazmat.primitives.asymmetric import rsa

    other = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    monkeypatch.setattr(jwtkit, "lookup_kid_jwk", lambda keys, kid: other)
    answer = client.get(_at_provider(_left_for(client), OLGA))
    assert answer.status_code == 401
    assert not _inside(client)


def test_a_provider_that_calls_itself_otherwise_is_refused(
    client: Client, db: None, issuer: str, settings: Any
) -> None:
    _configure(settings, issuer.replace("127.0.0.1", "localhost").replace("/o", "//o"))
    assert client.post(START).status_code == 502


def test_a_provider_that_is_away_leaves_the_password(client: Client, owner: User, settings: Any) -> None:
    _configure(settings, f"http://127.0.0.1:{free_port()}/o")
    answer = client.post(START)
    assert answer.status_code == 502
    assert "Company Login does not answer" in answer.content.decode()
    assert 'href="/sign-in/"' in answer.content.decode()


def test_a_provider_that_goes_away_half_way(client: Client, owner: User, settings: Any) -> None:
    back = _at_provider(_left_for(client), OLGA)
    _configure(settings, f"http://127.0.0.1:{free_port()}/o")
    answer = client.get(back)
    assert answer.status_code in (401, 502)
    assert not _inside(client)


def test_pressing_no_there_is_no_error(client: Client, db: None) -> None:
    asked = parse_qs(urlsplit(_left_for(client)).query)
    back = client.get(
        f"/oidc/{SLUG}/login/callback/", {"error": "access_denied", "state": asked["state"][0]}, follow=True
    )
    assert "You did not sign in there" in back.content.decode()


def test_a_provider_that_nobody_set_is_not_there(client: Client, db: None) -> None:
    assert client.post("/oidc/another/login/").status_code == 404
    assert client.get("/oidc/another/login/callback/").status_code == 404


def test_unlinking_needs_a_password(client: Client, owner: User) -> None:
    EmailAddress.objects.create(user=owner, email=owner.email, primary=True, verified=True)
    _sign_in(client, OLGA)
    number = SocialAccount.objects.get().pk
    client.post(f"/account/linked/{number}/unlink/")
    assert SocialAccount.objects.exists()
    owner.set_password("a long enough pass phrase")
    owner.save()
    other = Client()
    other.post("/sign-in/", {"login": owner.email, "password": "a long enough pass phrase"})
    other.post("/account/confirm/", {"password": "a long enough pass phrase", "next": "/account/"})
    other.post(f"/account/linked/{number}/unlink/")
    assert not SocialAccount.objects.exists()
