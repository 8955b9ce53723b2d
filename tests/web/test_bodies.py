"""Files that nobody asked for: no page writes them to the disk, whoever sends them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.files import uploadedfile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from diagnostics.forms.data import LARGEST_FILE
from diagnostics.models import Environment, User
from diagnostics.services import exporting
from tests import factories

pytestmark = pytest.mark.django_db
_WORDS = {"uuid": str(uuid4()), "int": "1"}


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of files that would have been written; the smallest one would be."""
    made: list[str] = []

    def note(self: object, name: str, *rest: object) -> None:
        made.append(name)
        raise OSError("This test writes nothing.")

    monkeypatch.setattr(uploadedfile.TemporaryUploadedFile, "__init__", note)
    monkeypatch.setattr(settings, "FILE_UPLOAD_MAX_MEMORY_SIZE", 10)
    return made


def file(size: int = 1000) -> SimpleUploadedFile:
    return SimpleUploadedFile("odd.bin", b"x" * size)


def forger() -> Client:
    """A browser that brings a cookie which it thought of: only then is the form read, in which the token would stand."""
    made = Client(enforce_csrf_checks=True, raise_request_exception=False)
    made.cookies[settings.CSRF_COOKIE_NAME] = "a" * 32
    return made


def addresses(resolver: URLResolver, before: str = "/") -> Iterator[str]:
    """Every address of the plan, with something in each place; an odd one is reached as far as its pattern allows."""
    for one in resolver.url_patterns:
        words = re.sub(r"<(?:(\w+):)?\w+>", lambda found: _WORDS.get(found.group(1), "abc"), str(one.pattern))
        address = before + re.sub(r"\(\?P<\w+>[^)]*\)", "abc", words).strip("^$").removesuffix(r"\Z")
        if isinstance(one, URLPattern):
            yield address
        else:
            yield from addresses(one, address)


def test_no_address_writes_a_file_of_somebody_without_an_account(written: list[str]) -> None:
    stranger = forger()
    every = list(addresses(get_resolver()))
    assert len(every) > 150
    for address in every:
        stranger.post(address, {"by": "me", "file": file()})
        assert not written, address


@pytest.mark.parametrize("address", ["/sign-in/", "/h/abc/changed/", "/account/", "/nothing/at/all/"])
def test_a_form_as_long_as_no_page_takes_is_not_read(address: str, written: list[str]) -> None:
    answer = forger().post(address, {"file": file(6_200_000)})
    assert (answer.status_code, written) == (404 if "nothing" in address else 403, [])


def test_words_that_are_longer_than_any_page_takes_are_told_so(member: Client) -> None:
    long = "name=" + "x" * 6_200_000
    answer = member.post("/environments/new/", long, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 413
    assert "larger than anything that this page takes" in answer.content.decode()


@pytest.mark.parametrize("address", ["/nothing/at/all/", "/environments/abc/", "/api/v1/nothing"])
def test_an_address_where_nothing_is_says_so_however_much_is_sent(
    member: Client, caplog: pytest.LogCaptureFixture, address: str
) -> None:
    for browser in (forger(), member):
        answer = browser.post(address, "a=" + "x" * 6_200_000, content_type="application/x-www-form-urlencoded")
        assert answer.status_code == 404
        assert "There is no" in answer.content.decode()
    assert [record for record in caplog.records if record.exc_info] == []


def test_the_forms_on_the_page_of_nothing_work(colleague: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(colleague)
    page = browser.get("/nothing/at/all/").content.decode()
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert found is not None
    assert browser.post("/sign-out/", {"csrfmiddlewaretoken": found.group(1)}).status_code == 302
    assert browser.post("/sign-out/").status_code == 403


def test_a_form_does_what_it_does_without_the_file(
    member: Client, environment: Environment, written: list[str]
) -> None:
    answer = member.post(f"/environments/{environment.pk}/archive/", {"file": file()})
    environment.refresh_from_db()
    assert (answer.status_code, environment.archived_at is not None, written) == (302, True, [])


def test_an_export_comes_in_without_touching_the_disk(client: Client, owner: User, written: list[str]) -> None:
    team = factories.make_team("Moved")
    lines = b"".join(exporting.lines(team))
    client.force_login(owner)
    answer = client.post("/team/import/", {"file": SimpleUploadedFile("moved.jsonl", lines)})
    assert (answer.status_code, written) == (302, [])
    assert owner.memberships.filter(team__name="Moved").exists()


@pytest.mark.parametrize("signs_in", [False, True])
def test_a_larger_export_is_not_read(client: Client, owner: User, written: list[str], signs_in: bool) -> None:
    if signs_in:
        client.force_login(owner)
    answer = client.post("/team/import/", {"file": file(LARGEST_FILE + 20_000)})
    assert (answer.status_code, written) == (413 if signs_in else 302, [])
    assert not signs_in or "over 8 MB" in answer.content.decode()


def test_an_export_needs_the_forms_token(owner: User, written: list[str]) -> None:
    browser = forger()
    browser.force_login(owner)
    assert browser.post("/team/import/", {"file": file()}).status_code == 403


@pytest.mark.parametrize("path", ["/", "/runs/", "/api/v1/runs", "/nothing/"])
def test_a_name_that_this_server_does_not_answer_for_is_told_so(member: Client, path: str) -> None:
    for browser in (Client(raise_request_exception=False), member):
        answer = browser.get(path, headers={"host": "elsewhere.example"})
        assert answer.status_code == 400
        assert "could not be read" in answer.content.decode()
