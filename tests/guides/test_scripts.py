"""The shell of the guides really runs: against the laboratory's API, with this tree's engine, and fakes of what we cannot have here."""

from __future__ import annotations

import hashlib
import json
import random
import re
import string
import subprocess
import sys
from pathlib import Path

import certifi
import pytest
import yaml

from diagnostics import guide_schema
from diagnostics.engine import library
from diagnostics.engine.cli import options
from diagnostics.lab import KEY, api
from diagnostics.lab.http import Request, Response, Site
from tests.guides.blocks import code, languages
from tests.guides.scripts import ROOT, Scratch
from tests.guides.serving import serving


@pytest.mark.parametrize("name", [name for name, language in languages().items() if language == "bash"])
def test_every_script_is_bash(scratch: Scratch, name: str) -> None:
    checked = scratch.bash("-n", given=code(name))
    assert (checked.returncode, checked.stderr) == (0, "")


# -- who answered ------------------------------------------------------------------------------------------------------


def block_page(request: Request) -> Response:
    return Response.html(403, "Access Denied", headers={"server": "squid", "via": "1.1 proxy.corp"})


@pytest.mark.parametrize(
    ("site", "shown"),
    [
        (api.api(tls=None), ("HTTP/1.1 401", "content-type: application/json", '"type":"authentication_error"')),
        (
            api.api("region", tls=None),
            ("HTTP/1.1 403", '{"error":{"type":"forbidden","message":"Request not allowed"}}'),
        ),
        (api.api("challenge", tls=None), ("HTTP/1.1 403", "cf-mitigated: challenge", "Just a moment...")),
        (api.api("banned", tls=None), ("HTTP/1.1 403", "error code: 1010")),
        (Site(block_page, None), ("HTTP/1.1 403", "via: 1.1 proxy.corp", "Access Denied")),
        (api.api("reset", tls=None), ("curl ended with 56",)),
    ],
)
def test_an_answer_tells_who_gave_it(scratch: Scratch, site: Site, shown: tuple[str, ...]) -> None:
    with serving(site) as served:
        ended = scratch.run("who-answered/look.sh", variables={"ANTHROPIC_BASE_URL": served.url}, strict=False)
        assert "authorization" not in served.lab.seen[0].credentials
    for line in shown:
        assert line in ended.stdout


@pytest.mark.parametrize(("url", "code_"), [("http://127.0.0.1:9", 7), ("http://no-such-name.invalid", 6)])
def test_no_answer_is_told_by_curls_own_number(scratch: Scratch, url: str, code_: int) -> None:
    ended = scratch.run("who-answered/look.sh", variables={"ANTHROPIC_BASE_URL": url}, strict=False)
    assert f"curl ended with {code_}\n" in ended.stdout


@pytest.mark.parametrize(("mode", "status"), [("healthy", "401"), ("region", "403")])
def test_the_country_and_the_live_answer_are_shown(scratch: Scratch, mode: str, status: str) -> None:
    with serving(api.api(mode, tls=None)) as served:
        ended = scratch.run("regions/where.sh", variables={"ANTHROPIC_BASE_URL": served.url})
    assert "loc=DE" in ended.stdout
    assert ended.stdout.splitlines()[-1] == status


def test_a_gateway_is_proven_with_one_short_message(scratch: Scratch) -> None:
    asked: list[Request] = []
    fine = api.api(tls=None, keys=("gateway-key",)).app

    def app(request: Request) -> Response:
        asked.append(request)
        return fine(request)

    scratch.program("python3", 'echo "$*" >> calls')  # the probe's own run is tested elsewhere
    arguments = scratch.spied("curl")
    with serving(app) as served:
        ended = scratch.run(
            "gateways/prove.sh",
            variables={"ANTHROPIC_AUTH_TOKEN": "gateway-key", "ANTHROPIC_BASE_URL": f"{served.url}/"},
        )
    assert (scratch.folder / "calls").read_text() == "probe.pyz --client claude-code --mode interactive\n"
    assert ended.stdout.splitlines()[-1] == "200 application/json"
    assert '"type":"message"' in ended.stdout
    assert asked[0].target == "/v1/messages?beta=true"
    assert json.loads(asked[0].body)["max_tokens"] == 1
    assert "gateway-key" not in arguments.read_text()


