"""The nouns of a diagnosis, in the order in which they come to be.

Environment -> Attempt (Observations) -> Finding -> Ranking -> Step, and the Report that freezes them.
Every record is frozen. Facts are flat: a dotted name from ``facts.FACTS`` and a JSON scalar or a
tuple of scalars. A fact that is absent was not measured: absent is never *no*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Optional, Union

from diagnostics.engine.request.reading import Document
from diagnostics.engine.secrets import Secret

Scalar = Union[str, int, float, bool]
FactValue = Union[Scalar, tuple[Scalar, ...]]
Facts = Mapping[str, FactValue]


@dataclass(frozen=True)
class Client:
    """The program whose rules decide which settings count. ``version`` is None when nothing told it."""

    name: str
    version: Optional[str] = None
    source: str = "assumed"


@dataclass(frozen=True)
class Setting:
    """One configured value and where it came from; ``value`` never holds a secret (it shows its shape)."""

    name: str
    value: str
    source: str
    effective: bool = True


@dataclass(frozen=True)
class Credential:
    """A key or token the client could send, in its order of precedence.

    ``kind`` is one of ``vocabulary.CREDENTIAL_KINDS``; ``headers`` names the headers this client sends it in.
    ``beside`` marks one that is sent along with the winner, in a header of its own.
    ``stays`` says why one that loses must not be tried in the winner's place: "untested" (there is nothing to send as it
    stands), "malformed", "other_vendor"; None when it may be.
    """

    kind: str
    name: str
    source: str
    secret: Secret
    headers: tuple[str, ...] = ("x-api-key",)
    beside: bool = False
    stays: Optional[str] = None


@dataclass(frozen=True)
class Header:
    """A header that goes with requests besides the client's own and its credentials; its value may be a secret all the same."""

    name: str
    value: Secret = field(repr=False)
    source: str


@dataclass(frozen=True)
class Kept:
    """A secret of the configuration, and where it stands: a variable, setting or file. ``kind`` is one of ``vocabulary.HIDDEN_KINDS``.

    ``listed``: the report shows that place, so it says what it left out there.
    """

    where: str
    kind: str
    secret: Secret = field(repr=False)
    listed: bool = True


@dataclass(frozen=True)
class Hidden:
    """Something left out of the report: where it stood (a setting, a fact), its kind, and its length in characters."""

    where: str
    kind: str
    length: int


