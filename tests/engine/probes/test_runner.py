"""The runner: needs, alternatives, deadlines, ends as values. Its probes here are small and made up; its clock is real."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from diagnostics.engine.net import Failure, Guard, Net
from diagnostics.engine.probes import PROBES, Plan, Probe, Result, runner
from diagnostics.engine.probes.base import Context
from diagnostics.engine.probes.runner import Run, selected
from diagnostics.engine.records import Attempt, Environment, Facts, Observations
from tests.engine.probes.conftest import environment

Body = Callable[[Context], Awaitable[Result]]


def probe(name: str, body: Body | None = None, limit: float = 5.0, **others: Any) -> Probe:
    async def fine(context: Context) -> Result:
        return Result({f"config.{name}": True})

    return Probe(name, "config", name, limit, body or fine, **others)


NOTHING = Result()


def after(seconds: float, result: Result = NOTHING) -> Body:
    async def run(context: Context) -> Result:
        await asyncio.sleep(seconds)
        return result

    return run


def failing(error: Exception) -> Body:
    async def run(context: Context) -> Result:
        raise error

    return run


def run(*probes: Probe, timeout: float = 5.0, known: Environment | None = None, **others: Any) -> dict[str, Attempt]:
    made = Run(
        probes,
        known or environment(),
        Net(Guard.strict()),
        Plan(timeout=timeout, only=others.get("only")),
        others.get("on_attempt"),
        others.get("on_start"),
    )

    async def go() -> Observations:
        return await made.observe()

    return {attempt.probe: attempt for attempt in asyncio.run(go()).attempts}


def test_probes_run_side_by_side_and_the_run_takes_its_slowest_chain() -> None:
    """Twenty probes wait for each other, and a chain goes on beside them: one after the other they would wait for ever."""
    begun, all_begun = list[int](), asyncio.Event()

    async def meets(context: Context) -> Result:
        begun.append(1)
        if len(begun) == 20:
            all_begun.set()
        await all_begun.wait()
        return Result()

    probes = [
        *(probe(f"p{number}", meets, limit=60) for number in range(19)),
        probe("a", after(0.1), limit=60),
        probe("b", meets, ways=(("a",),), limit=60),
    ]
    assert {attempt.status for attempt in run(*probes, timeout=60).values()} == {"done"}


def test_a_probe_goes_as_soon_as_one_of_its_alternatives_opens_the_way() -> None:
    attempts = run(probe("slow", after(0.3)), probe("quick", after(0.05)), probe("next", ways=(("slow", "quick"),)))
    assert attempts["next"].started < attempts["slow"].seconds


@pytest.mark.parametrize("shut", [Result(failed="connect_timeout"), Result(opens=False), Result(idle="nothing there")])
def test_a_probe_waits_for_its_other_alternative_when_the_first_is_shut(shut: Result) -> None:
    attempts = run(probe("shut", after(0, shut)), probe("open", after(0.05)), probe("next", ways=(("shut", "open"),)))
    assert attempts["next"].status == "done"


def test_what_is_needed_and_does_not_open_the_way_is_named() -> None:
    attempts = run(
        probe("dns", after(0, Result(failed="dns_nxdomain"))),
        probe("tcp", ways=(("dns",),)),
        probe("tls", ways=(("tcp",),)),
    )
    assert (attempts["dns"].status, attempts["dns"].reason) == ("failed", "dns_nxdomain")
    assert (attempts["tcp"].status, attempts["tcp"].reason) == ("skipped", "needs dns")
    assert (attempts["tls"].status, attempts["tls"].reason) == ("skipped", "needs tcp")


def test_a_refusal_of_the_guard_is_no_evidence() -> None:
    async def refused(context: Context) -> Result:
        return context.failing(Failure("guard", "10.0.0.1; ALLOWED_NETWORKS"), {"tcp.connected": False})

    attempts = run(probe("tcp", refused), probe("tls", ways=(("tcp",),)))
    assert (attempts["tcp"].status, attempts["tcp"].reason, attempts["tcp"].facts) == ("skipped", "guard", {})
    assert "ALLOWED_NETWORKS" in attempts["tcp"].events[0].detail
    assert attempts["tls"].reason == "guard"


def test_one_broken_probe_never_stops_the_others_and_says_no_more_than_its_type() -> None:
    attempts = run(probe("broken", failing(ValueError("sk-ant-api03-secret"))), probe("fine"))
    assert (attempts["broken"].status, attempts["broken"].reason) == ("failed", "internal_error")
    assert "ValueError" in repr(attempts["broken"])
    assert "secret" not in repr(attempts)
    assert attempts["fine"].status == "done"


def test_a_failure_that_a_probe_lets_pass_keeps_its_word() -> None:
    assert run(probe("a", failing(Failure("tls_reset"))))["a"].reason == "tls_reset"


def test_a_probe_that_hangs_ends_at_its_own_limit() -> None:
    began = time.monotonic()
    attempts = run(probe("hangs", after(60), limit=0.1), probe("next", ways=(("hangs",),)), timeout=60)
    assert time.monotonic() - began < 30
    assert (attempts["hangs"].status, attempts["hangs"].reason) == ("failed", "deadline")
    assert attempts["next"].reason == "needs hangs"


def test_the_run_ends_at_its_limit_and_what_sums_up_still_does() -> None:
    async def keeping(context: Context) -> Result:
        context.keep({"dns.literal": False})
        await asyncio.sleep(60)
        return Result()

    began = time.monotonic()
    attempts = run(
        probe("hangs", keeping, limit=60),
        probe("waits", ways=(("hangs",),)),
        probe("sums", after=("hangs", "waits")),
        timeout=0.2,
    )
    assert time.monotonic() - began < 30
    assert (attempts["hangs"].reason, attempts["hangs"].facts) == ("deadline", {"dns.literal": False})
    assert attempts["waits"].status == "skipped"
    assert attempts["sums"].status == "done"


ACCEPTED: Facts = {"api.models.accepted": True}
NO_FIRST_RUN = environment(facts={"config.first_run_counts": False})


def with_a_part(seconds: float) -> Body:
    async def witness(context: Context) -> Result:
        context.keep({"control.reached": 2})
        await asyncio.sleep(seconds)
        return Result({"control.reached": 3})

    return witness


def witnessed(
    monkeypatch: pytest.MonkeyPatch, *path: Probe, lasts: float = 1.0, known: Environment = NO_FIRST_RUN, **others: Any
) -> Attempt:
    """What became of a witness beside this path that takes so many seconds, where patience lasts a tenth of one."""
    monkeypatch.setattr(runner, "PATIENCE", 0.1)
    witness = probe("control.hosts", with_a_part(lasts), limit=100)
    sums = probe("network", after=("control.hosts",))
    attempts = run(*path, witness, sums, known=known, timeout=100, **others)
    assert attempts["network"].status == "done"  # what sums up still does
    return attempts["control.hosts"]


def models(facts: Facts = ACCEPTED) -> Probe:
    return probe("api.models", after(0.05, Result(facts)))


def test_nobody_waits_for_what_is_beside_a_path_that_has_worked(monkeypatch: pytest.MonkeyPatch) -> None:
    cut = witnessed(
        monkeypatch, models(), probe("tls.client"), probe("api.count_tokens", idle=lambda known: "no model"), lasts=60
    )
    assert (cut.status, cut.reason, cut.facts) == ("failed", "ended_early", {"control.reached": 2})
    assert 0.1 < cut.seconds < 30


@pytest.mark.parametrize(
    "path",
    [
        (),
        (models({"api.models.accepted": False}),),
        (probe("api.models", failing(Failure("http_timeout"))),),
        (models(), probe("api.count_tokens", after(0, Result({"api.count_tokens.accepted": False})))),
        (models(), probe("api.count_tokens", after(0, Result({"api.count_tokens.failure": "http_reset"}, failed="http_reset")))),
        (models(), probe("tls.handshake", after(0, Result({"tls.handshake.failure": "tls_reset"}, failed="tls_reset")))),
        (models(), probe("tls.client", after(2.0))),  # still on its way
    ],
    ids=["no path", "refused", "unheard", "count refused", "count unheard", "handshake cut", "under way"],
)  # fmt: skip
def test_everything_has_its_full_time_until_the_path_has_worked(
    monkeypatch: pytest.MonkeyPatch, path: tuple[Probe, ...]
) -> None:
    assert witnessed(monkeypatch, *path).status == "done"


@pytest.mark.parametrize(("well", "lasts", "status"), [(True, 60.0, "failed"), (False, 1.0, "done")])
def test_a_first_run_check_that_counts_is_on_the_path(
    monkeypatch: pytest.MonkeyPatch, well: bool, lasts: float, status: str
) -> None:
    known = environment(facts={"config.first_run_counts": True})
    hello = probe("hello.platform", after(0.1, Result({"hello.ok": well})))
    assert witnessed(monkeypatch, models(), hello, lasts=lasts, known=known).status == status


def test_a_probe_that_was_asked_for_by_name_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert witnessed(monkeypatch, models(), only=frozenset({"control.hosts"})).status == "done"


def test_a_probe_that_will_not_be_cancelled_does_not_hold_the_run() -> None:
    over: list[bool] = []

    async def stubborn(context: Context) -> Result:
        while not over:
            try:
                await asyncio.sleep(0.1)
            except asyncio.CancelledError:
                continue
        return Result()

    began = time.monotonic()

    async def go() -> list[Attempt]:
        found = await Run(
            [probe("stubborn", stubborn, limit=60)], environment(), Net(Guard.strict()), Plan(timeout=0.1), None, None
        ).observe()
        assert time.monotonic() - began < 30  # and not for ever
        over.append(True)
        return list(found.attempts)

    assert [attempt.reason for attempt in asyncio.run(go())] == ["deadline"]


def test_everybody_is_told_of_starts_and_ends_in_their_order() -> None:
    told: list[str] = []
    run(
        probe("a", after(0.05)),
        probe("b", ways=(("a",),)),
        probe("idle", idle=lambda known: "nothing to do"),
        on_start=lambda name: told.append(f"{name} starts"),
        on_attempt=lambda attempt: told.append(f"{attempt.probe} {attempt.status}"),
    )
    assert [entry for entry in told if not entry.startswith("idle")] == ["a starts", "a done", "b starts", "b done"]
    assert "idle skipped" in told
    assert "idle starts" not in told


def test_a_listener_that_breaks_is_our_own_fault_and_is_not_hidden() -> None:
    def broken(attempt: Attempt) -> None:
        raise RuntimeError("no database")

    with pytest.raises(RuntimeError, match="no database"):
        run(probe("a"), probe("b", after(60), limit=60), on_attempt=broken)


def test_a_plan_takes_along_what_its_probes_need() -> None:
    direct, proxied = environment(), environment(proxy="http://proxy.example:3128")
    wanted = Plan(only=frozenset({"api.models"}))
    assert [one.name for one in selected(PROBES, direct, wanted)] == [
        "config",
        "dns.system",
        "tcp.v4",
        "tcp.v6",
        "api.models",
    ]
    assert [one.name for one in selected(PROBES, proxied, wanted)] == [
        "config",
        "proxy.dns",
        "proxy.tcp",
        "proxy.connect",
        "api.models",
    ]
    assert "hello.api" in [one.name for one in selected(PROBES, direct, Plan(only=frozenset({"clock"})))]
    quick = [one.name for one in selected(PROBES, direct, Plan(quick=True))]
    assert "control.hosts" not in quick
    assert "api.models" in quick


@pytest.mark.parametrize("known", [environment(), environment(proxy="http://proxy.example:3128")])
def test_no_probe_waits_for_itself(known: Environment) -> None:
    waits = {one.name: {need for group in one.needed(known) for need in group} | set(one.after) for one in PROBES}
    assert {name for needs in waits.values() for name in needs} <= waits.keys()
    while waits:
        free = {name for name, needs in waits.items() if not needs & waits.keys()}
        assert free, f"these wait for each other: {sorted(waits)}"
        waits = {name: needs for name, needs in waits.items() if name not in free}
