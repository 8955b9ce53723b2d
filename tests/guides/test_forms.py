"""What the guides show but no test can run here has the right form: manifests, pipelines, policies, settings; and says what the knowledge says."""

from __future__ import annotations

import fnmatch
import json
import re
from typing import Any

import pytest
import yaml

from diagnostics import guide_schema
from diagnostics.engine import library
from tests.guides.blocks import code, languages

KNOWLEDGE = library.load()
ANTHROPIC = KNOWLEDGE.providers["anthropic"]
MANIFESTS = {
    "secret-managers/deployment.yaml": ("apps/v1", "Deployment"),
    "secret-managers/external-secret.yaml": ("external-secrets.io/v1", "ExternalSecret"),
    "least-privilege/role.yaml": ("rbac.authorization.k8s.io/v1", "Role"),
    "health-gates/probes.yaml": ("v1", "Pod"),
    "health-gates/gate-job.yaml": ("batch/v1", "Job"),
    "containers/egress.yaml": ("networking.k8s.io/v1", "NetworkPolicy"),
    "containers/dns.yaml": ("v1", "Pod"),
}


class Strict(yaml.SafeLoader):
    """YAML in which no key stands twice."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        assert len(keys) == len(set(keys)), f"a key stands twice: {keys}"
        return super().construct_mapping(node, deep)


def loaded(name: str) -> Any:
    return yaml.load(code(name), Strict)


def pod(name: str) -> dict[str, Any]:
    """The pod's own part of a manifest."""
    spec: dict[str, Any] = loaded(name)["spec"]
    return spec if "containers" in spec else dict(spec["template"]["spec"])


@pytest.mark.parametrize("name", [name for name, language in languages().items() if language == "yaml"])
def test_every_yaml_is_yaml_and_every_manifest_is_known(name: str) -> None:
    assert isinstance(loaded(name), dict)
    if "kind" in loaded(name):
        made = loaded(name)
        assert (made["apiVersion"], made["kind"]) == MANIFESTS[name]
        assert re.fullmatch(r"[a-z0-9-]+", made["metadata"]["name"])
        assert made["spec"] if made["kind"] != "Role" else made["rules"]


@pytest.mark.parametrize(
    "name", [name for name, (_, kind) in MANIFESTS.items() if kind in ("Deployment", "Pod", "Job")]
)
def test_containers_name_an_image_with_a_version_and_hold_no_key(name: str) -> None:
    for container in pod(name)["containers"]:
        assert re.fullmatch(r"[a-z0-9.-]+/[a-z0-9/-]+:[0-9][0-9.]*", container["image"])
        for variable in container.get("env", ()):
            assert set(variable["valueFrom"]["secretKeyRef"]) >= {"name", "key"}


def test_a_deployment_selects_its_own_pods_and_refuses_to_start_without_the_key() -> None:
    spec = loaded("secret-managers/deployment.yaml")["spec"]
    assert spec["selector"]["matchLabels"] == spec["template"]["metadata"]["labels"]
    reference = pod("secret-managers/deployment.yaml")["containers"][0]["env"][0]["valueFrom"]["secretKeyRef"]
    assert reference == {"name": "anthropic", "key": "api-key", "optional": False}


def test_an_external_secret_makes_what_the_deployment_reads_and_trims_it() -> None:
    spec = loaded("secret-managers/external-secret.yaml")["spec"]
    assert spec["target"]["name"] == "anthropic"
    assert spec["target"]["template"]["data"] == {"api-key": "{{ .key | trim }}"}
    assert spec["data"][0]["secretKey"] == "key"
    assert set(spec["data"][0]["remoteRef"]) == {"key", "property"}


