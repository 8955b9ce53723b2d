"""The page where anybody pastes: an answer at once for everybody, and ways on for members."""

from __future__ import annotations

import io
import re
from typing import Any
from uuid import UUID

import pytest
from django.core.cache import cache
from django.test import Client

from diagnostics.engine.decoder import Answer, Candidate, Mark
from diagnostics.engine.records import Client as Writer
from diagnostics.models import Environment, PastedText, Run, Team, User
from diagnostics.services import cases, decoding, samples
from tests import factories

TEXT = "line one\nproxy says 407 to CONNECT\nline three\n"
ANSWER = Answer(
    ranked=(
        Candidate("proxy_auth_required", 0.91, because=("text.407",)),
        Candidate("proxy_blocked", 0.06, because=("text.connect",)),
        Candidate("unknown", 0.09),
    ),
    marks=(
        Mark(2, 11, 14, "text.407", "The proxy asks for a password.", ("proxy_auth_required",)),
        Mark(2, 18, 25, "text.connect", "The request went to a proxy.", ("proxy_auth_required", "proxy_blocked")),
    ),
    text=TEXT,
    redacted=2,
    client=Writer("anthropic-python", "0.71.0", "the text"),
    decider="proxy.connect",
    version="sha256:0",
)


@pytest.fixture(autouse=True)
def fresh_count() -> None:
    cache.clear()


