"""The API that people's tokens open: whose, what for, how often; and the machine that listens."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from diagnostics.api import tokens as calls
from diagnostics.models import AccessToken, AuditEvent, Case, Environment, Membership, Role, Run, Team, User
from diagnostics.services import cases, environments, execution, runs, tokens, watching
from diagnostics.services.throttle import Limit
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
READ, RUN, WATCH = ["read"], ["run"], ["watch"]


@pytest.fixture(autouse=True)
def fresh_counts() -> None:
    cache.clear()


@pytest.fixture
def machine(team: Team) -> Environment:
    """An environment that is run on its own machine."""
    return factories.make_environment(team, name="Ada's laptop", runs_from="machine")


@pytest.fixture
def make(team: Team, colleague: User) -> Callable[..., str]:
    """The secret of a token of the colleague's."""

    def made(scopes: list[str], environment: Environment | None = None, user: User | None = None) -> str:
        return tokens.make(user or colleague, team, "a script", scopes, 30, environment).secret

    return made


def ask(secret: str | None, path: str, method: str = "get", body: Any = None) -> Any:
    headers = {} if secret is None else {"Authorization": f"Bearer {secret}"}
    extra = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
    return getattr(Client(), method)(f"/api/v1/{path}", headers=headers, **extra)


def test_only_the_digest_is_kept(make: Callable[..., str]) -> None:
    secret = make(READ)
    row = AccessToken.objects.get()
    assert secret.startswith(f"{row.prefix}_")
    kept = json.dumps({name: str(value) for name, value in vars(row).items()})
    assert secret not in kept
    assert secret.removeprefix(row.prefix)[1:] not in kept
    assert not AuditEvent.objects.filter(about__contains=secret[13:]).exists()


@pytest.mark.parametrize("path", ["environments", "runs", "cases", "report.schema.json", "openapi.json", "runs/{run}"])
def test_head_is_answered_as_get_without_a_body(make: Callable[..., str], environment: Environment, path: str) -> None:
    path = path.format(run=factories.make_finished_run(environment).pk)
    secret = make(READ)
    got, head = ask(secret, path), ask(secret, path, "head")
    assert (head.status_code, head.content) == (got.status_code, b"") == (200, b"")
    assert head["Content-Type"] == got["Content-Type"]
    assert ask(None, path, "head").status_code == ask(None, path).status_code


@pytest.mark.parametrize(("path", "method", "allowed"), [("runs", "post", "GET, HEAD"), ("decode", "head", "POST")])
def test_a_refused_method_says_which_are_allowed(path: str, method: str, allowed: str) -> None:
    refused = ask(None, path, method)
    assert (refused.status_code, refused["Allow"]) == (405, allowed)


def test_environments_with_their_last_run(make: Callable[..., str], environment: Environment) -> None:
    run = factories.make_finished_run(environment)
    told = ask(make(READ), "environments").json()["items"]
    assert [one["name"] for one in told] == ["Olga's laptop"]
    assert told[0]["last_run"]["id"] == str(run.pk)
    assert "credential" not in json.dumps(told)


def test_a_run_is_started_and_read(make: Callable[..., str], environment: Environment, sent: list[UUID]) -> None:
    secret = make(RUN)
    started = ask(secret, f"environments/{environment.pk}/runs", "post")
    assert started.status_code == 202
    run_id = started.json()["id"]
    assert sent == [UUID(run_id)]
    told = ask(secret, f"runs/{run_id}").json()
    assert (told["status"], told["report"], started.json()["upload_token"]) == ("queued", None, None)
    done = factories.make_finished_run(environment)
    told = ask(secret, f"runs/{done.pk}").json()
    assert (told["cause"], told["report"]["verdict"]["cause"]) == ("proxy_auth_required", "proxy_auth_required")
    assert ask(secret, "runs").status_code == 403  # to read all of them is another scope