# -- networks ----------------------------------------------------------------------------------------------------------


def test_the_proxy_and_the_certificate_are_exported(scratch: Scratch) -> None:
    ended = scratch.run("corporate-networks/proxy.sh", after="env | grep -iE '_proxy|ca_certs'")
    told = dict(line.split("=", 1) for line in ended.stdout.splitlines())
    assert told["HTTPS_PROXY"].startswith("http://")
    assert told["NODE_EXTRA_CA_CERTS"] == f"{scratch.home}/company-root.pem"
    assert (told["https_proxy"], told["no_proxy"]) == (told["HTTPS_PROXY"], told["NO_PROXY"])
    spared = told["NO_PROXY"].split(",")
    assert {"localhost", "127.0.0.1"} < set(spared)
    assert not [entry for entry in spared if entry != entry.strip() or "/" in entry or "*" in entry]


def test_a_bundle_holds_the_public_roots_and_the_companys(scratch: Scratch) -> None:
    (scratch.home / "company-root.pem").write_text("-----BEGIN CERTIFICATE-----\ncompany\n-----END CERTIFICATE-----\n")
    ended = scratch.run("corporate-networks/bundle.sh", after='echo "$SSL_CERT_FILE"')
    bundle = Path(ended.stdout.strip()).read_text()
    public = Path(certifi.where()).read_text()
    assert bundle.count("BEGIN CERTIFICATE") == public.count("BEGIN CERTIFICATE") + 1
    assert bundle.endswith("company\n-----END CERTIFICATE-----\n")


@pytest.mark.parametrize(
    ("password", "written"),
    [("plain", "plain"), ("p@s:s/w#r%d", "p%40s%3As%2Fw%23r%25d"), ("two words", "two%20words"), ("ü", "%C3%BC")],
)
def test_a_password_is_encoded_for_the_proxys_address(scratch: Scratch, password: str, written: str) -> None:
    ended = scratch.run(
        "corporate-networks/proxy-password.sh", given=f"{password}\n", after='echo "$HTTPS_PROXY $https_proxy"'
    )
    assert ended.stdout.split() == [f"http://me:{written}@proxy.example.com:8080"] * 2


# -- deployments -------------------------------------------------------------------------------------------------------


def served_probe(request: Request) -> Response:
    return Response.text(200, "the probe") if request.path == "/probe.pyz" else Response.text(404, "")


def test_the_probe_is_pinned_by_its_checksum(scratch: Scratch) -> None:
    sums = {"right": hashlib.sha256(b"the probe").hexdigest(), "wrong": "0" * 64}
    with serving(served_probe) as served:
        ends = {
            name: scratch.run(
                "ci-checks/get-probe.sh", variables={"TROUBLESHOOTER_URL": served.url, "PROBE_SHA256": sha}
            ).returncode
            for name, sha in sums.items()
        }
        nothing = scratch.run(
            "ci-checks/get-probe.sh",
            variables={"TROUBLESHOOTER_URL": f"{served.url}/no", "PROBE_SHA256": sums["right"]},
        )
    assert ends["right"] == 0
    assert ends["wrong"] != 0
    assert nothing.returncode != 0


def secret(scratch: Scratch, **variables: str) -> subprocess.CompletedProcess[str]:
    return scratch.run("ci-checks/check-secret.sh", variables=variables)


def test_a_missing_secret_fails_but_not_for_a_fork(scratch: Scratch) -> None:
    assert secret(scratch, ANTHROPIC_API_KEY="", GETS_NO_SECRETS="false").returncode == 1
    assert secret(scratch).returncode == 1
    assert secret(scratch, ANTHROPIC_API_KEY="", GETS_NO_SECRETS="true").returncode == 0
    assert secret(scratch, ANTHROPIC_API_KEY=KEY, GETS_NO_SECRETS="false").returncode == 0