@pytest.fixture
def canned(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page's own work is looked at here; what the decoder answers is tested where it stands."""
    monkeypatch.setattr(decoding, "decode", lambda text: ANSWER)


def prose(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def post(browser: Client, pasted: str = TEXT, **more: Any) -> Any:
    htmx = {"hx-request": "true"} if more.pop("htmx", False) else {}
    return browser.post("/paste/", {"pasted": pasted, **more}, headers=htmx)


@pytest.mark.usefixtures("canned")
@pytest.mark.parametrize("htmx", [False, True], ids=["whole page", "fragment"])
def test_an_answer_tells_cause_reason_place_and_how_to_tell(client: Client, htmx: bool) -> None:
    answer = post(client, htmx=htmx)
    page = answer.content.decode()
    words = prose(page)
    assert answer.status_code == 200
    assert ("<!DOCTYPE html>" in page) is not htmx
    for told in (
        "The proxy wants a user name and password",
        "Very likely, 91 %",
        "The proxy asks for a password.",
        "The proxy refuses this destination",
        "A proxy that blocks answers 403 or the like, whoever asks; 407 asks for credentials.",
        "2 secrets masked",
        "Anthropic SDK for Python 0.71.0",
        "Nothing of this is stored.",
        "python3 probe.pyz --client anthropic-python@0.71.0",
    ):
        assert told in words, told
    assert (
        '<a href="#note-1" title="The proxy asks for a password." id="mark-1"><mark>407</mark><sup>1</sup></a>' in page
    )
    assert 'id="note-2"' in page
    assert 'href="/causes/proxy_auth_required/#steps"' in page


@pytest.mark.parametrize("name", [one.name for one in samples.samples()])
def test_every_sample_has_an_answer_behind_a_link(client: Client, name: str) -> None:
    assert f'href="/paste/?sample={name}"' in client.get("/").content.decode()
    page = client.get("/paste/", {"sample": name})
    assert page.status_code == 200
    assert 'id="told-title"' in page.content.decode()
    assert page.context["answer"].best.cause != "healthy"


def test_a_sample_that_nobody_made_is_the_empty_box(client: Client) -> None:
    assert 'id="told-title"' not in client.get("/paste/", {"sample": "gremlins"}).content.decode()


def test_what_is_healthy_and_what_is_unknown_is_said_as_such(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for ranked, says, silent in (
        ((Candidate("healthy", 0.9),), "This text shows a connection that works", "Make sure"),
        ((Candidate("unknown", 0.9),), "No connection problem that we know stands here", "How to tell"),
        (
            (Candidate("unknown", 0.6), Candidate("key_rejected", 0.4), Candidate("key_missing", 0.3)),
            "The text alone does not say which",
            "Because",
        ),
    ):
        monkeypatch.setattr(decoding, "decode", lambda text, ranked=ranked: Answer(ranked, text=text))
        words = prose(post(client, htmx=True).content.decode())
        assert says in words
        assert silent not in words
    assert "How to tell" in words


@pytest.mark.usefixtures("canned")
def test_a_long_text_is_folded_to_its_telling_lines_and_can_be_seen_whole(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [f"line {number}" for number in range(1, 2001)]
    lines[999] = "x" * 3000 + " 407 " + "y" * 3000
    mark = Mark(1000, 3001, 3004, "text.407", "The proxy asks for a password.", ("proxy_auth_required",))
    answer = Answer(ANSWER.ranked, (mark,), "\n".join(lines))
    monkeypatch.setattr(decoding, "decode", lambda text: answer)
    page = re.sub(r'data-copy="[^"]*"', "", post(client, htmx=True).content.decode())
    folded, _, whole = page.partition("Show all 2000 lines")
    assert "997 lines left out" in folded
    assert "998 lines left out" in folded
    assert "line 12<" not in folded
    assert "line 12<" in whole
    assert "x" * 400 not in folded + whole
    assert folded.count("<mark>407</mark>") == 1


@pytest.mark.usefixtures("canned")
def test_a_file_is_read_also_as_windows_writes_it(client: Client) -> None:
    for raw in (TEXT.encode(), TEXT.encode("utf-16"), b"\xef\xbb\xbf" + TEXT.encode(), b"\xff caf\xe9 407"):
        assert post(client, "", file=io.BytesIO(raw)).status_code == 200


REFUSED = [
    ("", None, 422, "Paste the error first"),
    (" \n ", None, 422, "Paste the error first"),
    ("", b"\x89PNG\r\n", 422, "This file is no text (a picture)"),
    ("kept words", b"PK\x03\x04", 422, "a zip archive"),
    ("", b"ab\x00cd", 422, "This file is no text"),
    ("x" * 5_000_001, None, 422, "This is over 5 MB"),
    ("x" * 6_100_000, None, 413, "This is over 5 MB"),
]


@pytest.mark.parametrize("htmx", [False, True], ids=["whole page", "fragment"])
@pytest.mark.parametrize(("pasted", "file", "status", "says"), REFUSED, ids=[says for *_, says in REFUSED])
def test_what_cannot_be_read_gets_a_sentence_and_loses_no_word(
    client: Client, pasted: str, file: bytes | None, status: int, says: str, htmx: bool
) -> None:
    answer = post(client, pasted, **({"file": io.BytesIO(file)} if file else {}), htmx=htmx)
    page = answer.content.decode()
    assert answer.status_code == status
    assert says in prose(page)
    assert htmx or len(pasted) > 100 or f"\n{pasted}</textarea>" in page


def test_whoever_asks_too_often_is_told_when_to_come_back(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(decoding.LIMIT.most):
        decoding.LIMIT.take("127.0.0.1")
    answer = post(client)
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")
    assert "Too many texts from this address" in prose(answer.content.decode())
    assert client.get("/paste/").status_code == 200
    cache.clear()
    assert post(client).status_code == 200


def test_a_large_text_counts_for_more(client: Client) -> None:
    post(client, "x " * 1_600_000)
    assert cache.get("decode:127.0.0.1") == 4


def test_the_form_needs_its_token(client: Client) -> None:
    browser = Client(enforce_csrf_checks=True)
    assert post(browser).status_code == 403
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', browser.get("/").content.decode())
    assert token
    assert post(browser, csrfmiddlewaretoken=token[1]).status_code == 200


def test_our_own_fault_is_told_as_ours(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(text: str) -> Answer:
        raise RuntimeError(text)

    monkeypatch.setattr(decoding, "decode", broken)
    answer = post(client)
    assert answer.status_code == 500
    assert "Our own code failed on this text" in prose(answer.content.decode())


@pytest.mark.usefixtures("canned")
def test_pasting_stores_nothing(member: Client) -> None:
    post(member)
    post(member, htmx=True)
    assert not PastedText.objects.exists()
    assert not Run.objects.exists()


@pytest.mark.usefixtures("canned")
@pytest.mark.parametrize("size", [1, 15])
def test_a_member_sees_what_the_team_knows_in_a_constant_number_of_queries(
    member: Client, owner: User, team: Team, size: int, django_assert_max_num_queries: Any
) -> None:
    for number in range(size):
        run = factories.make_finished_run(factories.make_environment(team))
        cases.record(run)
        assert run.case
        if number % 2 == 0:
            cases.close(owner, run.case, "Asked IT for a password.")
    with django_assert_max_num_queries(9):
        words = prose(post(member, htmx=True).content.decode())
    assert "Asked IT for a password." in words
    assert "Last seen" in words


@pytest.mark.usefixtures("canned")
def test_strangers_and_other_teams_see_nothing_of_a_team(
    client: Client, owner: User, team: Team, stranger: User
) -> None:
    run = factories.make_finished_run(factories.make_environment(team, name="Secret laptop"))
    cases.record(run)
    assert "Secret laptop" not in post(client).content.decode()
    client.force_login(stranger)
    page = post(client).content.decode()
    assert "Secret laptop" not in page
    assert "Your team has met this" not in page


@pytest.mark.usefixtures("canned")
def test_a_text_leads_to_a_full_run_that_shows_the_deciding_checks_first(
    member: Client, environment: Environment, sent: list[UUID]
) -> None:
    page = post(member, htmx=True).content.decode()
    assert 'name="probes" value="proxy.connect"' in page
    begun = {
        "environment": str(environment.pk),
        "causes": ["proxy_auth_required", "proxy_blocked"],
        "probes": ["proxy.connect"],
    }
    answer = member.post("/paste/check/", begun)
    run = Run.objects.get()
    assert answer["Location"] == f"/runs/{run.pk}/"
    assert (run.kind, run.plan, run.focus) == ("full", [], {name: begun[name] for name in ("causes", "probes")})
    live = member.get(f"/runs/{run.pk}/").content.decode()
    assert (
        live.index("What the pasted text suggested")
        < live.index('href="#probe-proxy-connect"')
        < live.index('id="progress"')
    )


@pytest.mark.usefixtures("canned")
def test_no_practice_network_is_offered_for_a_text(member: Client, team: Team) -> None:
    factories.make_environment(team, name="Practice: dead proxy", practice="proxy-auth")
    page = post(member, htmx=True).content.decode()
    assert "Practice: dead proxy" not in page
    assert "Start the run" not in page
    assert 'href="/environments/new/?client=anthropic-python&amp;client_version=0.71.0"' in page
    assert 'href="/practice/"' in page
    own = factories.make_environment(team, name="Own laptop")
    page = post(member, htmx=True).content.decode()
    assert f'<option value="{own.pk}">Own laptop</option>' in page
    assert page.count("<option") == 1


def test_registering_begins_with_the_client_of_the_text(member: Client) -> None:
    page = member.get("/environments/new/", {"client": "anthropic-python", "client_version": "0.71.0"})
    assert page.context["form"].initial["client"] == "anthropic-python"
    assert 'value="0.71.0"' in page.content.decode()
    odd = member.get("/environments/new/", {"client": "gremlins", "client_version": "<b>"})
    assert odd.context["form"].initial["client"] == "claude-code"
    assert odd.context["form"].initial.get("client_version", "") == ""


def test_a_huge_text_is_not_sent_back_in_the_box(client: Client) -> None:
    page = post(client, f"{'x ' * 600_000}\nCONNECT tunnel failed, response 407").content.decode()
    assert len(page) < 200_000
    assert "behind your browser&#x27;s Back" in page or "behind your browser's Back" in page
    assert "too long to show here again" not in post(client).content.decode()


def test_the_causes_page_leads_members_to_a_run_and_strangers_to_what_they_can_do(
    client: Client, member: Client
) -> None:
    address = "/causes/proxy_auth_required/"
    assert '<a href="/environments/">Start a run</a> to have each step proven' in member.get(address).content.decode()
    assert "Start a run" not in Client().get(address).content.decode()


@pytest.mark.parametrize(
    ("cause", "says"),
    [
        ("proxy_auth_required", "The run bears it out."),
        ("key_rejected", "what was measured counts"),
        ("unknown", "does not decide it either"),
        ("healthy", "nothing that stops the client now"),
    ],
)
def test_the_finished_run_says_whether_the_text_was_right(
    member: Client, environment: Environment, cause: str, says: str
) -> None:
    focus = {"causes": ["proxy_auth_required"], "probes": ["proxy.connect"]}
    run = factories.make_finished_run(environment, factories.make_report(cause), focus=focus)
    page = prose(member.get(f"/runs/{run.pk}/").content.decode())
    assert says in page
    assert "Whether the proxy lets the API through" in page.partition("Evidence")[0]


def test_a_run_begins_nowhere_else_for_no_reader_and_with_nothing_made_up(
    member: Client, reader: User, team: Team, sent: list[UUID]
) -> None:
    theirs = factories.make_environment(factories.make_team())
    own = factories.make_environment(team)
    for data in (
        {"environment": str(theirs.pk)},
        {"environment": "x"},
        {},
        {"environment": str(own.pk), "causes": ["gremlins"]},
        {"environment": str(own.pk), "probes": ["rm"]},
    ):
        assert member.post("/paste/check/", data)["Location"] == "/environments/"
    member.force_login(reader)
    assert member.post("/paste/check/", {"environment": str(own.pk)}).status_code == 403
    assert not Run.objects.exists()


def test_a_text_is_read_while_the_cache_is_away(client: Client, settings: Any) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1"}
    }
    assert post(client).status_code == 200


def test_a_weak_first_answer_is_told_as_a_guess(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    ranked = (Candidate("key_rejected", 0.43), Candidate("key_missing", 0.4))
    monkeypatch.setattr(decoding, "decode", lambda text: Answer(ranked, text=text))
    page = post(client, htmx=True).content.decode()
    assert "Perhaps: The API does not accept this key" in page
    assert "verdict-unknown" in page
    assert "Possible, 43 %" in prose(page)


def test_a_mark_is_shown_without_its_blanks_and_one_without_a_place_not_at_all(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    marks = (
        Mark(1, 0, 6, "text.a", "Says this.", ("key_rejected",)),
        Mark(1, 40, 41, "text.b", "Stands nowhere.", ("key_rejected",)),
        Mark(9, 0, 1, "text.c", "Nor this.", ("key_rejected",)),
    )
    answer = Answer((Candidate("key_rejected", 0.9, because=("text.a",)),), marks, "  401 refused")
    monkeypatch.setattr(decoding, "decode", lambda text: answer)
    page = post(client, htmx=True).content.decode()
    assert "<mark>401</mark>" in page
    assert "Stands nowhere." not in page
    assert page.count("<mark>") == 1


def test_what_is_pasted_is_shown_as_text(client: Client) -> None:
    nasty = "<script>alert(1)</script>\n</textarea><img src=x onerror=alert(1)>\n401 {{ settings.SECRET_KEY }}"
    for page in (post(client, nasty).content.decode(), post(client, nasty, htmx=True).content.decode()):
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "&lt;script&gt;alert(1)" in page