def test_lists_come_by_the_page(make: Callable[..., str], environment: Environment, owner: User) -> None:
    for _ in range(51):
        factories.make_finished_run(environment)
    cases.record(Run.objects.order_by("-queued_at")[0])
    secret = make(READ)
    first = ask(secret, "runs").json()
    rest = ask(secret, f"runs?before={first['next']}").json()  # as it stands: there is no plus in it
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (50, 1, None)
    assert [case["cause"] for case in ask(secret, "cases?state=open").json()["items"]] == ["proxy_auth_required"]
    assert ask(secret, "cases?state=closed").json() == {"items": [], "next": None}
    assert [case["took"] for case in ask(secret, "cases?state=open").json()["items"]] == [None]
    cases.close(owner, Case.objects.get(), "A password.", "The proxy")
    [closed] = ask(secret, "cases?state=closed").json()["items"]
    assert (closed["what_it_was"], closed["what_fixed"], closed["took"] >= 0) == ("The proxy", "A password.", True)
    assert closed["closed_at"]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("runs?before=garbage", "before: write `next` of the page before"),
        ("cases?before=9999-99-99~00000000-0000-4000-8000-000000000000", "before: write `next` of the page before"),
        ("cases?before=0001-01-01T00:00:00%2B23:59~00000000-0000-4000-8000-000000000000", "before: write `next`"),
        ("runs?before=2026-01-01T00:00:00~00000000-0000-4000-8000-000000000000", "before: write `next`"),
        ("runs?status=done", "status: Input should be"),
        ("cases?state=odd", "state: Input should be"),
        ("runs?cause=proxy", "cause: write the code of a cause"),
    ],
)
def test_a_list_tells_what_is_wrong_with_the_question(make: Callable[..., str], asked: str, says: str) -> None:
    answer = ask(make(READ), asked)
    assert (answer.status_code, answer.json()["detail"][: len(says)]) == (422, says)


def test_an_edited_address_of_a_page_leads_to_its_first_page(member: Client) -> None:
    for odd in ("0001-01-01T00:00:00%2B23:59", "9999-12-31T23:59:59-23:59", "2026-01-01T00:00:00", "x"):
        assert member.get(f"/runs/?before={odd}~00000000-0000-4000-8000-000000000000").status_code == 200


