"""A button that is pressed twice makes one thing; a secret that is shown once is not made anew by loading its page again."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from django.core.cache import cache
from django.http import HttpResponse, HttpResponseRedirect
from django.test import Client, RequestFactory
from django.urls import reverse

from diagnostics.models import (
    AccessToken,
    Case,
    CaseEvent,
    Environment,
    HandOff,
    Invitation,
    PastedText,
    Run,
    ShareLink,
    Team,
    User,
)
from diagnostics.services import cases, tokens
from diagnostics.views.once import once
from tests import factories

SECRET = re.compile(r"tsk_[A-Za-z0-9]{8}_[\w-]{43}")


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    cache.clear()


@pytest.fixture
def machine(team: Team) -> Environment:
    return factories.make_environment(team, name="Ada's laptop", runs_from="machine")


@pytest.fixture
def run(environment: Environment) -> Run:
    made = factories.make_finished_run(environment)
    cases.record(made)
    return made


def token_of(client: Client, page: str) -> str:
    """What the page's forms carry; each page has another one."""
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get(page).content.decode())
    assert found is not None, page
    return found[1]


def test_another_page_is_another_wish(member: Client, run: Run) -> None:
    """Kept pages as well: who runs again from the newer run's page within seconds wants one more."""
    newer = factories.make_finished_run(run.environment)
    again = reverse("run_start", args=[run.environment_id])
    for number, shown in ((3, run), (4, newer)):
        page = reverse("run", args=[shown.pk])
        assert member.post(again, {"csrfmiddlewaretoken": token_of(member, page)}).status_code == 302
        assert Run.objects.count() == number
        Run.objects.filter(status__in=Run.OPEN).update(status=Run.Status.CANCELLED)


Made = Callable[[], int]
FORMS: dict[str, tuple[str, str, dict[str, Any], Made]] = {
    "case": ("/cases/new/", "/cases/new/", {"title": "It", "cause": "unknown"}, lambda: Case.objects.count() - 1),
    "note": ("/cases/{case}/", "/cases/{case}/notes/", {"text": "+1"}, CaseEvent.objects.filter(kind="note").count),
    "share": ("/runs/{run}/share/", "/runs/{run}/share/", {"days": "7"}, ShareLink.objects.count),
    "hand-off": ("/runs/{run}/hand-off/it/", "/runs/{run}/hand-off/it/", {"days": "7"}, HandOff.objects.count),
    "environment": (
        "/environments/new/",
        "/environments/new/",
        {"name": "New", "kind": "laptop", "client": "curl", "runs_from": "worker", "mode": "interactive"},
        lambda: Environment.objects.filter(name="New").count(),
    ),
    "team": ("/team/new/", "/team/new/", {"name": "Twins"}, lambda: Team.objects.filter(name="Twins").count()),
    "invitation": ("/team/", "/team/", {"email": "", "role": "member", "days": "7"}, Invitation.objects.count),
    "token": (
        "/account/tokens/new/",
        "/account/tokens/new/",
        {"name": "Nightly", "team": "{team}", "scopes": ["read"], "days": "30"},
        AccessToken.objects.count,
    ),
    "listening": (
        "/environments/{machine}/listen/",
        "/environments/{machine}/listen/",
        {"days": "90"},
        AccessToken.objects.count,
    ),
    "run": (
        "/environments/{machine}/",
        "/environments/{machine}/run/",
        {},
        lambda: Run.objects.filter(status="waiting").count(),
    ),
    "text": ("/paste/", "/paste/keep/", {"pasted": "407 Proxy Authentication Required"}, PastedText.objects.count),
}


@pytest.mark.parametrize("name", FORMS)
def test_pressed_twice_it_is_made_once(ada: Client, run: Run, team: Team, machine: Environment, name: str) -> None:
    page, address, words, made = FORMS[name]
    assert run.case is not None
    ids = {"run": run.pk, "case": run.case.pk, "team": team.pk, "machine": machine.pk}
    sent = {key: word.format(**ids) if isinstance(word, str) else word for key, word in words.items()}
    sent["csrfmiddlewaretoken"] = token_of(ada, page.format(**ids))
    first = ada.post(address.format(**ids), sent)
    assert (first.status_code, made()) == (302, 1)
    second = ada.post(address.format(**ids), sent)
    assert (second.status_code, made()) == (302, 1)
    assert second["Location"] == first["Location"]
    if name not in ("environment", "team", "text"):  # these find by themselves what is there already
        anew = token_of(ada, page.format(**ids))
        ada.post(address.format(**ids), sent | {"csrfmiddlewaretoken": anew})
        assert made() == 2, "from a page that was opened anew it is another wish"


