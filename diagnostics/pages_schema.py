"""What the knowledge pages tell besides the knowledge of verdicts: ``knowledge/pages.toml`` and ``knowledge/hosts.toml``, checked and as records."""

from __future__ import annotations

import datetime
import hashlib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from diagnostics.engine import library
from diagnostics.engine.wording import slots
from diagnostics.knowledge_schema import KnowledgeError
from diagnostics.schema_parts import CauseCode

_NAME = r"^(\*\.)?([a-z0-9-]+|\*-[a-z0-9-]+)(\.(\*|[a-z0-9-]+))*(\.[a-z0-9-]+){1,2}$"
Need = Literal["must", "should", "optional"]
NEEDS: tuple[Need, ...] = ("must", "should", "optional")


def _client(name: str) -> str:
    if name not in library.load().clients:
        raise ValueError(f"the client {name!r} has no file")
    return name


def _provider(name: str) -> str:
    if name not in library.load().providers:
        raise ValueError(f"the provider {name!r} has no file")
    return name


ClientName = Annotated[str, AfterValidator(_client)]
ProviderName = Annotated[str, AfterValidator(_provider)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Refusal(_Table):
    """What an entry ``[[errors]]`` of a provider means."""

    says: str = Field(min_length=5)
    cause: CauseCode


class Limit(_Table):
    """A time limit or the retries of a client. ``version``: the one that it was read in."""

    client: ClientName
    what: str
    value: str = Field(min_length=2)
    version: str
    source: str = Field(min_length=3)


class Wording(_Table):
    """A text of a client that dates its version."""

    client: ClientName
    text: str = Field(min_length=5)
    versions: str
    source: str = Field(min_length=3)


def _of_a_text(words: str) -> str:
    if any(slots(words)):
        raise ValueError("a text measures nothing: no fact stands in these words")
    return words


Printed = Annotated[str, Field(min_length=20), AfterValidator(_of_a_text)]


class Own(_Table):
    """Causes that are the reader's own to mend where an address of this machine fails; ``signs`` of the wordings say so too."""

    causes: list[CauseCode] = Field(min_length=1)
    signs: list[str] = []
    says: Printed


class Tool(_Table):
    """A page that checks something of the reader's own. ``page`` is the name of its address."""

    page: Literal["request_lab", "files"]
    title: str = Field(min_length=5)
    says: str = Field(min_length=10)
    causes: list[CauseCode] = Field(min_length=1)


class Asked(_Table):
    """Words that people ask for something by and that do not stand in it. ``leads``: relative names, as guides link by them."""

    leads: list[str] = Field(min_length=1)
    words: str = Field(min_length=2)


class Place(_Table):
    """A page of the product that the search leads to. ``page`` is the name of its address."""

    page: str
    title: str = Field(min_length=3)
    says: str = Field(min_length=10)


class Shape(_Table):
    """What a provider's keys look like, as far as that is known for a page and too little for a verdict."""

    looks: str = Field(min_length=3)
    what: str = Field(min_length=5)
    source: str = Field(min_length=3)


class Body(_Table):
    """How a provider refuses, as far as that is known for a page. ``when`` is a name of ``[refusals]``."""

    when: str
    status: int
    type: str = ""
    code: str = ""
    says: list[str] = []
    source: str = Field(min_length=3)


class Told(_Table):
    """A fact as a condition of a playbook says it: that it is so (``{}``: the words that it is compared with), and that it is not."""

    yes: str = Field(min_length=5)
    no: str = ""


class Provider(_Table):
    """What a provider's page tells besides ``providers/<name>.toml``; ``date`` is the day of these facts."""

    date: datetime.date
    status_page: str = ""
    runs_anywhere: bool = False
    keys: list[Shape] = []
    refusals: list[Body] = []


class SetUp(_Table):
    """How a client's own switch to a provider is set: variables in their order, and what else is needed."""

    provider: ProviderName
    client: ClientName
    env: dict[str, str] = Field(min_length=1)
    then: str = Field(min_length=10)


class Dated(_Table):
    """When a kind of facts that ages was last looked at, and where it is from."""

    date: datetime.date
    sources: list[str] = Field(min_length=1)


class Pages(_Table):
    """``knowledge/pages.toml``."""

    common: list[CauseCode] = Field(min_length=3)
    refusals: dict[str, Refusal]
    printed: dict[CauseCode, Printed]
    own: Own
    base_urls: Dated
    addresses: Dated
    limits: list[Limit] = []
    wordings: list[Wording] = []
    tools: list[Tool] = []
    places: list[Place] = []
    asked: list[Asked] = []
    signs: dict[str, str] = {}
    steps: dict[str, str] = {}
    conditions: dict[str, Told] = {}
    providers: dict[ProviderName, Provider] = {}
    key_types: dict[str, str] = {}
    setups: list[SetUp] = []

    def asked_by(self, name: str) -> str:
        """Every word that people ask for this by; ``name`` is relative, such as ``cause:dns_failure``."""
        return " ".join(one.words for one in self.asked if name in one.leads)

    def tools_for(self, cause: str) -> list[Tool]:
        """Those that help with a cause."""
        return [tool for tool in self.tools if cause in tool.causes]


class Host(_Table):
    """One ``[[host]]`` of ``knowledge/hosts.toml``; its head says what each key means."""

    name: str = Field(pattern=_NAME)
    purpose: str = Field(min_length=5)
    clients: list[ClientName] = []
    provider: ProviderName | None = None
    need: Need
    elsewhere: Need | None = None
    addresses: ProviderName | None = None
    date: datetime.date
    source: str = Field(min_length=3)


class Obsolete(_Table):
    """One ``[[obsolete]]``: a host that older lists name."""

    name: str = Field(pattern=_NAME)
    why: str


class Hosts(_Table):
    """``knowledge/hosts.toml``."""

    host: list[Host] = Field(min_length=1)
    obsolete: list[Obsolete] = []


_Model = TypeVar("_Model", bound=_Table)


@lru_cache(maxsize=2)
def pages(folder: Path = library.FOLDER) -> Pages:
    """What the pages tell besides; read once. Raises ``KnowledgeError`` with file and key."""
    made = parse(Pages, "pages", _read(folder / "pages.toml"))
    used = {entry["when"] for table in library.load().providers.values() for entry in table.get("errors", ())}
    used |= {body.when for provider in made.providers.values() for body in provider.refusals}
    if missing := sorted(used - made.refusals.keys()):
        raise KnowledgeError(f"knowledge/pages.toml: refusals: no words for {', '.join(missing)}")
    signs = {sign["code"] for table in library.aside("texts").tables.values() for sign in table.get("sign", ())}
    if unknown := sorted(set(made.own.signs) - signs):
        raise KnowledgeError(f"knowledge/pages.toml: own.signs: no sign {', '.join(unknown)}")
    return made


@lru_cache(maxsize=2)
def hosts(folder: Path = library.FOLDER) -> Hosts:
    """The hosts that are asked besides the API; read once. Raises ``KnowledgeError`` with file and key."""
    return parse(Hosts, "hosts", _read(folder / "hosts.toml"))


@lru_cache(maxsize=1)
def version() -> str:
    """What both say, as sha256."""
    return hashlib.sha256(repr((pages(), hosts())).encode()).hexdigest()


def parse(model: type[_Model], name: str, table: Mapping[str, Any]) -> _Model:
    """A table as a record. Raises ``KnowledgeError`` with every fault."""
    try:
        return model.model_validate(table)
    except ValidationError as error:
        raise KnowledgeError("\n".join(_lines(name, error))) from error


def _lines(name: str, error: ValidationError) -> Iterator[str]:
    for fault in error.errors():
        parts: Sequence[object] = fault["loc"]
        key = ".".join(str(part) for part in parts)
        yield f"knowledge/{name}.toml: {key}: {fault['msg'].removeprefix('Value error, ')}"


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise KnowledgeError(f"knowledge/{file.name}: {error}") from error
