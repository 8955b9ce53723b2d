"""The public pages of the causes: complete, free of anybody's facts, cheap, and honest about how often we are right."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from diagnostics import pages_schema
from diagnostics.engine import library
from diagnostics.engine.vocabulary import CAUSES
from diagnostics.models import Team, User
from diagnostics.services import accuracy
from diagnostics.services import general as services_general
from diagnostics.services.accuracy import Rate
from diagnostics.services.general import letter
from diagnostics.views import telling
from diagnostics.views.knowing import texts
from tests import factories

KNOWN = [code for code in CAUSES if code in library.load().causes]
TABLE = """
[made]
on = "2026-11-23"
engine = "0.1.0"
knowledge = "sha256:0"
[overall]
scenarios = { right = 9, count = 9 }
mutants = { right = 89, count = 90 }
calibration_error = 0.02
sure_and_wrong = 0
[[bins]]
least = 0.9
right = 80
count = 80
confidence = 0.97
[causes.proxy_blocked]
scenarios = { right = 3, count = 3 }
mutants = { right = 29, count = 30 }
named = { right = 29, count = 31 }
[causes.ipv6_broken]
scenarios = { right = 3, count = 3 }
mutants = { right = 0, count = 0 }
named = { right = 0, count = 0 }
"""


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "accuracy.toml"
    file.write_text(TABLE)
    monkeypatch.setattr(accuracy, "FILE", file)
    return file


def _page(client: Client, code: str) -> str:
    page = client.get(reverse("cause", args=[code])).content.decode()
    prose = re.sub(r'(?s)<pre.*?</pre>|<div class="printed">.*?</div>|<code>.*?</code>', " ", page)
    return " ".join(re.sub(r"<[^>]+>", " ", prose).split())


@pytest.mark.parametrize("code", KNOWN)
def test_every_cause_has_a_page_for_everybody(client: Client, code: str) -> None:
    page = _page(client, code)  # but for lines to copy, which may hold any character
    cause = library.load().causes[code]
    assert code in page
    assert "How often we are right" in page
    for word in ("{", "}", "(not measured)", "|", " some."):
        assert word not in page.partition("How often we are right")[0]
    for neighbour in cause.confused_with:
        assert reverse("cause", args=[neighbour.code]) in client.get(reverse("cause", args=[code])).content.decode()


def test_a_cause_shows_what_clients_print_and_a_client_what_it_prints(client: Client) -> None:
    page = client.get(reverse("cause", args=["tls_intercepted"])).content.decode().replace("<wbr>", "")
    assert "What clients print" in page
    assert "<h3>Claude Code</h3>" in page
    assert "<code>Failed to connect to api.anthropic.com: UNABLE_TO_GET_ISSUER_CERT_LOCALLY</code>" in page
    printed = client.get(reverse("client", args=["claude-code"])).content.decode().replace("<wbr>", "")
    assert "Failed to connect to api.anthropic.com: ERR_BAD_REQUEST" in printed
    assert f'href="{reverse("cause", args=["region_unsupported"])}"' in printed
    assert all(example.causes for example in texts.everything())
    assert not [example.text for example in texts.everything() if re.search(r"sk-ant-api03-[\w-]{80}", example.text)]


def test_all_causes_are_listed_once(client: Client) -> None:
    page = client.get(reverse("causes")).content.decode()
    for code in KNOWN:
        assert page.count(f'href="{reverse("cause", args=[code])}"') == 1


def test_a_code_that_nobody_knows_has_no_page(client: Client) -> None:
    assert client.get("/causes/gremlins/").status_code == 404


@pytest.mark.usefixtures("table")
def test_the_rate_is_told_with_its_number_and_the_word_laboratory(client: Client) -> None:
    page = _page(client, "proxy_blocked")
    assert "97 % of 30 in the laboratory" in page
    assert "named in 29 of 30 networks" in page
    assert "right 29 of 31 times" in page
    assert "Measured in the laboratory on 2026-11-23 with version 0.1.0 and an earlier state of the knowledge" in page


@pytest.mark.usefixtures("table")
def test_what_the_laboratory_cannot_make_has_no_rate(client: Client) -> None:
    page = _page(client, "ipv6_broken")
    assert "3 of 3 worked examples" in page
    assert "its rate is not measured" in page
    assert "Not measured in the laboratory yet" in _page(client, "key_missing")


@pytest.mark.usefixtures("table")
def test_the_list_holds_confidence_against_what_came_of_it(client: Client) -> None:
    page = " ".join(re.sub(r"<[^>]+>", " ", client.get(reverse("causes")).content.decode()).split())
    assert "from 90 % 80 97 % 100 %" in page
    assert "89 verdicts named the fault" in page


def test_without_a_table_the_pages_say_so(client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accuracy, "FILE", tmp_path / "gone.toml")
    assert "Not measured" in _page(client, "proxy_blocked")
    assert "make accuracy" in client.get(reverse("causes")).content.decode()


@pytest.mark.parametrize("name", ["causes", "cause"])
def test_a_stranger_costs_no_query_and_may_keep_the_page(client: Client, name: str) -> None:
    """This test has no database, so a query would fail it."""
    address = reverse(name, args=["proxy_blocked"] if name == "cause" else [])
    response = client.get(address)
    assert "public" in response["Cache-Control"]
    assert not response.cookies
    assert client.get(address, headers={"if-none-match": response["ETag"]}).status_code == 304


def test_who_is_signed_in_keeps_it_alone(client: Client, owner: User, django_assert_max_num_queries: Any) -> None:
    client.force_login(owner)
    with django_assert_max_num_queries(8):
        response = client.get(reverse("cause", args=["proxy_blocked"]))
    assert "private" in response["Cache-Control"]
    assert response.status_code == 200


def test_a_new_measurement_is_a_new_page(client: Client, table: Path) -> None:
    before = client.get(reverse("causes"))["ETag"]
    table.write_text(TABLE.replace("2026-11-23", "2026-11-24"))
    assert client.get(reverse("causes"))["ETag"] != before


def test_a_report_leads_to_its_causes(client: Client, owner: User, team: Team) -> None:
    run = factories.make_finished_run(factories.make_environment(team))
    client.force_login(owner)
    page = client.get(reverse("run", args=[run.pk])).content.decode()
    assert f'href="{reverse("cause", args=[run.cause])}"' in page


@pytest.mark.parametrize(
    ("said", "general"),
    [
        ("The proxy {config.proxy.url|you configured} answered {proxy.connect.status}.", "The proxy you configured answered with an error."),
        ("{config.key.name|The key} ({config.key.shape|?}) was refused: {answer.error_message|}", "The key was refused"),
        ("{control.reached} of {control.total|the} hosts answered, leading to {control.location|a page}.", "Some of the hosts answered."),
    ],
)  # fmt: skip
def test_a_sentence_of_a_report_is_told_without_its_facts(said: str, general: str) -> None:
    assert services_general.general(said) == general


FILLER = re.compile(
    r"\b(some control|over some|the some|Some holds|is on too|unknown[,.)]|not measured|or later|that is installed has|of this version|no events)\b"
    r"|a country that could|answered an |\(\)|\w [.;)]|in one pieces|a country, which|It asks to wait"
)


@pytest.mark.parametrize("code", sorted(library.load().causes))
def test_no_sentence_pretends_to_a_fact_that_only_a_run_has(code: str) -> None:
    cause = telling.one(code)
    assert cause is not None
    said = [sign.says for sign in (*cause.speaks_for, *cause.speaks_against)]
    for step in cause.steps:
        said += [step.do, step.why, step.expect, step.changes, step.undo]
        assert step.hand_over is None or not re.search(
            r"unknown|id none|without id|no title|\{| \? ", step.hand_over.text
        )
    assert [sentence for sentence in said if FILLER.search(sentence)] == []


def test_a_letter_has_gaps_where_a_report_has_facts() -> None:
    text = "The proxy {config.proxy.url|here} answers {proxy.connect.status|407} {proxy.connect.reason|} to "
    text += "{config.base_url.host|api.anthropic.com}, id {answer.edge_id|unknown}."
    assert letter(text) == "The proxy [address] answers 407 to api.anthropic.com, id [edge id]."


def test_sentences_for_pages_belong_to_something() -> None:
    told = pages_schema.pages()
    assert told.signs.keys() <= {sign.code for sign in library.load().signatures}
    steps = {f"{code}.{step.name}" for code, playbook in library.load().playbooks.items() for step in playbook.steps}
    assert {name.rpartition(".")[0] for name in told.steps} <= steps


def test_a_command_is_written_as_it_is_typed_and_a_text_by_who_printed_it() -> None:
    undone = [step.undo for group in telling.everything() for cause in group.causes for step in cause.steps]
    assert not [undo for undo in undone if undo.startswith(("Unset ", "Export ", "Sudo "))]
    assert {one.printed_by for one in texts.everything() if one.client == "cloudflare"} == {"Cloudflare"}


def test_few_tries_show_little() -> None:
    assert Rate(10, 10).at_least == pytest.approx(0.722, abs=0.001)
    assert Rate(100, 100).at_least == pytest.approx(0.963, abs=0.001)
    assert (Rate(0, 0).share, Rate(0, 0).at_least) == (0.0, 0.0)
    assert Rate(0, 10).at_least == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(("code", "page"), [("payload_invalid", "request_lab"), ("settings_broken", "files")])
def test_a_cause_that_shows_in_the_readers_own_text_leads_to_the_page_that_checks_it(
    client: Client, code: str, page: str
) -> None:
    shown = client.get(reverse("cause", args=[code])).content.decode()
    assert f'href="{reverse(page)}">' in shown.partition("<aside")[2]
    assert (
        f'href="{reverse(page)}">'
        not in client.get(reverse("cause", args=["overloaded"])).content.decode().partition("<aside")[2]
    )


def test_lines_of_several_clients_stand_each_under_its_name(client: Client) -> None:
    page = client.get(reverse("cause", args=["tls_intercepted"])).content.decode()
    assert "Set a variable, with Claude Code" in page
    assert "NODE_EXTRA_CA_CERTS" in page.partition(", with Claude Code")[2].partition("</pre>")[0]
    assert "SSL_CERT_FILE" in page.partition(", with Anthropic SDK for Python")[2].partition("</pre>")[0]


def test_the_lines_of_other_shells_and_for_good_are_folded_and_each_tells_its_own_way_back(client: Client) -> None:
    page = client.get(reverse("cause", args=["proxy_unreachable"])).content.decode()
    for folded in (
        "In bash, for good",
        "In fish",
        "In fish, for good",
        "In the command prompt",
        "In PowerShell, for good",
    ):
        assert f"<summary>{folded}</summary>" in page
    assert "<summary>In zsh</summary>" not in page  # the line of bash, once more
    shown = page.partition('id="steps"')[2].partition("<summary>In bash, for good</summary>")[0]
    assert "set -gx" not in shown
    assert "in this shell only." in shown
    assert page.count("<strong>Undo:</strong>") >= 10
