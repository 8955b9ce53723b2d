"""The practice range: three networks that fail for real, and whose wizards' fixes really turn them green.

What serves them is loaded when one is opened: web processes show their pages and never do.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from diagnostics.lab import KEY

if TYPE_CHECKING:
    from diagnostics.lab.network import Lab

PROXY_USER = "practice"
PROXY_PASSWORD = "open-sesame"

_OFFICE_PROXY = "proxy.practice.example:3128"
_FRANKFURT_PROXY = "proxy-frankfurt.practice.example:3128"


@dataclass(frozen=True)
class Practice:
    """One practice network: what its page says, what is registered, what a run must find, what its wizard's fix sets.

    ``network`` makes it, not started. ``fixes``: field of the environment -> value that heals it; the others stay.
    Values of ``proxy_url`` hold the proxy's user and password where it wants them. ``key`` opens no other API.
    """

    slug: str
    title: str
    story: str
    cause: str
    network: Callable[[], Lab]
    fixes: Mapping[str, str]
    client: str = "claude-code"
    base_url: str = "https://api.anthropic.com"
    proxy_url: str = ""
    key: str = field(default=KEY, repr=False)


# Nothing is remembered: somebody may practise with a key of their own.


def _corporate_proxy() -> Lab:
    from diagnostics.lab import tcp
    from diagnostics.lab.network import Lab
    from diagnostics.lab.proxy import proxy

    # The fence refuses rather than drops: a run must not spend its time waiting.
    office = proxy(connect=407, schemes=("Basic",), credentials=(PROXY_USER, PROXY_PASSWORD))
    return Lab({_OFFICE_PROXY: office}, direct={"*": tcp.refused()}, remember=0)


def _other_vendor() -> Lab:
    from diagnostics.lab import vendors
    from diagnostics.lab.network import Lab

    return Lab({"api.openai.com": vendors.openai(status=403)}, remember=0)


def _region() -> Lab:
    from diagnostics.lab.network import Lab
    from diagnostics.lab.proxy import proxy

    return Lab({_FRANKFURT_PROXY: proxy(exit_country="DE")}, country="HK", remember=0)


PRACTICES: Mapping[str, Practice] = {
    one.slug: one
    for one in (
        Practice(
            slug="corporate_proxy",
            title="Practice: an office proxy that wants a password",
            story="The whole office goes through one proxy, and since Monday it asks for a user name and a password. "
            f"The client has neither; this proxy lets you in as {PROXY_USER} with {PROXY_PASSWORD}.",
            cause="proxy_auth_required",
            proxy_url=f"http://{_OFFICE_PROXY}",
            fixes={"proxy_url": f"http://{PROXY_USER}:{PROXY_PASSWORD}@{_OFFICE_PROXY}"},
            network=_corporate_proxy,
        ),
        Practice(
            slug="other_vendor",
            title="Practice: a base URL that leads to another vendor",
            story="A base URL was copied from another project's settings. It leads to another vendor, "
            "who answers 403 to every request.",
            cause="base_url_other_provider",
            base_url="https://api.openai.com",
            fixes={"base_url": "https://api.anthropic.com"},
            network=_other_vendor,
        ),
        Practice(
            slug="region",
            title="Practice: a country that is not served",
            story="This machine reaches the internet from a country that the API does not serve, so it is refused. "
            f"The company has a second way out, through Frankfurt, at http://{_FRANKFURT_PROXY} for everybody.",
            cause="region_unsupported",
            fixes={"proxy_url": f"http://{_FRANKFURT_PROXY}"},
            network=_region,
        ),
    )
}
"""By slug, in the order in which the page shows them."""

_running: dict[tuple[int, str], Lab] = {}  # by process too: a forked worker has our memory and none of our threads
_lock = threading.Lock()


def open(slug: str) -> Lab:  # noqa: A001  reads as practice.open
    """The running network of a practice, shared by this process and started on first use. KeyError if there is none."""
    mine = os.getpid(), slug
    with _lock:
        if mine not in _running:
            _running[mine] = PRACTICES[slug].network().start()
        return _running[mine]


def close() -> None:
    """Stop what this process opened; the next ``open`` starts anew."""
    with _lock:
        labs = [_running.pop(key) for key in list(_running) if key[0] == os.getpid()]
    for lab in labs:
        lab.stop()


atexit.register(close)