@pytest.mark.parametrize("key", [f"{KEY}\n", f'"{KEY}"', "<your-key>", '{"a": 1}', "a b"])
def test_a_secret_out_of_shape_fails_and_is_not_printed(scratch: Scratch, key: str) -> None:
    ended = secret(scratch, ANTHROPIC_API_KEY=key)
    assert ended.returncode == 1
    assert key.strip() not in ended.stdout + ended.stderr


def test_a_misspelt_name_fails(scratch: Scratch) -> None:
    ended = secret(scratch, ANTHROPIC_API_KEY=KEY, AUTHROPIC_API_KEY=KEY)
    assert (ended.returncode, ended.stderr) == (1, "No client reads this name: AUTHROPIC_API_KEY\n")
    listed = set(re.search(r"misspelt='([^']+)'", code("ci-checks/check-secret.sh"))[1].split("|"))  # type: ignore[index]
    assert listed <= set(library.load().clients["claude-code"]["near_misses"])


@pytest.mark.parametrize(
    ("ends", "goes_on", "says"),
    [(0, True, "nothing stops"), (1, False, "stop: key_rejected - The key is refused."), (2, False, "called wrongly"), (3, True, "undecided"),
     (4, True, "the check itself failed"), (124, True, "the check itself failed"), (127, False, "called wrongly")],
)  # fmt: skip
def test_a_gate_follows_the_probes_exit_code(scratch: Scratch, ends: int, goes_on: bool, says: str) -> None:
    report = json.dumps({"verdict": {"cause": "key_rejected", "summary": "The key is refused."}})
    (scratch.folder / "probe.pyz").write_text(
        f"import sys\nprint({report!r})\nopen('asked', 'w').write(' '.join(sys.argv[1:]))\nsys.exit({ends})\n"
    )
    ended = scratch.run("health-gates/gate.sh", "--model", "claude-haiku-5-5", strict=False)
    assert (ended.returncode == 0, says in ended.stdout) == (goes_on, True)
    asked = (scratch.folder / "asked").read_text()
    assert asked == "--client anthropic-python --mode print --json --model claude-haiku-5-5"


def test_the_probe_runs_inside_the_container(scratch: Scratch) -> None:
    scratch.program("kubectl", 'printf "%s\\0" "$@" > arguments; cat > received')
    scratch.run("containers/inside.sh")
    *before, shell, flag, inner, _ = (scratch.folder / "arguments").read_text().split("\0")
    assert before == ["exec", "-i", "deployment/assistant", "--namespace", "shop", "--"]
    assert (shell, flag) == ("sh", "-c")
    probe = (scratch.folder / "received").read_text()
    assert probe == (scratch.folder / "probe.pyz").read_text()
    scratch.program("python3", 'echo "$*" > asked; cat "$1" > run')
    ended = scratch.bash("-c", f"sh -c {json.dumps(inner.replace('/tmp', str(scratch.folder / 'home')))}", given=probe)
    assert ended.returncode == 0
    assert (scratch.folder / "run").read_text() == probe
    assert (scratch.folder / "asked").read_text().split()[1:] == ["--client", "anthropic-python", "--mode", "print"]


def test_a_plan_contacts_nobody_and_costs_nothing(scratch: Scratch) -> None:
    ended = scratch.run("what-a-run-sends/plan.sh")
    assert ended.returncode == 0
    assert "Billed tokens: 0." in ended.stdout
    assert scratch.run("what-a-run-sends/plan-in-ci.sh").returncode == 0
    costly = code("what-a-run-sends/plan-in-ci.sh").replace("--plan", "--plan --send-message")
    assert scratch.bash("-eu", "-c", costly).returncode == 1


# -- the probe's commands that the guides name -------------------------------------------------------------------------


SCANS = "scan" not in getattr(options, "_LATER_COMMANDS", ())


