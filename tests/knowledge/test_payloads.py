"""What the payload lab knows besides the schemas hangs together."""

from __future__ import annotations

import re

from diagnostics.engine import library
from diagnostics.payloads import recognising
from diagnostics.payloads.knowing import known
from diagnostics.payloads.records import PARTS, SEVERITIES
from diagnostics.payloads.schema import snapshot


def test_every_part_of_a_request_leads_to_a_cause_that_is_there() -> None:
    assert set(known().raw["causes"]) == set(PARTS)
    assert set(known().raw["causes"].values()) <= set(library.load().causes)


def test_protocols_name_fields_that_are_there() -> None:
    for protocol in known().protocols.values():
        fields = set(snapshot(protocol.name).schema["properties"])
        assert set(protocol.needs) <= fields
        assert set(protocol.marks) <= fields | {"anthropic_version", "top_k"}
        assert re.search(protocol.path, protocol.base)
        assert {protocol.vendor, *protocol.also_at} <= set(library.load().providers)
        assert set(known().instead(protocol).values()) <= fields | set(known().table["objects"]["request"]["fields"])
        assert not fields & set(known().instead(protocol)) - {"text"}


def test_rules_for_models_can_be_read_and_say_where_from() -> None:
    for rule in known().raw["model_rules"]:
        assert set(rule) <= {
            "protocol",
            "matches",
            "field",
            "values",
            "default",
            "beside",
            "says",
            "near",
            "severity",
            "source",
        }
        assert rule["severity"] in SEVERITIES
        assert rule.get("protocol", "messages") in known().protocols
        assert rule["source"]
        re.compile(rule["matches"])


def test_samples_are_requests() -> None:
    for sample in known().samples:
        assert recognising.recognise(sample["text"].strip("\n")).kind not in ("unknown", "empty")


def test_nothing_else_stands_in_the_file() -> None:
    assert set(known().raw) == {
        *(
            "date",
            "foreign",
            "causes",
            "protocols",
            "images",
            "platforms",
            "tokens",
            "dropped",
            "instead",
            "model_rules",
        ),
        *("hops", "sizes", "samples", "betas", "endpoints", "wrappers", "inner", "hosts"),
    }
