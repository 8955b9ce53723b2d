"""The person's own account: password, address, second factor, devices, and what is told about all of it."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.core.cache import cache
from django.test import Client

from diagnostics.exceptions import CallRefused
from diagnostics.models import AccountEvent, Team, User
from diagnostics.services import accounts, key_rotation, tokens
from diagnostics.views.accounts import EVEN_SECONDS
from tests import factories

PASSWORD, NEW = "a long enough pass phrase", "another long pass phrase"
SET = {"password1": NEW, "password2": NEW}


@pytest.fixture(autouse=True)
def no_tries_yet() -> None:
    cache.clear()


@pytest.fixture
def olga(owner: User) -> User:
    owner.set_password(PASSWORD)
    owner.save()
    return owner


def _enter(user: User, password: str = PASSWORD) -> Client:
    client = Client(headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/141.0"})
    assert client.post("/sign-in/", {"login": user.email, "password": password}).status_code == 302
    return client


def _again(client: Client, password: str = PASSWORD) -> None:
    assert client.post("/account/confirm/", {"password": password, "next": "/account/"}).status_code == 302


def _code(secret: str) -> str:
    _, now, _ = yield_hotp_counters_from_time()  # of half a minute each: this one still counts when the next begins
    return str(format_hotp_value(hotp_value(secret, now)))


def _switch_on(client: Client) -> str:
    """The secret, after two-factor sign-in is on."""
    page = client.get("/account/two-factor/on/")
    secret = str(page.context["form"].secret)
    done = client.post("/account/two-factor/on/", {"code": _code(secret)})
    assert done["Location"] == "/account/two-factor/codes/"
    cache.clear()
    return secret


def _kinds(user: User) -> list[str]:
    return list(AccountEvent.objects.filter(user=user).order_by("at", "id").values_list("kind", flat=True))


# -- Passwords -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        ("short", "short", "at least 10 characters"),
        ("password1234", "password1234", "too common"),
        (PASSWORD, "something else", "These two differ"),
        ("", "", "Write the password you want to use."),
    ],
)
def test_a_weak_password_is_refused(owner: User, first: str, second: str, says: str) -> None:
    client = Client()
    client.get(accounts.create_sign_in_link(owner))
    response = client.post("/account/password/first/", {"password1": first, "password2": second})
    assert response.status_code == 422
    assert says in response.content.decode()


def test_whoever_came_by_a_link_sets_a_password_while_that_is_fresh(owner: User) -> None:
    client = Client()
    client.get(accounts.create_sign_in_link(owner))
    with time_machine.travel(time.time() + 901):
        assert client.get("/account/password/first/")["Location"].startswith("/account/confirm/anew/")
        assert client.get("/account/confirm/anew/").status_code == 200
    assert client.post("/account/password/first/", SET)["Location"] == "/account/"  # not to a form that asks for it
    assert client.get("/account/").status_code == 200
    _enter(owner, NEW)
    assert _kinds(owner) == ["signed_in", "password_set", "signed_in"]


def test_a_changed_password_signs_out_everywhere_else(olga: User) -> None:
    here, there = _enter(olga), _enter(olga)
    answer = here.post("/account/password/", {"oldpassword": PASSWORD, **SET})
    assert answer["Location"] == "/account/"
    assert here.get("/account/").status_code == 200
    assert there.get("/account/").status_code == 302
    assert "password_changed" in _kinds(olga)
    assert "The password was changed" in mail.outbox[-1].body


def test_the_old_password_is_asked_for(olga: User) -> None:
    answer = _enter(olga).post("/account/password/", {"oldpassword": "wrong", **SET})
    assert answer.status_code == 422
    assert "not your current password" in answer.content.decode()


def _reset_link(body: str) -> str:
    found = re.search(r"http://127\.0\.0\.1:8000(/password/new/\S+)", body)
    assert found, body
    return found.group(1)


def test_a_reset_by_mail_ends_every_session_and_opens_once(olga: User) -> None:
    there, client = _enter(olga), Client()
    client.post("/password/forgotten/", {"email": "OLGA@example.com"}, headers={"Host": "localhost"})
    link = _reset_link(str(mail.outbox[-1].body))  # from PUBLIC_URL, not from the Host header
    form = client.get(link, follow=True)
    assert link.rpartition("-")[2].strip("/") not in form.request["PATH_INFO"]
    done = client.post(form.request["PATH_INFO"], SET)
    assert done["Location"] == "/password/done/"
    assert there.get("/account/").status_code == 302
    _enter(olga, NEW)
    assert "does not open any more" in Client().get(link, follow=True).content.decode()


def test_of_two_who_use_one_link_at_once_one_chooses(olga: User, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two, real = Client(), Client(), accounts.choose_password
    one.post("/password/forgotten/", {"email": "olga@example.com"})
    link = _reset_link(str(mail.outbox[-1].body))
    address = one.get(link, follow=True).request["PATH_INFO"]
    two.get(link, follow=True)
    third = "a third long pass phrase"

    def meanwhile(user: User, password: str) -> None:
        if password == third:  # the other one has just been found to have a working link, too
            assert two.post(address, SET)["Location"] == "/password/done/"
        real(user, password)

    monkeypatch.setattr(accounts, "choose_password", meanwhile)
    late = one.post(address, {"password1": third, "password2": third})
    assert "does not open any more" in late.content.decode()
    olga.refresh_from_db()
    assert olga.check_password(NEW)
    assert _kinds(olga).count("password_reset") == 1


def test_a_reset_answers_the_same_for_an_unknown_address(client: Client, olga: User) -> None:
    answers = []
    for email in (olga.email, "nobody@example.com"):
        sent = client.post("/password/forgotten/", {"email": email}, follow=True)
        answers.append((sent.redirect_chain, re.sub(r'value="[^"]+"|nonce="[^"]+"', "", sent.content.decode())))
    assert answers[0] == answers[1]
    assert "there is no account" in mail.outbox[-1].body


def test_the_time_of_a_reset_tells_nothing(client: Client, olga: User) -> None:
    for address in (olga.email, "nobody@example.com"):
        begun = time.monotonic()
        assert client.post("/password/forgotten/", {"email": address}).status_code == 302
        assert time.monotonic() - begun >= EVEN_SECONDS


def test_resets_are_slowed_down(client: Client, olga: User) -> None:
    statuses = [client.post("/password/forgotten/", {"email": olga.email}).status_code for _ in range(4)]
    assert statuses == [302, 302, 302, 429]


# -- Address ---------------------------------------------------------------------------------


def test_another_address_counts_once_it_is_confirmed(olga: User) -> None:
    client = _enter(olga)
    assert client.get("/account/address/")["Location"].startswith("/account/confirm/")
    _again(client)
    client.post("/account/address/", {"action_add": "1", "email": "Olga@New.example"})
    olga.refresh_from_db()
    assert olga.email == "olga@example.com"
    assert mail.outbox[-1].to == ["olga@new.example"]
    found = re.search(r"http://127\.0\.0\.1:8000(/account/address/\S+)", str(mail.outbox[-1].body))
    assert found
    client.post(found.group(1))
    olga.refresh_from_db()
    assert olga.email == "olga@new.example"
    assert EmailAddress.objects.get(user=olga).verified
    assert {"address_confirmed", "address_changed"} <= set(_kinds(olga))
    told = next(one for one in reversed(mail.outbox) if one.to == ["olga@example.com"])
    assert "Tell an owner of your team" in told.body
    assert "/password/forgotten/" not in told.body  # no account is under this address any more


def test_an_address_of_somebody_else_reads_as_any_other_and_is_not_taken(olga: User, colleague: User) -> None:
    client = _enter(olga)
    _again(client)
    answer = client.post("/account/address/", {"action_add": "1", "email": colleague.email}, follow=True)
    assert f"A link is on its way to {colleague.email}" in answer.content.decode()
    found = re.search(r"http://127\.0\.0\.1:8000(/account/address/\S+)", str(mail.outbox[-1].body))
    assert found
    assert client.post(found.group(1)).status_code in (200, 302)
    olga.refresh_from_db()
    assert olga.email != colleague.email


# -- Two factors -----------------------------------------------------------------------------


def test_the_second_factor_is_asked_for_and_its_secret_is_sealed(olga: User) -> None:
    client = _enter(olga)
    assert client.get("/account/two-factor/on/")["Location"].startswith("/account/confirm/")
    _again(client)
    secret = _switch_on(client)
    assert secret not in str(list(Authenticator.objects.values()))
    other = Client()
    step = other.post("/sign-in/", {"login": olga.email, "password": PASSWORD})
    assert step["Location"] == "/sign-in/code/"
    assert other.get("/account/").status_code == 302
    wrong = other.post("/sign-in/code/", {"code": "000000"})
    assert wrong.status_code == 422
    assert "This code is not right" in wrong.content.decode()
    with time_machine.travel(time.time() + 60):
        assert other.post("/sign-in/code/", {"code": _code(secret)}).status_code == 302
    assert other.get("/account/").status_code == 200


def test_codes_are_slowed_down_for_the_account(olga: User) -> None:
    client = _enter(olga)
    _again(client)
    secret = _switch_on(client)
    for _ in range(2):
        other = Client()
        other.post("/sign-in/", {"login": olga.email, "password": PASSWORD})
        for _ in range(5):
            other.post("/sign-in/code/", {"code": "000000"})
    with time_machine.travel(time.time() + 60):
        page = other.post("/sign-in/code/", {"code": _code(secret)})
    assert "Too many tries" in page.content.decode()


def test_recovery_codes_are_shown_once_and_open_once(olga: User) -> None:
    client = _enter(olga)
    _again(client)
    _switch_on(client)
    shown = client.get("/account/two-factor/codes/")
    codes = shown.context["unused_codes"]
    assert len(codes) == 10
    assert all(code in shown.content.decode() for code in codes)
    again = client.get("/account/two-factor/codes/").content.decode()
    assert not any(code in again for code in codes)
    for status in (302, 422):
        other = Client()
        other.post("/sign-in/", {"login": olga.email, "password": PASSWORD})
        answer = other.post("/sign-in/code/", {"code": codes[0]})
        assert answer.status_code == status
    assert "This recovery code has been used" in answer.content.decode()
    assert "has been used" not in other.post("/sign-in/code/", {"code": "00000000"}).content.decode()
    assert other.post("/sign-in/code/", {"code": codes[1]}).status_code == 302


def test_a_used_recovery_code_is_told_to_nobody_without_the_password_and_as_often_as_a_wrong_one(olga: User) -> None:
    client = _enter(olga)
    _again(client)
    _switch_on(client)
    code = client.get("/account/two-factor/codes/").context["unused_codes"][0]
    other = Client()
    other.post("/sign-in/", {"login": olga.email, "password": PASSWORD})
    other.post("/sign-in/code/", {"code": code})
    stranger = Client()
    stranger.post("/sign-in/", {"login": olga.email, "password": "not the password"})
    assert stranger.post("/sign-in/code/", {"code": code})["Location"] == "/sign-in/"
    again = Client()
    again.post("/sign-in/", {"login": olga.email, "password": PASSWORD})
    told = [again.post("/sign-in/code/", {"code": f" {code} "}).content.decode() for _ in range(11)]
    assert "This recovery code has been used" in told[0]
    assert "Too many tries" in told[-1]
    assert "has been used" not in told[-1]


def test_switching_it_on_and_off_is_told(olga: User, django_capture_on_commit_callbacks: Any) -> None:
    client = _enter(olga)
    _again(client)
    with django_capture_on_commit_callbacks(execute=True):
        _switch_on(client)
    client.post("/account/two-factor/off/")
    assert not Authenticator.objects.exists()
    assert {"two_factor_on", "two_factor_off"} <= set(_kinds(olga))
    on, off = (str(one.body) for one in mail.outbox[-2:])
    assert "switched off" in off
    assert "sign-in link" not in off
    assert "switched on: your Troubleshooter account" in on
    assert "ask whoever runs the dashboard for a sign-in link" in on  # a new password alone does not get in


def test_whoever_has_no_password_sees_the_recovery_codes_at_once(owner: User) -> None:
    client = Client()
    client.get(accounts.create_sign_in_link(owner))
    _switch_on(client)
    assert len(client.get("/account/two-factor/codes/").context["unused_codes"]) == 10


# -- Devices ---------------------------------------------------------------------------------


def test_devices_are_listed_and_ended_one_by_one_or_all(olga: User) -> None:
    here, there, third = _enter(olga), _enter(olga), _enter(olga)
    rows: list[dict[str, Any]] = here.get("/account/devices/").context["rows"]
    assert [row["here"] for row in rows] == [True, False, False]
    assert rows[0]["name"] == "Firefox on Linux"
    key = there.session.session_key
    number = next(row["session"].pk for row in rows if row["session"].session_key == key)
    here.post(f"/account/devices/{number}/end/")
    assert (there.get("/account/").status_code, third.get("/account/").status_code) == (302, 200)
    here.post(f"/account/devices/{rows[0]['session'].pk}/end/")
    assert here.get("/account/").status_code == 200
    here.post("/account/devices/end/")
    assert third.get("/account/").status_code == 302
    assert {"session_ended", "sessions_ended"} <= set(_kinds(olga))


def test_nobody_ends_the_session_of_somebody_else(olga: User, stranger: User) -> None:
    rows = _enter(olga).get("/account/devices/").context["rows"]
    other = Client()
    other.force_login(stranger)
    assert other.post(f"/account/devices/{rows[0]['session'].pk}/end/").status_code == 404


def test_a_name_is_what_the_team_sees(client: Client, olga: User, colleague: User) -> None:
    _enter(olga).post("/account/", {"name": "Olga  Ore"})
    client.force_login(colleague)
    assert "Olga Ore" in client.get("/team/").content.decode()


def test_no_mail_server_stops_nothing(olga: User, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    here = _enter(olga)
    assert here.post("/account/password/", {"oldpassword": PASSWORD, **SET}).status_code == 302
    assert Client().post("/password/forgotten/", {"email": olga.email}).status_code == 302
    _enter(olga, NEW)


@pytest.mark.parametrize(
    "path", ["/accounts/login/", "/accounts/signup/", "/2fa/", "/account/two-factor/codes/download/"]
)
def test_no_page_of_allauths_own_is_mounted(client: Client, owner: User, path: str) -> None:
    client.force_login(owner)
    assert client.get(path).status_code == 404


def test_a_new_key_opens_the_second_factor_once_it_is_rotated(olga: User, settings: Any) -> None:
    client = _enter(olga)
    _again(client)
    secret = _switch_on(client)
    settings.FIELD_ENCRYPTION_KEYS = {"new": b"n" * 32, **settings.FIELD_ENCRYPTION_KEYS}
    assert key_rotation.rotate() == 2  # the key of codes and the seed of recovery codes
    assert key_rotation.rotate() == 0
    settings.FIELD_ENCRYPTION_KEYS = {"new": b"n" * 32}
    other = Client()
    other.post("/sign-in/", {"login": olga.email, "password": PASSWORD})
    with time_machine.travel(time.time() + 60):
        assert other.post("/sign-in/code/", {"code": _code(secret)}).status_code == 302


# -- Addresses that only wait to be confirmed ------------------------------------------------


def test_an_address_that_waits_resets_no_password_and_nobody_else_confirms_it(olga: User) -> None:
    client = _enter(olga)
    _again(client)
    client.post("/account/address/", {"action_add": "1", "email": "slip@of-the-pen.example"})
    found = re.search(r"http://127\.0\.0\.1:8000(/account/address/\S+)", str(mail.outbox[-1].body))
    assert found
    Client().post("/password/forgotten/", {"email": "slip@of-the-pen.example"})
    assert mail.outbox[-1].subject == "Nobody has an account with this address"
    for other in (Client(), _enter(olga, PASSWORD)):
        assert ("Sign in to your account first" in other.post(found.group(1), follow=True).content.decode()) is (
            not other.session.get("_auth_user_id")
        )
        olga.refresh_from_db()
        assert (olga.email == "slip@of-the-pen.example") is bool(other.session.get("_auth_user_id"))


def test_a_reset_by_mail_ends_what_was_prepared_before(client: Client, team: Team) -> None:
    squatted = factories.make_member(team, email="vera@example.com")
    EmailAddress.objects.create(user=squatted, email=squatted.email, primary=True)
    EmailAddress.objects.create(user=squatted, email="mallory@example.com")
    SocialAccount.objects.create(user=squatted, provider="some", uid="mallory")
    made = tokens.make(squatted, team, "left behind", ["read"], 30)
    client.post("/password/forgotten/", {"email": squatted.email})
    found = re.search(r"http://127\.0\.0\.1:8000(/password/new/\S+)", str(mail.outbox[-1].body))
    assert found
    form = client.get(found.group(1), follow=True)
    client.post(form.request["PATH_INFO"], SET)
    assert list(EmailAddress.objects.values_list("email", "verified")) == [("vera@example.com", True)]
    assert not SocialAccount.objects.exists()
    with pytest.raises(CallRefused):
        tokens.open_token(made.secret)
    assert _enter(squatted, NEW)


def test_at_an_open_session_nobody_tries_passwords_for_long(olga: User) -> None:
    client = _enter(olga)
    for _ in range(10):
        client.post("/account/confirm/", {"password": "wrong"})
    with time_machine.travel(time.time() + 300):
        assert client.post("/account/confirm/", {"password": PASSWORD}).status_code == 429
    with time_machine.travel(time.time() + 1000):
        assert client.post("/account/confirm/", {"password": PASSWORD}).status_code == 302
