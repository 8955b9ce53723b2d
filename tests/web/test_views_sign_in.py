"""The door: links that open once, passwords that cannot be guessed at speed, and the way out."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client

from diagnostics.models import User
from diagnostics.services import accounts
from tests import factories
from troubleshooter.addresses import network_of

PASSWORD = "a long enough pass phrase"
MOST_PER_ACCOUNT, MOST_PER_ADDRESS = 10, 50  # ACCOUNT_RATE_LIMITS: failures in a quarter of an hour


@pytest.fixture(autouse=True)
def no_tries_yet() -> None:
    cache.clear()


@pytest.fixture
def olga(owner: User) -> User:
    owner.set_password(PASSWORD)
    owner.save()
    return owner


def _sign_in(client: Client, email: str, password: str, **more: str) -> tuple[int, str]:
    response = client.post("/sign-in/", {"login": email, "password": password, **more})
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
    for number in range(MOST_PER_ACCOUNT):
        client.post("/sign-in/", {"login": olga.email, "password": "wrong"}, REMOTE_ADDR=f"127.0.1.{number}")
    status, page = _sign_in(client, olga.email, PASSWORD)
    assert status == 422
    assert "Too many tries. Wait 15 minutes" in page


def test_nobodys_guesses_keep_a_person_out_of_a_browser_they_know(client: Client, olga: User) -> None:
    assert _sign_in(client, olga.email, PASSWORD)[0] == 302
    client.post("/sign-out/")
    for number in range(MOST_PER_ACCOUNT):
        Client().post("/sign-in/", {"login": olga.email, "password": "wrong"}, REMOTE_ADDR=f"127.0.1.{number}")
    assert "Too many tries" in _sign_in(Client(), olga.email, PASSWORD)[1]
    assert _sign_in(client, olga.email, PASSWORD)[0] == 302


def test_a_known_browser_is_slowed_down_by_itself_and_for_its_person_alone(client: Client, olga: User) -> None:
    other = factories.make_user("otto@example.com")
    other.set_password(PASSWORD)
    other.save()
    _sign_in(client, olga.email, PASSWORD)
    client.post("/sign-out/")
    for _ in range(MOST_PER_ACCOUNT):
        _sign_in(client, olga.email, "wrong")
    assert "Too many tries" in _sign_in(client, olga.email, PASSWORD)[1]
    for person in (other, olga):
        for number in range(MOST_PER_ACCOUNT):
            Client().post("/sign-in/", {"login": person.email, "password": "wrong"}, REMOTE_ADDR=f"127.0.2.{number}")
    assert "Too many tries" in _sign_in(client, other.email, PASSWORD)[1], "the browser is known for olga alone"
    client.cookies["device"] = client.cookies["device"].value[:-1] + "x"
    assert "Too many tries" in _sign_in(client, olga.email, PASSWORD)[1], "a made-up name is no known browser"


def test_guessing_is_slowed_down_for_the_address_whatever_the_account(client: Client, olga: User) -> None:
    for number in range(MOST_PER_ADDRESS):
        _sign_in(client, f"person{number}@example.com", "wrong")
    assert "Too many tries" in _sign_in(client, olga.email, PASSWORD)[1]


def test_whoever_has_one_address_of_ipv6_has_its_whole_network(client: Client, olga: User) -> None:
    for number in range(51):
        address = f"2001:db8:1:2::{number + 1:x}"
        client.post("/sign-in/", {"login": f"nobody{number}@example.com", "password": "wrong"}, REMOTE_ADDR=address)
    right = {"login": olga.email, "password": PASSWORD}
    assert client.post("/sign-in/", right, REMOTE_ADDR="2001:db8:1:2:ffff::1").status_code == 422
    assert client.post("/sign-in/", right, REMOTE_ADDR="2001:db8:1:3::1").status_code == 302


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.7:50123", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("[2001:db8:1:2:3:4:5:6]:50123", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("unix:", "unix:"),
        ("", ""),
    ],
)
def test_an_address_is_counted_without_what_changes_with_each_try(text: str, counted: str) -> None:
    assert network_of(text) == counted


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("192.0.2.7:50123", "192.0.2.7"),
        ("unix:", "0.0.0.0"),
    ],
)
def test_beside_a_session_stands_the_address_itself(client: Client, olga: User, told: str, shown: str) -> None:
    client.post("/sign-in/", {"login": olga.email, "password": PASSWORD}, REMOTE_ADDR=told)
    assert [row["session"].ip for row in client.get("/account/devices/", REMOTE_ADDR=told).context["rows"]] == [shown]


def test_a_right_password_counts_for_nothing(client: Client, olga: User) -> None:
    for _ in range(MOST_PER_ACCOUNT - 1):
        _sign_in(client, olga.email, "wrong")
    for _ in range(2):
        assert _sign_in(client, olga.email, PASSWORD)[0] == 302
        client.logout()


def test_the_host_header_begins_no_new_count(client: Client, olga: User) -> None:
    for number in range(MOST_PER_ACCOUNT):
        host = ("localhost", "127.0.0.1")[number % 2]
        client.post("/sign-in/", {"login": olga.email, "password": "wrong"}, headers={"Host": host})
    assert "Too many tries" in _sign_in(client, olga.email, PASSWORD)[1]


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/cases/", "/cases/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("http://localhost/", "/"),
        ("", "/"),
    ],
)
def test_after_signing_in_one_goes_where_one_wanted_to(client: Client, olga: User, wanted: str, reached: str) -> None:
    response = client.post("/sign-in/", {"login": olga.email, "password": PASSWORD, "next": wanted})
    assert response["Location"] == reached


def test_a_page_sends_to_sign_in_and_back(client: Client, db: None) -> None:
    assert client.get("/cases/?state=open")["Location"] == "/sign-in/?next=/cases/%3Fstate%3Dopen"


@pytest.mark.parametrize(
    ("referer", "page"),
    [
        ("http://testserver/cases/?state=open", "/cases/?state=open"),
        ("http://testserver/cases/?state=open#close", "/cases/?state=open"),
        ("http://elsewhere.example/cases/", "/"),
        ("http://testserver.elsewhere.example/cases/", "/"),
        ("http://testserver@elsewhere.example/cases/", "/"),
        ("http://testserver//elsewhere.example/", "/"),
        ("http://testserver/\\\\elsewhere.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("http://[::1", "/"),
        ("", "/"),
    ],
)
def test_a_form_sent_after_the_session_s_end_leads_back_to_its_page(
    client: Client, db: None, referer: str, page: str
) -> None:
    headers = {"referer": referer} if referer else {}
    answer = client.post(f"/cases/{uuid4()}/notes/", {"text": "written with care"}, headers=headers)
    assert parse_qs(urlsplit(answer["Location"]).query)["next"] == [page]
    shown = client.get(answer["Location"]).content.decode()
    assert "You were signed out meanwhile, so what you sent was not saved." in shown
    assert "written with care" not in shown
    assert "signed out meanwhile" not in client.get("/sign-in/").content.decode(), "said once"


def test_a_form_that_htmx_sends_leads_back_to_its_page(client: Client, db: None) -> None:
    for current, page in (("http://testserver/cases/1/?a=b", "/cases/1/?a=b"), ("http://elsewhere.example/x/", "/")):
        headers = {"HX-Request": "true", "HX-Current-URL": current}
        answer = client.post(f"/cases/{uuid4()}/notes/", {"text": "x"}, headers=headers)
        assert parse_qs(urlsplit(answer["HX-Redirect"]).query)["next"] == [page]


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


def test_the_session_of_before_is_not_the_one_of_after(client: Client, olga: User) -> None:
    client.get("/sign-in/")
    session = client.session
    session["planted"] = "by somebody who knows its key"
    session.save()
    before = session.session_key
    assert _sign_in(client, olga.email, PASSWORD)[0] == 302
    assert client.session.session_key != before


def test_a_locked_account_stays_outside(client: Client, olga: User) -> None:
    User.objects.update(is_active=False)
    assert "do not go together" in _sign_in(client, olga.email, "wrong")[1]
    assert client.post("/sign-in/", {"login": olga.email, "password": PASSWORD})["Location"] == "/sign-in/locked/"
    assert client.get("/sign-in/locked/").status_code == 200
    assert client.get("/account/").status_code == 302
