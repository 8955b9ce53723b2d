"""What cases were found by when migrations 0012 and 0014 were written: frozen, so that they do the same for ever.

The living ones are ``models/case_words.py`` and ``services/case_words.py``; where they have moved on, ``manage.py renew_case_words``
brings a database up to them.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from typing import Any
from uuid import UUID

from django.db import transaction

_UNSPACED = "\u0e01-\u0e4f\u3005\u3007\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")
_LONGEST_WORD = 60
_MOST = 100_000  # characters of a case
_MOST_NOTES = 200
_BATCH = 500
_TITLES = {
    "healthy": "Nothing stops this client",
    "key_missing": "No key reaches the client",
    "key_malformed": "The key cannot be right as it is written",
    "key_rejected": "The API does not accept this key",
    "login_expired": "The login on this machine is over",
    "key_forbidden": "The key is valid and not allowed to do this",
    "org_disabled": "The organisation of this key is disabled",
    "credential_conflict": "Two credentials are set, and the wrong one wins",
    "settings_broken": "A settings file cannot be read",
    "base_url_malformed": "The base URL cannot work as it is written",
    "base_url_other_provider": "The base URL leads to another vendor",
    "model_unknown": "The API does not know the model",
    "no_internet": "This machine has no way out of its network",
    "dns_failure": "The name of the API does not resolve here",
    "dns_hijacked": "The API's name leads to the wrong place",
    "ipv6_broken": "IPv6 is dead here, and the client does not fall back",
    "firewall_blocked": "Something on the way stops the connection to the API",
    "captive_portal": "This network wants you to sign in first",
    "proxy_unreachable": "The configured proxy cannot be reached",
    "proxy_malformed": "The proxy setting cannot work as it is written",
    "proxy_auth_required": "The proxy wants a user name and password",
    "proxy_blocked": "The proxy refuses this destination",
    "proxy_bypassed": "The API is sent around the proxy that it needs",
    "tls_intercepted": "Something on your network re-signs TLS, and the client does not trust it",
    "tls_ca_misconfigured": "The client's certificate setting names a file that does not work",
    "tls_certificate_invalid": "The server's certificate is bad",
    "tls_handshake_failed": "Client and server cannot agree on how to speak TLS",
    "clock_skew": "This machine's clock is wrong",
    "mtu_blackhole": "Large packets vanish on the way",
    "network_unstable": "Connections come about, and then nothing comes back",
    "region_unsupported": "The provider does not serve the place requests come from",
    "edge_blocked": "The provider's edge refuses this client before the API sees it",
    "rate_limited": "Too many requests in a short time",
    "credit_exhausted": "The account's credit is used up",
    "overloaded": "The service is busy",
    "service_outage": "The service itself is failing",
    "payload_invalid": "The request's body is not what the API takes",
    "headers_invalid": "A header of the request is missing or wrong",
    "request_too_large": "The request is over a limit",
    "gateway_fault": "The configured gateway fails",
    "stream_interrupted": "Streaming answers are held back or cut off",
    "client_outdated": "This version of the client has a fault that is met here",
    "onboarding_check_blocked": "Only the client's first-run check fails; your own route works",
    "unknown": "Not known yet",
}


def words_of(text: str) -> list[str]:
    """The words of a text in small letters without accents; one that begins with a digit gets a letter in front of it."""
    bare = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one)).casefold()
    return [f"n{word[:_LONGEST_WORD]}" if word[0].isdigit() else word[:_LONGEST_WORD] for word in _WORD.findall(bare)]


def team_word(team_id: UUID) -> str:
    """The word that every case of a team has and no other."""
    return f"team{team_id.hex}"


def renew_all(apps: Any) -> None:
    """Write the words of every case anew where they differ, in batches, each in a transaction that holds its rows."""
    table, last = apps.get_model("diagnostics", "CaseWords").objects, 0
    while True:
        with transaction.atomic():
            rows = list(table.select_for_update().filter(pk__gt=last).order_by("pk")[:_BATCH])
            table.bulk_update(_changed(apps, rows), ["words"])
        if not rows:
            return
        last = rows[-1].pk


def _changed(apps: Any, rows: list[Any]) -> list[Any]:
    ids = [row.case_id for row in rows]
    cases = apps.get_model("diagnostics", "Case").objects.defer("traits").in_bulk(ids)
    notes = defaultdict(list)
    written = apps.get_model("diagnostics", "CaseEvent").objects.filter(case__in=ids, kind="note", deleted_at=None)
    for case_id, text in written.order_by("-at", "-id").values_list("case_id", "text"):
        notes[case_id].append(text)
    changed = []
    for row in rows:
        words = _words(cases[row.case_id], notes[row.case_id][:_MOST_NOTES])
        if words != row.words:
            row.words = words
            changed.append(row)
    return changed


def _words(case: Any, notes: list[str]) -> str:
    title = _TITLES.get(case.cause, case.cause)
    told = [case.title, case.cause, title, case.what_it_was, case.what_fixed, *notes]
    return " ".join([team_word(case.team_id), *words_of("\n".join(told))])[:_MOST]