def test_other_words_from_the_same_page_are_another_wish(ada: Client) -> None:
    sent = {"cause": "unknown", "csrfmiddlewaretoken": token_of(ada, "/cases/new/")}
    for title in ("One", "Two"):
        ada.post("/cases/new/", sent | {"title": title})
    assert sorted(Case.objects.values_list("title", flat=True)) == ["One", "Two"]


def test_what_was_refused_is_tried_again(ada: Client) -> None:
    sent = {"title": "", "cause": "unknown", "csrfmiddlewaretoken": token_of(ada, "/cases/new/")}
    assert [ada.post("/cases/new/", sent).status_code for _ in range(2)] == [422, 422]


def test_a_press_during_the_first_one_waits_for_its_answer() -> None:
    going, entered, made = threading.Event(), threading.Event(), []

    @once
    def make(request: Any) -> HttpResponse:
        entered.set()
        going.wait(10)
        made.append(1)
        response = HttpResponseRedirect("/made/")
        response.set_cookie("token-1", "tsk_secret", path="/made/", httponly=True)
        return response

    def asked() -> Any:
        request: Any = RequestFactory().post("/new/", {"csrfmiddlewaretoken": "t" * 64, "name": "x"})
        request.session, request.htmx = SimpleNamespace(session_key="s"), False
        return request

    answers: list[Any] = []
    first, second = (threading.Thread(target=lambda: answers.append(make(asked()))) for _ in range(2))
    first.start()
    assert entered.wait(10)
    second.start()
    going.set()
    first.join(20)
    second.join(20)
    assert [answer["Location"] for answer in answers] == ["/made/", "/made/"]
    assert [answer.cookies["token-1"].value for answer in answers] == ["tsk_secret"] * 2, (
        "the browser dropped the first"
    )
    assert answers[1].cookies["token-1"]["httponly"]
    assert made == [1]
    assert "tsk_secret" not in repr(getattr(cache, "_cache", "")), "what is kept for the second press is sealed"


@pytest.mark.parametrize("name", ["token", "listening"])
def test_a_token_s_page_can_be_loaded_again_and_shows_it_once(
    ada: Client, team: Team, machine: Environment, colleague: User, name: str
) -> None:
    _, address, words, made = FORMS[name]
    ids = {"team": team.pk, "machine": machine.pk}
    sent = {key: word.format(**ids) if isinstance(word, str) else word for key, word in words.items()}
    answer = ada.post(address.format(**ids), sent)
    assert answer.status_code == 302
    cookie = next(one for key, one in answer.cookies.items() if key.startswith("token-"))
    assert (cookie["path"], cookie["httponly"]) == (address.format(**ids), True)
    shown = ada.get(answer["Location"])
    secret = SECRET.search(shown.content.decode())
    assert secret is not None
    assert tokens.open_token(secret.group())
    assert "no-store" in shown["Cache-Control"]
    again = ada.get(answer["Location"], follow=True)
    assert not SECRET.search(again.content.decode())
    assert "was shown once" in again.content.decode()
    assert made() == 1
    other = Client()
    other.force_login(colleague)
    assert not SECRET.search(other.get(answer["Location"], follow=True).content.decode())


def test_no_cookie_makes_a_page_show_what_is_no_secret_of_that_token(ada: Client, owner: User, team: Team) -> None:
    made, other = (tokens.make(owner, team, name, ["read"], 7) for name in ("a", "b"))
    ada.cookies[f"token-{made.token.pk.hex}"] = other.secret
    page = ada.get(reverse("token_new"), {"made": str(made.token.pk)}, follow=True)
    assert other.secret not in page.content.decode()
    assert ada.get(reverse("token_new"), {"made": "nonsense"}).status_code == 404
    assert ada.get(reverse("token_new"), {"made": str(UUID(int=0))}).status_code == 404