def test_a_fault_of_ours_is_json_too(make: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("sk-ant-secret")

    monkeypatch.setattr(tokens, "use", broken)
    client = Client(raise_request_exception=False)
    answer = client.get("/api/v1/runs", headers={"Authorization": f"Bearer {make(READ)}"})
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/json")
    assert answer.json()["detail"].startswith("This is our fault")


@pytest.mark.parametrize("sent_as", ["application/x-www-form-urlencoded", "text/plain", "application/json"])
def test_a_body_that_is_no_json_is_told_what_to_send(client: Client, sent_as: str) -> None:
    answer = client.post("/api/v1/decode", data="text=connection+refused", content_type=sent_as)
    assert answer.status_code == 400
    assert "Content-Type: application/json" in answer.json()["detail"]


def test_whoever_brings_no_token_is_told_the_scheme(client: Client) -> None:
    assert client.get("/api/v1/runs")["WWW-Authenticate"] == "Bearer"


def test_strangers_and_other_teams_find_nothing(
    make: Callable[..., str], environment: Environment, stranger: User, colleague: User
) -> None:
    run = factories.make_finished_run(environment)
    theirs = Membership.objects.get(user=stranger)
    foreign = tokens.make(stranger, theirs.team, "x", ["read", "run"], 7).secret
    Membership.objects.create(team=theirs.team, user=colleague, role=Role.OWNER, joined_at=timezone.now())
    second = tokens.make(colleague, theirs.team, "x", ["read", "run"], 7).secret  # may see both, was made for one
    for secret in (foreign, second):
        assert ask(secret, f"runs/{run.pk}").status_code == 404
        assert ask(secret, f"environments/{environment.pk}/runs", "post").status_code == 404
        assert ask(secret, "environments").json() == {"items": []}
    answer = ask(make(READ), f"runs/{uuid4()}")
    assert (answer.status_code, answer.json()) == (404, {"detail": "There is nothing here for this token."})


def test_a_token_of_one_environment_reaches_no_other(
    make: Callable[..., str], environment: Environment, machine: Environment
) -> None:
    other, own = factories.make_finished_run(environment), factories.make_finished_run(machine)
    secret = make(["read", "run"], machine)
    assert [one["id"] for one in ask(secret, "environments").json()["items"]] == [str(machine.pk)]
    assert [one["id"] for one in ask(secret, "runs").json()["items"]] == [str(own.pk)]
    assert ask(secret, f"runs/{other.pk}").status_code == 404
    assert ask(secret, f"environments/{environment.pk}/runs", "post").status_code == 404


def test_no_token_a_wrong_one_and_too_many_wrong_ones(make: Callable[..., str]) -> None:
    secret = make(READ)
    nobody = ask(None, "environments")
    assert nobody.status_code == 401
    assert "Authorization: Bearer TOKEN" in nobody.json()["detail"]
    for odd in ("tsk_wrong", "é", "x" * 5000):
        answer = ask(odd, "environments")
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    for _ in range(30):
        answer = ask("tsk_wrong", "environments")
    assert answer.status_code == 429
    assert ask(secret, "environments").status_code == 200, "somebody's old script must not keep the others out"


def test_too_many_calls(make: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "_CALLS", Limit("api-few", 2, 60))
    secret = make(READ)
    assert [ask(secret, "environments").status_code for _ in range(3)] == [200, 200, 429]


@pytest.mark.parametrize("how", ["revoked", "ended", "locked out", "left"])
def test_a_dead_token_opens_nothing(
    make: Callable[..., str], colleague: User, owner: User, team: Team, how: str
) -> None:
    secret = make(READ)
    assert ask(secret, "environments").status_code == 200
    row = AccessToken.objects.get()
    if how == "revoked":
        tokens.revoke(owner, row)
        assert AuditEvent.objects.filter(action="token_revoked").count() == 1
    elif how == "ended":
        AccessToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif how == "locked out":
        User.objects.filter(pk=colleague.pk).update(is_active=False)
    else:
        Membership.objects.get(user=colleague).delete()
        Membership.objects.create(team=team, user=colleague, role=Role.OWNER, joined_at=timezone.now())
    assert ask(secret, "environments").status_code == 401


def test_a_token_does_no_more_than_its_person_may_now(
    make: Callable[..., str], environment: Environment, machine: Environment, colleague: User
) -> None:
    both, watch = make(["read", "run"]), make(WATCH, machine)
    shape = "sk-ant-api03-…AgAA"
    run = factories.make_finished_run(environment)
    assert ask(both, f"runs/{run.pk}").json()["report"]["attempts"][0]["facts"]["config.key.shape"] == shape
    Membership.objects.filter(user=colleague).update(role=Role.READONLY)
    answer = ask(both, f"environments/{environment.pk}/runs", "post")
    assert answer.status_code == 403
    assert "As read-only of this team" in answer.json()["detail"]
    told = ask(both, f"runs/{run.pk}").json()["report"]  # reading goes on, as a reader reads
    facts = told["attempts"][0]["facts"]
    assert facts.get("config.key.shape") != shape
    assert ask(watch, "watch").status_code == 403
    assert ask(watch, "uploads", "post", {"report": factories.make_report()}).status_code == 403


def test_a_listening_machine_is_told_names_and_nothing_else(
    make: Callable[..., str], machine: Environment, environment: Environment, owner: User
) -> None:
    secret = make(WATCH, machine)
    assert watching.listening(machine) is None
    assert ask(secret, "watch").json() == {"runs": []}
    assert watching.listening(machine) is not None
    assert watching.listening(environment) is None
    check = runs.start(owner, machine, Run.Kind.CHECK, ["tcp.v4", "tls.handshake"]).run
    full = runs.start(owner, machine).run
    assert ask(secret, "watch").json() == {
        "runs": [
            {"run": str(check.pk), "kind": "check", "probes": ["tcp.v4", "tls.handshake"]},
            {"run": str(full.pk), "kind": "full", "probes": []},
        ]
    }
    AccessToken.objects.update(heard_at=timezone.now() - timedelta(seconds=11))
    assert watching.listening(machine) is None
    Run.objects.filter(pk=full.pk).update(queued_at=timezone.now() - timedelta(seconds=12))
    assert watching.listening(machine) is not None  # it was told of that one, and is busy with it
    AccessToken.objects.update(heard_at=timezone.now() - timedelta(seconds=46))
    assert watching.listening(machine) is None
    assert ask(make(READ), "watch").status_code == 403


def test_reports_of_a_listening_machine(
    make: Callable[..., str], machine: Environment, environment: Environment, owner: User, sent: list[UUID]
) -> None:
    secret = make(WATCH, machine)
    check = runs.start(owner, machine, Run.Kind.CHECK, ["proxy.connect"]).run
    body = {"report": factories.make_report(), "run": str(check.pk)}
    assert ask(secret, "uploads", "post", body).status_code == 202
    assert ask(secret, "uploads", "post", body).status_code == 202  # the same again is harmless
    execution.execute(check.pk)
    check.refresh_from_db()
    assert (check.status, check.cause) == ("finished", "proxy_auth_required")
    answer = ask(secret, "uploads", "post", {"report": factories.make_report()})  # of the beat: a run of its own
    assert answer.status_code == 202
    other = factories.make_run(environment, status=Run.Status.WAITING, vantage_kind="probe")
    assert ask(secret, "uploads", "post", {**body, "run": str(other.pk)}).status_code == 404
    environments.archive(owner, machine)
    assert ask(secret, "watch").status_code == 410
    assert ask(secret, "uploads", "post", body).status_code == 410


def test_everything_is_in_the_openapi_document() -> None:
    document = Client().get("/api/v1/openapi.json").json()
    for path in ("environments", "runs", "cases", "watch", "runs/{run_id}", "environments/{environment_id}/runs"):
        assert f"/api/v1/{path}" in document["paths"], sorted(document["paths"])
    assert document["paths"]["/api/v1/watch"]["get"]["security"] == [{"PersonsToken": []}]
