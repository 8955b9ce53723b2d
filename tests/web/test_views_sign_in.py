"""The door: links that open once, passwords that cannot be guessed at speed, and the way out."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from diagnostics.models import User
from diagnostics.services import accounts
from diagnostics.views import throttle

PASSWORD = "a long enough pass phrase"


@pytest.fixture(autouse=True)
def no_tries_yet() -> None:
    cache.clear()


@pytest.fixture
def olga(owner: User) -> User:
    accounts.set_password(owner, PASSWORD)
    return owner


def _sign_in(client: Client, email: str, password: str, **more: str) -> tuple[int, str]:
    response = client.post("/sign-in/", {"email": email, "password": password, **more})
    return response.status_code, response.content.decode()


def test_a_link_opens_once(client: Client, owner: User) -> None:
    link = accounts.create_sign_in_link(owner)
    page = client.get(link, follow=True)
    assert page.status_code == 200
    assert b'action="/sign-out/"' in page.content
    again = Client().get(link, follow=True)
    assert again.status_code == 410
    assert b"sign-out" not in again.content
    assert b"works once" in again.content


def test_looking_at_a_link_does_not_use_it_up(client: Client, owner: User) -> None:
    link = accounts.create_sign_in_link(owner)
    assert "session" not in client.head(link).cookies
    assert client.get(link).status_code == 302


def test_a_password_opens(client: Client, olga: User) -> None:
    assert _sign_in(client, "Olga@Example.com", PASSWORD)[0] == 302
    assert client.get("/account/").status_code == 200


def test_wrong_address_and_wrong_password_read_the_same(client: Client, olga: User) -> None:
    status, wrong_password = _sign_in(client, olga.email, "wrong")
    assert status == 422
    _, wrong_address = _sign_in(client, "nobody@example.com", "wrong")
    sentence = "This e-mail address and password do not go together."
    assert sentence in wrong_password
    assert sentence in wrong_address


def test_the_typed_password_never_comes_back(client: Client, olga: User) -> None:
    assert "hunter2-canary" not in _sign_in(client, olga.email, "hunter2-canary")[1]


def test_guessing_is_slowed_down_for_the_account_from_anywhere(client: Client, olga: User) -> None:
    for number in range(throttle.MOST_PER_ACCOUNT):
        client.post("/sign-in/", {"email": olga.email, "password": "wrong"}, REMOTE_ADDR=f"127.0.1.{number}")
    status, page = _sign_in(client, olga.email, PASSWORD)
    assert status == 422
    assert "Too many tries. Wait 15 minutes" in page


def test_guessing_is_slowed_down_for_the_address_whatever_the_account(client: Client, olga: User) -> None:
    for number in range(throttle.MOST_PER_ADDRESS):
        _sign_in(client, f"person{number}@example.com", "wrong")
    assert "Too many tries" in _sign_in(client, olga.email, PASSWORD)[1]


def test_a_right_password_forgets_the_wrong_ones(client: Client, olga: User) -> None:
    for _ in range(throttle.MOST_PER_ACCOUNT - 1):
        _sign_in(client, olga.email, "wrong")
    assert _sign_in(client, olga.email, PASSWORD)[0] == 302
    client.logout()
    _sign_in(client, olga.email, "wrong")
    assert _sign_in(client, olga.email, PASSWORD)[0] == 302


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [("/cases/", "/cases/"), ("https://evil.example/", "/"), ("//evil.example/", "/"), ("", "/")],
)
def test_after_signing_in_one_goes_where_one_wanted_to(client: Client, olga: User, wanted: str, reached: str) -> None:
    response = client.post("/sign-in/", {"email": olga.email, "password": PASSWORD, "next": wanted})
    assert response["Location"] == reached


def test_a_page_sends_to_sign_in_and_back(client: Client, db: None) -> None:
    assert client.get("/cases/?state=open")["Location"] == "/sign-in/?next=/cases/%3Fstate%3Dopen"


def test_a_fragment_sends_the_whole_page_to_sign_in(client: Client, db: None) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/cases/"}
    response = client.get("/cases/", headers=headers)
    assert response["HX-Redirect"] == "/sign-in/?next=/cases/"


def test_signing_out_ends_the_session(client: Client, owner: User) -> None:
    client.force_login(owner)
    left = client.post("/sign-out/")
    assert left["Clear-Site-Data"] == '"cache"'
    assert client.get("/account/").status_code == 302


@pytest.mark.parametrize("page", ["/", "/runs/", "/environments/", "/cases/", "/team/", "/practice/", "/nowhere/"])
def test_a_browser_asks_before_it_shows_a_page_again(client: Client, owner: User, page: str) -> None:
    client.force_login(owner)
    kept = client.get(page)["Cache-Control"]
    assert "private" in kept
    assert "no-cache" in kept


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        ("short", "short", "at least 10 characters"),
        ("password1234", "password1234", "too common"),
        (PASSWORD, "something else", "These two differ"),
        ("", "", "Write the password you want to use."),
    ],
)
def test_a_weak_password_is_refused(client: Client, owner: User, first: str, second: str, says: str) -> None:
    client.force_login(owner)
    response = client.post("/account/", {"password": first, "again": second})
    assert response.status_code == 422
    assert says in response.content.decode()


def test_setting_a_password_keeps_one_signed_in(client: Client, owner: User) -> None:
    client.force_login(owner)
    assert client.post("/account/", {"password": PASSWORD, "again": PASSWORD}).status_code == 302
    assert client.get("/account/").status_code == 200
    assert _sign_in(Client(), owner.email, PASSWORD)[0] == 302