def told_by(*command: str) -> set[str]:
    """The options that a command of the probe tells of itself."""
    ended = subprocess.run(
        [sys.executable, "-m", "diagnostics.engine", *command], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(re.findall(r"--[a-z][a-z-]+", ended.stdout))


def test_every_option_of_the_probe_that_a_guide_names_exists() -> None:
    guides = "\n".join(guide.body for guide in guide_schema.read_guides())
    lines = re.findall(r"(?:python3 (?:/tmp/)?|`)probe\.pyz((?: [^\s`|<>&;)'\"]+)*)", guides)
    named: dict[str, set[str]] = {"": set(), "scan": set(), "decode": set()}
    for line in lines:
        first = line.split()[0] if line.split() else ""
        named["" if first.startswith(("-", "…")) else first].update(re.findall(r"--[a-z][a-z-]+", line))
    assert {"--plan", "--json", "--client", "--mode", "--send-message", "--base-url"} <= named[""] <= told_by("--help")
    assert {"--sarif", "--level"} <= named["scan"]
    assert not SCANS or named["scan"] <= told_by("scan", "--help")


@pytest.mark.skipif(not SCANS, reason="scan is not built yet")
def test_scan_finds_what_the_guide_says_it_finds(scratch: Scratch) -> None:
    key = "sk-ant-api03-" + "".join(random.Random(5).choices(string.ascii_letters + string.digits, k=93)) + "AA"
    for name, text in {
        "clean/main.py": "print('hello')\n",
        "dirty/main.py": f'client = Anthropic(api_key="{key}")\n',
        "dirty/.env": "ANTHROPIC_BASE_URL=https://api.anthropic.com/v1\nAUTHROPIC_API_KEY=x\n",
        "dirty/compose.yaml": 'services:\n  a:\n    image: x:1\n    environment:\n      ANTHROPIC_API_KEY: ""\n',
        "dirty/.claude/settings.json": '{"env": {"ANTHROPIC_API_KEY": "x",}}',
    }.items():
        file = scratch.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    assert scratch.bash("-c", "python3 probe.pyz scan clean").returncode == 0
    found = scratch.bash("-c", "python3 probe.pyz scan dirty")
    assert found.returncode == 1
    for told in (
        "dirty/main.py",
        "ANTHROPIC_BASE_URL ends in /v1",
        "AUTHROPIC_API_KEY",
        "dirty/compose.yaml",
        "dirty/.claude/settings.json",
    ):
        assert told in found.stdout
    assert key not in found.stdout + found.stderr
    sarif = json.loads(scratch.bash("-c", "python3 probe.pyz scan --sarif dirty").stdout)
    assert sarif["version"] == "2.1.0"
    assert key not in json.dumps(sarif)


def test_the_workflows_run_what_stands_in_the_guides(scratch: Scratch) -> None:
    workflow = yaml.safe_load(code("ci-checks/.github/workflows/configuration.yml"))
    ran = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    pipeline = yaml.safe_load(code("ci-checks/.gitlab-ci.yml"))
    ran += [line for job in ("scan", "secret") for line in pipeline[job]["script"]]
    assert set(ran) == {
        "bash ci/get-probe.sh",
        "bash ci/check-secret.sh",
        "python3 probe.pyz scan .",
        "python3 probe.pyz --plan",
    }
    assert scratch.bash("-c", "python3 probe.pyz --plan").returncode == 0
    scratch.program("apt-get", 'echo "$*" >> installed')
    with serving(served_probe) as served:
        sha = hashlib.sha256(b"the probe").hexdigest()
        before = "\n".join(pipeline["scan"]["before_script"])
        ended = scratch.bash("-eu", "-c", before, variables={"TROUBLESHOOTER_URL": served.url, "PROBE_SHA256": sha})
    assert (ended.returncode, (scratch.folder / "probe.pyz").read_text()) == (0, "the probe")
    assert (scratch.folder / "installed").read_text().split()[-1] == "git"