def test_a_role_reads_one_secret_and_lists_none() -> None:
    (rule,) = loaded("least-privilege/role.yaml")["rules"]
    assert rule == {"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["anthropic"], "verbs": ["get"]}


def test_an_alive_check_never_asks_the_api_and_a_ready_check_leaves_the_call_its_time() -> None:
    (container,) = pod("health-gates/probes.yaml")["containers"]
    live, ready, start = (container[f"{name}Probe"] for name in ("liveness", "readiness", "startup"))
    assert live["httpGet"]["path"] != ready["httpGet"]["path"] == start["httpGet"]["path"]
    assert container["ports"][0]["containerPort"] == live["httpGet"]["port"]
    limits = re.search(r"anthropic\.Timeout\((\d+)\.0, connect=(\d+)\.0\)", code("health-gates/ready.py"))
    assert limits
    longest = int(limits[1]) + 3 * int(limits[2])  # two addresses and TLS, each a step of its own; then the answer
    for probe in (ready, start):
        assert longest < probe["timeoutSeconds"] < probe["periodSeconds"]


def test_a_gate_runs_once_has_an_end_and_stands_in_the_same_network() -> None:
    spec = loaded("health-gates/gate-job.yaml")["spec"]
    assert (spec["backoffLimit"], pod("health-gates/gate-job.yaml")["restartPolicy"]) == (0, "Never")
    assert spec["activeDeadlineSeconds"] > 90  # gate.sh gives the probe 90 s
    selected = loaded("containers/egress.yaml")["spec"]["podSelector"]["matchLabels"]
    assert spec["template"]["metadata"]["labels"] == selected


def test_egress_is_for_the_published_ranges_and_for_names() -> None:
    spec = loaded("containers/egress.yaml")["spec"]
    assert spec["policyTypes"] == ["Egress"]
    names, provider = spec["egress"]
    assert {(port["protocol"], port["port"]) for port in names["ports"]} == {("UDP", 53), ("TCP", 53)}
    assert names["to"][0].keys() == {"namespaceSelector", "podSelector"}  # one entry with both, not two
    assert [entry["ipBlock"]["cidr"] for entry in provider["to"]] == list(ANTHROPIC["address_ranges"])
    assert provider["ports"] == [{"protocol": "TCP", "port": 443}]


def test_fewer_dots_are_set_as_a_text() -> None:
    (option,) = pod("containers/dns.yaml")["dnsConfig"]["options"]
    assert option == {"name": "ndots", "value": "2"}
    assert "api.anthropic.com".count(".") >= int(option["value"]) > "database.shop".count(".")


def test_with_docker_only_the_proxy_has_a_way_out() -> None:
    made = loaded("containers/compose.yaml")
    inside = {name for name, network in made["networks"].items() if network.get("internal")}
    assert set(made["services"]["assistant"]["networks"]) == inside
    assert set(made["services"]["egress"]["networks"]) == set(made["networks"])
    variables = made["services"]["assistant"]["environment"]
    assert variables["HTTPS_PROXY"].startswith("http://egress:")
    assert re.fullmatch(r"\$\{ANTHROPIC_API_KEY:\?[^}]+\}", variables["ANTHROPIC_API_KEY"])
    assert " " not in variables["NO_PROXY"]


def test_an_image_knows_the_companys_root_for_every_client() -> None:
    lines = code("containers/Dockerfile").replace("\\\n", " ").splitlines()
    words = [line.split(maxsplit=1)[0] for line in lines if line.strip()]
    assert words[0] == "FROM"
    assert set(words) <= {"FROM", "RUN", "COPY", "ENV"}
    copied = next(line.split()[2] for line in lines if line.startswith("COPY"))
    assert copied.startswith("/usr/local/share/ca-certificates/")
    assert copied.endswith(".crt")
    assert words.index("COPY") < next(place for place, line in enumerate(lines) if "update-ca-certificates" in line)
    set_to = dict(re.findall(r"(\w+)=(\S+)", next(line for line in lines if line.startswith("ENV"))))
    assert set_to["NODE_EXTRA_CA_CERTS"] == copied
    assert set_to["SSL_CERT_FILE"] == set_to["REQUESTS_CA_BUNDLE"] == "/etc/ssl/certs/ca-certificates.crt"
    trusts = {name: client["trust"] for name, client in KNOWLEDGE.clients.items() if "trust" in client}
    assert "NODE_EXTRA_CA_CERTS" in trusts["claude-code"]["extra"]
    assert "SSL_CERT_FILE" in trusts["anthropic-python"]["replacing"]
    assert "REQUESTS_CA_BUNDLE" in trusts["python-requests"]["replacing"]


# -- pipelines ---------------------------------------------------------------------------------------------------------


def test_the_github_workflow_is_narrow_and_never_trusts_a_fork() -> None:
    made = loaded("ci-checks/.github/workflows/configuration.yml")
    on = made[True]  # YAML 1.1 reads the word "on" so
    assert set(on) == {"push", "pull_request"}
    assert made["permissions"] == {"contents": "read"}
    for job in made["jobs"].values():
        assert {"runs-on", "timeout-minutes", "steps"} <= set(job)
        assert all(("uses" in step) != ("run" in step) for step in job["steps"])
    keyed = {name for name, job in made["jobs"].items() if "secrets." in json.dumps(job)}
    assert keyed == {"secret"}
    without = made["jobs"]["secret"]["env"]["GETS_NO_SECRETS"]
    assert "head.repo.full_name != github.repository" in without
    assert "github.actor == 'dependabot[bot]'" in without
    (checkout,) = (step for step in made["jobs"]["scan"]["steps"] if "uses" in step)
    assert checkout["with"]["fetch-depth"] == 0  # or the earlier commits are not there to be scanned


def test_the_gitlab_pipeline_uses_the_secret_on_the_default_branch_only() -> None:
    made = loaded("ci-checks/.gitlab-ci.yml")
    jobs = {name: job for name, job in made.items() if name != "stages"}
    for job in jobs.values():
        assert job["stage"] in made["stages"]
        assert {"image", "script", "rules"} <= set(job)
    assert jobs["secret"]["rules"] == [{"if": "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH"}]
    assert jobs["scan"]["variables"] == {"GIT_STRATEGY": "clone", "GIT_DEPTH": "0"}
    assert "install" in jobs["scan"]["before_script"][0]
    assert re.search(r"\bgit\b", jobs["scan"]["before_script"][0])


def test_alerts_name_a_time_a_severity_and_what_to_say() -> None:
    rules = [rule for group in loaded("metrics/alerts.yaml")["groups"] for rule in group["rules"]]
    assert len({rule["alert"] for rule in rules}) == len(rules) == 6
    for rule in rules:
        assert re.fullmatch(r"\d+m", rule["for"])
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"]
        for opening, closing in ("()", "[]", "{}"):
            assert rule["expr"].count(opening) == rule["expr"].count(closing)


@pytest.mark.parametrize(
    ("label", "alert"),  # labels as metrics/label.py writes them
    [
        ("401_authentication_error", "ApiKeyRefused"),
        ("403_permission_error", "ApiKeyRefused"),
        ("429_rate_limit_error", "ApiBusyOrLimited"),
        ("529_overloaded_error", "ApiBusyOrLimited"),
        ("500_api_error", "ApiUnreachableOrFailing"),
        ("504_timeout_error", "ApiUnreachableOrFailing"),
        ("502_page", "ApiUnreachableOrFailing"),
        ("403_page", "ApiUnreachableOrFailing"),
        ("524_page", "ApiUnreachableOrFailing"),
        ("429_page", "ApiBusyOrLimited"),
        ("no_connection", "ApiUnreachableOrFailing"),
        ("timeout", "ApiUnreachableOrFailing"),
        ("credit", "ApiMoneyUsedUp"),
        ("spend_limit", "ApiMoneyUsedUp"),
        ("402_billing_error", "ApiMoneyUsedUp"),
        ("400_invalid_request_error", None),
    ],
)
def test_every_label_that_somebody_must_hear_of_has_one_alert(label: str, alert: str | None) -> None:
    rules = [rule for group in loaded("metrics/alerts.yaml")["groups"] for rule in group["rules"]]
    asked = {rule["alert"]: re.search(r'label=~"([^"]+)"', rule["expr"]) for rule in rules}
    assert [name for name, wanted in asked.items() if wanted and re.fullmatch(wanted[1], label)] == [alert] * bool(
        alert
    )


# -- policies ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["least-privilege/bedrock-invoke.json", "least-privilege/read-one-secret.json"])
def test_a_policy_allows_little(name: str) -> None:
    policy = json.loads(code(name))
    assert policy["Version"] == "2012-10-17"
    for statement in policy["Statement"]:
        assert statement["Effect"] == "Allow"
        assert re.fullmatch(r"[A-Za-z0-9]+", statement["Sid"])  # all that IAM lets a Sid hold
        actions, resources = (
            [statement[key]] if isinstance(statement[key], str) else statement[key] for key in ("Action", "Resource")
        )
        assert not [one for one in actions if "*" in one]
        assert not [one for one in resources if one == "*" or not one.startswith("arn:aws:")]


def test_bedrock_is_allowed_for_the_profile_and_the_models_behind_it() -> None:
    (statement,) = json.loads(code("least-privilege/bedrock-invoke.json"))["Statement"]
    asked = {
        "arn:aws:bedrock:eu-central-1:111122223333:inference-profile/eu.anthropic.claude-sonnet-4-6": True,
        "arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-sonnet-4-6": True,
        "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-6": False,
        "arn:aws:bedrock:eu-west-1::foundation-model/meta.llama3-8b": False,
    }
    for arn, allowed in asked.items():
        assert any(fnmatch.fnmatchcase(arn, pattern) for pattern in statement["Resource"]) is allowed, arn


def test_one_secret_is_readable_and_not_its_neighbour() -> None:
    (statement,) = json.loads(code("least-privilege/read-one-secret.json"))["Statement"]
    arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:shop/production/anthropic"
    assert fnmatch.fnmatchcase(f"{arn}-a1B2c3", statement["Resource"])
    assert not fnmatch.fnmatchcase(f"{arn}-admin-a1B2c3", statement["Resource"])


def test_a_vault_policy_reads_one_path_of_version_two() -> None:
    policy = re.fullmatch(
        r'path "([^"]+)" \{\n  capabilities = (\[[^\]]+\])\n\}\n', code("least-privilege/shop-production.hcl")
    )
    assert policy
    assert policy[1] == "secret/data/shop/production/anthropic"
    assert json.loads(policy[2]) == ["read"]


# -- settings and words ------------------------------------------------------------------------------------------------


def test_claude_codes_settings_hold_variables_that_it_reads_as_texts() -> None:
    settings = json.loads(code("gateways/~/.claude/settings.json"))
    assert set(settings) == {"env"}
    assert all(isinstance(value, str) for value in settings["env"].values())
    client = KNOWLEDGE.clients["claude-code"]
    read = {client["base_url"]["variable"], *(one["variable"] for one in client["credentials"] if "variable" in one)}
    assert set(settings["env"]) <= read
    assert not settings["env"]["ANTHROPIC_BASE_URL"].rstrip("/").endswith("/v1")
    assert settings["env"]["ANTHROPIC_API_KEY"] == ""


def test_base_urls_of_providers_are_those_of_the_knowledge() -> None:
    body = next(guide.body for guide in guide_schema.read_guides() if guide.slug == "gateways")
    rows = re.findall(r"^\| \[\]\(provider:(\w+)\) \| `([^`]+)`", body, re.MULTILINE)
    assert len(rows) >= 6
    assert [(name, url) for name, url in rows if url not in KNOWLEDGE.providers[name]["anthropic_base_urls"]] == []


def test_the_request_to_the_network_team_names_the_hosts_and_ranges_that_are_needed() -> None:
    asked = code("corporate-networks/request.txt")
    for needed in (*ANTHROPIC["first_run_hosts"], *ANTHROPIC["api_hosts"], *ANTHROPIC["address_ranges"]):
        assert needed in asked
    hosts = re.findall(r"[\w.-]+\.(?:com|ai)\b", asked)
    assert [host for host in hosts if not any(fnmatch.fnmatchcase(host, known) for known in ANTHROPIC["hosts"])] == []


def test_the_nginx_block_is_balanced_and_streams() -> None:
    text = code("timeouts/streaming.conf")
    inner = re.fullmatch(r"location /v1/ \{\n((?:    [a-z_0-9]+ [^;{}\n]+;\n)+)\}\n", text)
    assert inner
    told = dict(line.strip().rstrip(";").split(" ", 1) for line in inner[1].splitlines())
    assert (told["proxy_buffering"], told["proxy_cache"], told["proxy_http_version"]) == ("off", "off", "1.1")
    assert int(told["proxy_read_timeout"].rstrip("s")) >= 600
    assert told["client_max_body_size"] == "32m"  # the API's own limit


def test_the_nginx_block_knows_whom_it_gives_the_key() -> None:
    told = dict(re.findall(r"^    (\w+) ([^;]+);$", code("timeouts/streaming.conf"), re.MULTILINE))
    assert told["proxy_pass"].startswith("https://")
    assert (told["proxy_ssl_server_name"], told["proxy_ssl_verify"]) == ("on", "on")
    assert int(told["proxy_ssl_verify_depth"]) >= 2  # an intermediate between the server's certificate and the root
    assert told["proxy_ssl_trusted_certificate"].startswith("/")  # without one "verify on" does not start
