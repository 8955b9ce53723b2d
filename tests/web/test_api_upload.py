"""POST /api/v1/uploads: a machine's report comes in once, is judged with our knowledge, and the page fills itself."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.cache import cache
from django.test import Client

from diagnostics import selectors
from diagnostics.api import limits
from diagnostics.exceptions import UploadRefused
from diagnostics.models import Case, Environment, Membership, Run, User
from diagnostics.services import account_deletion, environments, execution, runs, teams, uploads, wizards
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/api/v1/uploads"


@pytest.fixture(autouse=True)
def fresh_counts() -> None:
    cache.clear()


@pytest.fixture
def waiting(owner: User, environment: Environment, sent: list[UUID]) -> runs.Started:
    """A run that waits for its machine, with the token its page shows."""
    environments.edit(owner, environment, runs_from="machine")
    return runs.start(owner, environment)


def post(token: str | None, report: Any = None, run: Any = None, **extra: Any) -> Any:
    body = {"report": factories.make_report() if report is None else report, "run": run and str(run)}
    headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
    return Client().post(URL, json.dumps(body), content_type="application/json", headers=headers, **extra)


def test_a_report_arrives_is_judged_and_fills_the_run(waiting: runs.Started, sent: list[UUID]) -> None:
    answer = post(waiting.upload_token, run=waiting.run.pk)
    assert (answer.status_code, answer.json()) == (202, {"url": f"http://127.0.0.1:8000/runs/{waiting.run.pk}/"})
    assert sent == [waiting.run.pk]
    waiting.run.refresh_from_db()
    assert (waiting.run.status, waiting.run.vantage_name) == (Run.Status.QUEUED, "ada-laptop")
    execution.execute(waiting.run.pk)
    waiting.run.refresh_from_db()
    assert (waiting.run.status, waiting.run.cause, waiting.run.upload) == ("finished", "proxy_auth_required", "")
    report = selectors.report(waiting.run)
    assert report is not None
    assert report["run"]["id"] == str(waiting.run.pk)
    assert report["run"]["vantage"] == {"kind": "probe", "name": "ada-laptop"}
    assert waiting.run.case == Case.objects.get()


def test_what_was_left_out_is_kept_and_shown(waiting: runs.Started, member: Client) -> None:
    hidden = [{"where": "HTTPS_PROXY (environment)", "kind": "password", "length": 12}]
    setting = {"name": "HTTPS_PROXY", "value": "http://p:1", "source": "environment", "effective": True}
    sent = factories.make_report(environment={"settings": [setting], "hidden": hidden})
    assert post(waiting.upload_token, sent).status_code == 202
    execution.execute(waiting.run.pk)
    waiting.run.refresh_from_db()
    report = selectors.report(waiting.run)
    assert report is not None
    assert report["environment"]["hidden"] == hidden
    page = member.get(f"/runs/{waiting.run.pk}/").content.decode()
    assert "Left out of this report: password in HTTPS_PROXY (environment) (12 characters)." in page


@pytest.mark.parametrize(
    "odd", ["x", ["x"], [{"where": 1, "kind": "key", "length": 1}], [{"where": "x", "kind": "y", "length": 1}]]
)
def test_what_was_left_out_is_told_in_one_form_only(waiting: runs.Started, odd: Any) -> None:
    assert post(waiting.upload_token, factories.make_report(environment={"hidden": odd})).status_code == 422


def test_the_token_alone_tells_the_run(waiting: runs.Started) -> None:
    assert post(waiting.upload_token).status_code == 202


def test_the_uploaded_verdict_is_not_believed(waiting: runs.Started) -> None:
    lying = factories.make_report("healthy")
    assert post(waiting.upload_token, lying).status_code == 202
    execution.execute(waiting.run.pk)
    waiting.run.refresh_from_db()
    assert waiting.run.cause == "proxy_auth_required"
    assert "The client works" not in (waiting.run.report or "")


def test_the_same_report_again_is_harmless_and_another_one_is_refused(waiting: runs.Started, sent: list[UUID]) -> None:
    assert post(waiting.upload_token).status_code == 202
    assert post(waiting.upload_token).status_code == 202
    execution.execute(waiting.run.pk)
    assert post(waiting.upload_token).status_code == 202
    assert sent == [waiting.run.pk]
    other = post(waiting.upload_token, factories.make_report(environment={"base_url": "https://other.example"}))
    assert other.status_code == 409
    assert "has its report already" in other.json()["detail"]


@pytest.mark.parametrize("token", ["", "tsu_wrong", "é", "x" * 5000])
def test_a_wrong_token_is_refused(waiting: runs.Started, token: str) -> None:
    answer = post(token)
    assert answer.status_code == 401
    assert "token" in answer.json()["detail"]


def test_no_token_is_refused_with_where_to_find_it(waiting: runs.Started) -> None:
    answer = post(None)
    assert answer.status_code == 401
    assert "Authorization: Bearer TOKEN" in answer.json()["detail"]


def test_a_token_opens_its_own_run_only(waiting: runs.Started, environment: Environment) -> None:
    other = factories.make_run(environment, status=Run.Status.WAITING, upload_token_sha256="f" * 64)
    for run in (other.pk, uuid4()):
        assert post(waiting.upload_token, run=run).status_code == 401
    other.refresh_from_db()
    assert other.status == Run.Status.WAITING


@pytest.mark.parametrize("gone", ["removed", "read-only", "account", "inactive"])
def test_a_token_is_worth_no_more_than_who_asked_for_its_run(
    owner: User, colleague: User, environment: Environment, gone: str, sent: list[UUID]
) -> None:
    environments.edit(owner, environment, runs_from="machine")
    started = runs.start(colleague, environment)
    place = Membership.objects.get(user=colleague)
    if gone == "removed":
        teams.remove_member(owner, place)
    elif gone == "read-only":
        teams.change_role(owner, place, "readonly")
    elif gone == "account":
        account_deletion.delete_account(colleague, colleague.email)
    else:
        User.objects.filter(pk=colleague.pk).update(is_active=False)
    answer = post(started.upload_token)
    assert (answer.status_code, "ask somebody there to start a new one" in answer.json()["detail"]) == (403, True)
    started.run.refresh_from_db()
    assert (started.run.status, started.run.upload, sent) == (Run.Status.WAITING, "", [])


def test_nothing_comes_into_an_archived_environment(
    waiting: runs.Started, owner: User, environment: Environment, sent: list[UUID]
) -> None:
    environments.archive(owner, environment)
    answer = post(waiting.upload_token)
    assert (answer.status_code, "archived" in answer.json()["detail"]) == (410, True)
    with pytest.raises(UploadRefused, match="archived"):
        uploads.paste(owner, environment, json.dumps(factories.make_report()), waiting.run)
    environments.restore(owner, environment)
    assert post(waiting.upload_token).status_code == 202
    environments.archive(owner, environment)
    assert post(waiting.upload_token).status_code == 202  # it has that one already
    assert sent == [waiting.run.pk]


@pytest.mark.parametrize(("status", "says"), [("cancelled", "was stopped"), ("expired", "expired")])
def test_a_run_that_is_over_says_so(waiting: runs.Started, status: str, says: str) -> None:
    Run.objects.update(status=status)
    answer = post(waiting.upload_token)
    assert answer.status_code == 410
    assert says in answer.json()["detail"]


@pytest.mark.parametrize(
    "report",
    [
        {},
        {"schema": "other/1"},
        factories.make_report() | {"attempts": "none"},
        factories.make_report() | {"attempts": [{"probe": "rm", "status": "done"}]},
        factories.make_report() | {"run": None},
        factories.make_report() | {"environment": {"key": factories.KEY}},
        factories.make_report() | {"environment": {"number": float("nan")}},
        factories.make_report() | {"environment": {"deep": [[[[[[[[[[[[1]]]]]]]]]]]]}},
    ],
)
def test_what_is_no_report_is_refused_in_a_sentence_and_stored_nowhere(waiting: runs.Started, report: Any) -> None:
    answer = post(waiting.upload_token, report)
    assert answer.status_code == 422
    assert answer.json()["detail"].endswith(".")
    assert factories.KEY not in answer.content.decode()
    waiting.run.refresh_from_db()
    assert (waiting.run.status, waiting.run.upload) == (Run.Status.WAITING, "")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"report": 1}', b"\xff\xfe", b'{"run": "x", "report": {}}', b"null", b"[" * 100_000]
)
def test_a_malformed_body_is_refused_without_repeating_it(waiting: runs.Started, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {waiting.upload_token}"}
    answer = Client().post(URL, body, content_type="application/json", headers=headers)
    assert answer.status_code in (400, 422)
    assert answer.json()["detail"]


def test_a_report_over_one_megabyte_is_refused_before_it_is_read(waiting: runs.Started) -> None:
    large = factories.make_report(padding="x" * 1_100_000)
    answer = post(waiting.upload_token, large)
    assert answer.status_code == 413
    assert "1 MB" in answer.json()["detail"]


def test_somebody_who_sends_too_often_is_told_to_wait(waiting: runs.Started) -> None:
    for _ in range(limits.MOST_PER_ADDRESS):
        assert post("tsu_guess").status_code == 401
    answer = post(waiting.upload_token)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    other = post(waiting.upload_token, REMOTE_ADDR="192.0.2.7")
    assert other.status_code == 202


def test_behind_a_proxy_each_client_is_counted_and_none_can_choose_its_name(
    waiting: runs.Started, settings: Any
) -> None:
    for number in range(limits.MOST_PER_ADDRESS):
        assert post("tsu_guess", HTTP_X_FORWARDED_FOR=f"192.0.2.{number}").status_code == 401
    assert post("tsu_guess", HTTP_X_FORWARDED_FOR="192.0.2.200").status_code == 429
    settings.BEHIND_PROXY = True
    for number in range(limits.MOST_PER_ADDRESS):
        assert post("tsu_guess", HTTP_X_FORWARDED_FOR=f"192.0.2.{number}, 198.51.100.9").status_code == 401
    assert post("tsu_guess", HTTP_X_FORWARDED_FOR="192.0.2.200, 198.51.100.9").status_code == 429
    assert post(waiting.upload_token, HTTP_X_FORWARDED_FOR="198.51.100.10").status_code == 202


def test_an_upload_goes_through_while_the_cache_is_away(waiting: runs.Started, settings: Any) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1"}
    }
    assert post(waiting.upload_token).status_code == 202


def test_a_stored_key_in_an_upload_is_blacked_out(waiting: runs.Started, owner: User) -> None:
    environments.edit(owner, waiting.run.environment, credential="not-shaped-like-a-key-at-all")
    leaky = factories.make_report()
    leaky["attempts"][1]["events"][0]["detail"] = "sent not-shaped-like-a-key-at-all"
    assert post(waiting.upload_token, leaky).status_code == 202
    waiting.run.refresh_from_db()
    assert "not-shaped" not in waiting.run.upload
    execution.execute(waiting.run.pk)
    waiting.run.refresh_from_db()
    assert waiting.run.status == "finished"
    assert "not-shaped" not in (waiting.run.report or "")


def test_binary_rubbish_in_a_text_is_stored_as_what_it_is(waiting: runs.Started) -> None:
    odd = factories.make_report()
    odd["attempts"][1]["events"][0]["detail"] = "a\0b\ud800c"
    odd["attempts"][1]["reason"] = "\x1b[2J\u202eok"
    odd["environment"]["\ud800\0"] = 1
    odd["run"]["vantage"] = {"kind": "worker", "name": "ada\u202e"}
    assert post(waiting.upload_token, odd).status_code == 202
    execution.execute(waiting.run.pk)
    report = selectors.report(Run.objects.get(pk=waiting.run.pk))
    assert report is not None
    assert report["attempts"][1]["events"][0]["detail"] == "a\ufffdb?c"
    assert report["attempts"][1]["reason"] == "\ufffd[2J\ufffdok"
    assert report["environment"]["?\ufffd"] == 1
    assert report["run"]["vantage"] == {"kind": "probe", "name": "ada\ufffd"}


def test_the_documents_of_the_api_are_served(db: None) -> None:
    openapi = Client().get("/api/v1/openapi.json").json()
    operation = openapi["paths"]["/api/v1/uploads"]["post"]
    assert openapi["openapi"].startswith("3.1")
    assert set(operation["responses"]) == {"202", "400", "401", "403", "404", "409", "410", "413", "422", "429"}
    schema = Client().get("/api/v1/report.schema.json").json()
    assert schema["properties"]["schema"] == {"const": "troubleshooter.report/1"}
    assert set(schema["required"]) == set(factories.make_report())


def test_a_machine_s_report_answers_the_wizard_s_check(owner: User, environment: Environment, sent: list[UUID]) -> None:
    environments.edit(owner, environment, runs_from="machine")
    red = factories.make_finished_run(Environment.objects.get(pk=environment.pk))
    walk = wizards.begin(owner, red)
    checking = wizards.check(owner, walk, "credentials")
    assert checking.check.run is not None
    fixed = factories.make_report("healthy")
    fixed["attempts"][1]["facts"] = {"proxy.connect.status": 200}
    assert post(checking.upload_token, fixed, run=checking.check.run.pk).status_code == 202
    execution.execute(checking.check.run.pk)
    checking.check.refresh_from_db()
    assert (checking.check.passed, checking.check.after["proxy.connect.status"]) == (True, 200)
    assert checking.check.before["proxy.connect.status"] == 407
