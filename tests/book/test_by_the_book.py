"""By the book: for every cause that the laboratory can mend, the wizard is followed to the letter until the path is green."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from diagnostics.engine import library
from diagnostics.engine.vocabulary import HEALTHY
from diagnostics.lab.api import api
from tests.book import terminal
from tests.book.declaring import Walk
from tests.book.person import FOR_GOOD, HANDS, Done, Stuck
from tests.book.walking import Following, Told
from tests.book.walks import NOT_WALKED, WALKS
from tests.scenarios.networks import NETWORKS
from tests.scenarios.networks.declaring import REVOKED

pytestmark = pytest.mark.timeout(400)
_BEDROCK = "bedrock-runtime.us-east-1.amazonaws.com"
AT_ONCE = 4  # many wait for what does not answer
_BROKEN = {(one.cause, one.name): one for one in NETWORKS}
_Went = Mapping[str, "Told | BaseException"]


@dataclass(frozen=True)
class Case:
    """A walk of a cause by one hand."""

    code: str
    walk: Walk
    hand: str

    def __str__(self) -> str:
        by = f", mended by {self.walk.mend.by}" if self.walk.mend else ", typed in" if self.walk.types else ""
        return f"{self.code}: {self.walk.network}{by}, {self.hand}"


ALL = [
    Case(code, walk, hand)
    for code, walks in WALKS.items()
    for walk in walks
    for hand in (HANDS if walk.lasting else HANDS[:1])
]


@pytest.fixture(scope="module")
def told(request: pytest.FixtureRequest) -> _Went:
    """How every walk went that is asked for here: some wait for what never answers, so they go side by side."""
    cases = [
        one.callspec.params["case"]
        for one in request.session.items
        if hasattr(one, "callspec") and one.path == request.path and "case" in one.callspec.params
    ]
    with tempfile.TemporaryDirectory(prefix="by-the-book-") as folder:
        Path(folder).chmod(0o755)  # the person walks through it
        return asyncio.run(_all(cases, Path(folder)))


async def _all(cases: list[Case], folder: Path) -> dict[str, Told | BaseException]:
    free = asyncio.Semaphore(AT_ONCE)

    async def one(number: int, case: Case) -> Told:
        async with free:
            following = Following(case.walk, _BROKEN[case.code, case.walk.network], case.hand, folder / str(number))
            try:
                return await following.follow()
            finally:
                following.close()

    went = await asyncio.gather(*(one(*each) for each in enumerate(cases)), return_exceptions=True)
    return {str(case): told for case, told in zip(cases, went, strict=True)}


@pytest.mark.parametrize("case", ALL, ids=str)
def test_the_wizard_leads_to_a_green_path_and_back(case: Case, told: _Went) -> None:
    went = told[str(case)]
    if isinstance(went, BaseException):
        raise went
    assert went.red.verdict.cause == case.code, str(went)
    assert went.end.verdict.cause == HEALTHY, str(went)
    assert went.left_red == (), str(went)
    if case.hand == FOR_GOOD:
        assert went.anew is not None, str(went)
        assert went.anew.verdict.cause == HEALTHY, str(went)


def test_every_cause_is_walked_or_says_why_not() -> None:
    assert set(WALKS) | set(NOT_WALKED) == set(library.load().causes)
    assert set(WALKS) & set(NOT_WALKED) == set()


def test_what_a_person_does_alone_is_known() -> None:
    """Causes that nobody else has to act for; of the others somebody else, or time, mends at least one walk."""
    alone = {code for code, walks in WALKS.items() if all(walk.mend is None for walk in walks)}
    assert alone == {
        "base_url_malformed", "base_url_other_provider", "client_outdated", "credential_conflict", "headers_invalid", "key_malformed",
        "key_missing", "model_unknown", "onboarding_check_blocked", "proxy_auth_required", "proxy_bypassed", "proxy_malformed",
        "proxy_unreachable", "region_unsupported", "settings_broken",
    }  # fmt: skip


# -- The harness itself: it fails where it should, and reaches nothing but its folder


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the person may walk into."""
    with tempfile.TemporaryDirectory(prefix="by-the-book-") as made:
        Path(made).chmod(0o755)
        yield Path(made)


def _following(walk: Walk, code: str, folder: Path) -> Following:
    return Following(walk, _BROKEN[code, walk.network], HANDS[0], folder / "0")


def test_a_person_who_knows_the_wrong_thing_gets_no_green_path(folder: Path) -> None:
    following = _following(Walk("no key", types={"ANTHROPIC_API_KEY": REVOKED}), "key_missing", folder)
    try:
        went = asyncio.run(following.follow())
    finally:
        following.close()
    assert went.end.verdict.cause == "key_rejected"
    assert [row.green for row in went.rows if row.step == "accepted"] == [
        None
    ]  # nothing that a refused key is given proves it


@pytest.mark.parametrize(
    ("walk", "code", "step"),
    [
        (Walk("country not served", answers={"where": "aws"}, beside={"hosts": lambda: {_BEDROCK: api()}}), "region_unsupported", "at_aws"),
        (Walk("a cloud's resource that nobody named", knows={"YOUR-RESOURCE": "acme"}), "base_url_malformed", "region"),
        (Walk("a cloud's address without scheme"), "base_url_malformed", "correct_cloud"),
        (Walk("a cloud's region that is none", knows={"YOUR-REGION": "us-east-1"}, beside={"hosts": lambda: {_BEDROCK: api()}}),
         "dns_failure", "region"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.network,
)  # fmt: skip
def test_a_step_to_a_cloud_provider_turns_green(walk: Walk, code: str, step: str, folder: Path) -> None:
    """What lies behind such a provider's door is not judged, so these ways end with the step, and not with ``healthy``."""
    following = _following(walk, code, folder)
    try:
        went = asyncio.run(following.follow())
    finally:
        following.close()
    assert went.red.verdict.cause == code, str(went)
    assert [row.green for row in went.rows if row.step == step and not row.skipped] == [True], str(went)


def test_an_undo_that_leaves_a_byte_is_told(folder: Path) -> None:
    following = _following(Walk("no key"), "key_missing", folder)
    person = following.person
    try:
        before = person.state()
        person.terminal.type("echo 'export A=1' >> ~/.bashrc; export A=1")
        person.done.append(Done("a line", "unset A", before))
        with pytest.raises(Stuck, match=r"\.bashrc"):
            person.take_back()
    finally:
        following.close()


@pytest.mark.optional
@pytest.mark.skipif(os.geteuid() != 0, reason="only root could reach further")
def test_no_line_reaches_anything_outside_of_its_folder(folder: Path) -> None:
    following = _following(Walk("no key"), "key_missing", folder)
    try:
        for line in ("touch /etc/by-the-book", "sudo touch /etc/by-the-book", "sudo tee /etc/by-the-book < /dev/null"):
            following.person.terminal.type(line)
        assert not Path("/etc/by-the-book").exists()
        assert following.home.called("sudo tee /etc/by-the-book")
    finally:
        following.close()


def test_a_line_that_waits_for_more_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "LIMIT", 1.0)
    following = _following(Walk("no key"), "key_missing", folder)
    try:
        with pytest.raises(terminal.Waits, match="did not come back"):
            following.person.terminal.type("read -rs A; cat")
    finally:
        following.close()
