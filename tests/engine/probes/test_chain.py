"""Chains that lack something, and clients that do not look: who is at fault, and what is never sent."""

from __future__ import annotations

from cryptography.hazmat.primitives import hashes, serialization

from diagnostics.engine.records import FactValue
from diagnostics.lab import certificates
from diagnostics.lab.api import api
from diagnostics.lab.tls import Tls, tls
from tests.engine.probes.conftest import Observe, environment
from tests.lab.fixtures import Serve

HOST = "api.anthropic.com"
UNCHECKED: dict[str, FactValue] = {"config.tls.verification_off": True}


def test_a_forgotten_certificate_is_found_at_other_hosts(serve: Serve, observe: Observe) -> None:
    seen = observe(serve({HOST: api(tls=tls("intermediate_missing"))}))
    assert (seen["tls.public.failure"], seen["tls.completed.trusted"]) == ("tls_unknown_authority", True)
    assert seen["tls.chain.logged"] is True


def test_what_others_show_never_makes_a_private_authority_public(serve: Serve, observe: Observe) -> None:
    assert certificates.leaf(HOST, "private_ca").further[0] == certificates.private_root().certificate
    seen = observe(serve({HOST: api(tls=Tls("private_ca"))}))
    assert (seen["tls.completed.trusted"], seen["tls.chain.logged"]) == (False, False)


def test_a_private_authority_is_kept_as_it_was_shown_and_a_public_one_is_not(serve: Serve, observe: Observe) -> None:
    root = certificates.private_root().certificate
    seen = observe(serve({HOST: api(tls=Tls("private_ca"))}))
    assert seen["tls.chain.top.subject"] == seen["tls.chain.top.issuer"] == seen["tls.chain.root"]
    assert seen["tls.chain.top.pem"] == tuple(root.public_bytes(serialization.Encoding.PEM).decode().split("\n")[:-1])
    assert seen["tls.chain.top.fingerprint"] == root.fingerprint(hashes.SHA256()).hex()
    assert "tls.chain.top.pem" not in observe(serve())


def test_a_whole_chain_needs_no_completing(serve: Serve, observe: Observe) -> None:
    assert observe(serve()).attempt("tls.completed").reason == "not needed: no certificate was seen to be missing"


def test_a_client_that_checks_nothing_goes_on_and_its_key_stays_here(serve: Serve, observe: Observe) -> None:
    lab = serve({host: api(tls=Tls("private_ca")) for host in (HOST, "platform.claude.com")})
    seen = observe(lab, environment(facts=UNCHECKED, model="claude-opus-5-5"))
    assert (seen["api.models.status"], seen["api.models.credential_sent"]) == (401, False)
    assert seen["api.models.withheld"] == "unverified_tls"
    assert seen["hello.ok"] is True
    assert "api.count_tokens.status" not in seen
    assert "tls.client.trusted" not in seen
    assert not [one for one in lab.seen if one.credentials]


def test_a_client_that_checks_nothing_sends_its_key_where_the_server_is_proven(serve: Serve, observe: Observe) -> None:
    seen = observe(serve(), environment(facts=UNCHECKED))
    assert (seen["api.models.accepted"], seen["api.models.credential_sent"]) == (True, True)


def test_a_client_that_checks_goes_no_further(serve: Serve, observe: Observe) -> None:
    lab = serve({HOST: api(tls=Tls("private_ca"))})
    assert "api.models.status" not in observe(lab)
    assert not [one for one in lab.seen if one.host == HOST]


def test_a_first_run_host_may_have_forgotten_one_as_well(serve: Serve, observe: Observe) -> None:
    seen = observe(serve({"platform.claude.com": api(tls=tls("intermediate_missing"))}))
    assert (seen["hello.platform.failure"], seen["tls.completed.first_run_trusted"]) == ("tls_unknown_authority", True)
    assert "tls.completed.trusted" not in seen