@dataclass(frozen=True)
class Origin:
    """Scheme, host and port; ``host`` is lower case without brackets."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        shown = f"[{self.host}]" if ":" in self.host else self.host
        usual = {"https": 443, "http": 80}.get(self.scheme)
        return f"{self.scheme}://{shown}" + ("" if self.port == usual else f":{self.port}")


@dataclass(frozen=True)
class Proxy:
    """The proxy the client would use for its API, credentials kept apart from the printable part."""

    origin: Origin
    variable: str
    username: Optional[Secret] = None
    password: Optional[Secret] = None


@dataclass(frozen=True)
class TrustSettings:
    """Which certificate authorities the client trusts: sets it starts from and PEM files it adds or puts instead."""

    stores: tuple[str, ...] = ("public",)  # of "public" (bundled roots) and "system" (the operating system's)
    extra_files: tuple[str, ...] = ()  # added to the stores (NODE_EXTRA_CA_CERTS)
    replaced_by: tuple[str, ...] = ()  # used in place of every store (SSL_CERT_FILE for httpx)
    extra_pem: str = ""  # certificates registered with the environment rather than found in a file


@dataclass(frozen=True)
class Alternatives:
    """What else is set on this machine and could stand in the place of what the client uses; an experiment tries one of it.

    ``proxies`` are there where the client uses none for its target: passed over by NO_PROXY, or set where it does not read.
    ``trust`` names other sets of authorities. ``base_url`` is the client's own default, where another one is set.
    """

    proxies: tuple[Proxy, ...] = ()
    trust: tuple[tuple[str, TrustSettings], ...] = ()
    base_url: Optional[Origin] = None


@dataclass(frozen=True)
class Started:
    """What a client would be started with now: its program, the interpreters that may run it, and the variables of this shell.

    ``given`` are those that count; ``absent`` are names that it reads and nothing sets.
    """

    command: str
    runtimes: tuple[str, ...] = ()
    given: Mapping[str, Secret] = field(default_factory=dict, repr=False)
    absent: tuple[str, ...] = ()


@dataclass(frozen=True)
class Environment:
    """What this machine and its configuration look like to the client. Made by ``environment.capture()``."""

    client: Client
    mode: str  # "interactive" or "print"
    base_url: str  # as the client would use it (trimmed where the client trims), without credentials
    origin: Optional[Origin]  # None when the base URL cannot be read as a URL
    base_path: str = field(default="", repr=False)  # path of the base URL without trailing slash; a key may stand in it
    proxy: Optional[Proxy] = None  # None: none set, unusable, or bypassed by NO_PROXY for this target
    proxy_for: Mapping[str, Optional[Proxy]] = field(default_factory=dict)  # other hosts that NO_PROXY treats unlike it
    cut_off: tuple[str, ...] = ()  # hosts for which the client stops at a proxy setting that it cannot use
    trust: TrustSettings = TrustSettings()
    credentials: tuple[Credential, ...] = ()  # first one wins
    model: Optional[str] = None
    model_as_sent: bool = False  # it stands in a given request, where no client replaces an alias of its own
    headers: tuple[Header, ...] = ()  # besides the client's own
    streams: bool = True  # it asks for its messages as streams
    headers_whole: bool = False  # these, and the credentials, are all that is sent: the client adds none of its own
    request: Optional[Document] = field(default=None, repr=False)  # the given request, as read
    settings: tuple[Setting, ...] = ()
    kept: tuple[Kept, ...] = ()  # every secret that was found or may be sent: no text of the report holds one
    first_run_urls: tuple[str, ...] = ()  # what the client's first-run check asks, in order
    system: Optional[str] = None  # linux, macos or windows; None where no machine was looked at, or another one
    alternatives: Alternatives = Alternatives()
    started: Optional[Started] = field(default=None, repr=False)  # None where there is no process to hold it against
    facts: Facts = field(default_factory=dict)
    salt: str = field(default="", repr=False)  # of the team within which fingerprints are the same


@dataclass(frozen=True)
class Event:
    """Something that happened inside an attempt: ``at`` in seconds since the attempt began."""

    at: float
    what: str
    detail: str = ""


@dataclass(frozen=True)
class Attempt:
    """One probe's try, as a value: done, failed or skipped, never an exception.

    ``done`` the step worked or gave an answer that can be read; ``failed`` it did not come about, ``reason`` is a word of
    ``vocabulary.FAILURES``; ``skipped`` it was not tried, ``reason`` says why ("guard", "needs dns.system", ...).
    ``started`` counts seconds since the run began. ``variant`` is empty but for experiments.
    """

    probe: str
    status: str
    reason: Optional[str] = None
    started: float = 0.0
    seconds: float = 0.0
    facts: Facts = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    variant: str = ""
    hidden: tuple[Hidden, ...] = ()  # what its texts held that nobody may see; told in the report's ``environment``


@dataclass(frozen=True)
class Experiment:
    """One factor flipped and nothing else: what was changed, and the answer before and after."""

    changed: str
    origin: str  # "from" in the report, a keyword here
    to: str
    before: str
    after: str


@dataclass(frozen=True)
class Observations:
    """Everything that was tried, and the union of the facts it gave (environment first, later probes win)."""

    attempts: tuple[Attempt, ...]
    facts: Facts


@dataclass(frozen=True)
class Finding:
    """One statement that follows from facts. ``facts`` names those that made it."""

    code: str
    level: str  # "problem", "warning" or "info"
    says: str
    facts: tuple[str, ...]


@dataclass(frozen=True)
class Candidate:
    """A cause that could explain the findings, 0..1, with finding codes for and against it."""

    cause: str
    confidence: float
    because: tuple[str, ...] = ()
    against: tuple[str, ...] = ()


@dataclass(frozen=True)
class Also:
    """A fault beside the verdict: one that does not stop the client, or that it would meet later."""

    cause: Optional[str]
    finding: str
    says: str


@dataclass(frozen=True)
class NotChecked:
    """A probe that gave no answer, and why."""

    probe: str
    why: str


@dataclass(frozen=True)
class Undecided:
    """For ``unknown``: the nearest candidates and the one probe that would tell them apart."""

    candidates: tuple[str, ...]
    probe: Optional[str]


@dataclass(frozen=True)
class Ranking:
    """The verdict: ``ranked`` has one to five candidates, best first, and ``cause`` is the first one's."""

    cause: str
    confidence: float
    side: Optional[str]
    layer: Optional[str]
    title: str
    summary: str
    ranked: tuple[Candidate, ...]
    also: tuple[Also, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()
    undecided: Optional[Undecided] = None


@dataclass(frozen=True)
class Step:
    """What to do next: the playbook (a cause code), the step's name in it, and its instruction in one sentence."""

    playbook: str
    step: str
    do: str


@dataclass(frozen=True)
class OtherClient:
    """Another client on the same machine: those of its config facts that differ from the client's own, and those it has not."""

    name: str
    version: Optional[str]
    source: str
    facts: Facts = field(default_factory=dict)
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outlook:
    """What the facts measured for one client say of another: ``outlook`` and ``differs`` are words of the vocabulary."""

    client: OtherClient
    outlook: str
    differs: tuple[str, ...]
    says: str


@dataclass(frozen=True)
class Report:
    """The whole run as ``troubleshooter.report/1``; ``report.to_json`` writes it."""

    run: Mapping[str, Any]
    environment: Mapping[str, Any]
    attempts: tuple[Attempt, ...]
    findings: tuple[Finding, ...]
    experiments: tuple[Experiment, ...]
    verdict: Ranking
    next_step: Optional[Step]
    clients: tuple[Outlook, ...] = ()
