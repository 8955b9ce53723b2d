"""Claude Code's configuration: the state file, settings files over the shell, and the login it keeps.

Managed settings win over local, local over project, project over the user's, and their ``env`` over the shell; so does an ``env``
in the state file, weaker than all of these. Project and local ``env`` count once the first run is over and the folder is trusted,
and always with ``-p``. A wrong type drops a whole file (code.claude.com/docs/en/settings; measured with 2.1.197 and 2.1.330).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Optional

from diagnostics.engine.environment import json_files
from diagnostics.engine.environment.asked import Asked
from diagnostics.engine.environment.clients.configuration import Configuration, Login
from diagnostics.engine.environment.clients.rules import ClientRules
from diagnostics.engine.environment.json_files import JsonFile
from diagnostics.engine.environment.machine import Machine
from diagnostics.engine.environment.variables import Layer, Variables
from diagnostics.engine.secrets import Secret

LARGEST_SETTINGS = 2 * 1024 * 1024  # bytes; a larger one is an error for the client
LARGEST_STATE = 16 * 1024 * 1024
_NEVER = 1e17  # milliseconds: no date, whatever it was meant to be
_MANAGED = {
    "darwin": "/Library/Application Support/ClaudeCode",
    "win32": "C:\\Program Files\\ClaudeCode",
}
_MANAGED_ELSEWHERE = "/etc/claude-code"


def gather(asked: Asked, machine: Machine, rules: ClientRules) -> Configuration:
    """Read what this client reads, in its order. Nothing is executed and no keychain is opened."""
    shell = Variables((Layer("environment", machine.environ),), case_blind=machine.platform == "win32")
    folder = _folder(machine, shell)
    state_file = _state_file(machine, shell, rules)
    state = json_files.read(machine, state_file, largest=LARGEST_STATE) if state_file else JsonFile("")
    complete = _onboarding(state)
    mode = _mode(asked, shell, complete)
    project = asked.project or machine.cwd
    files = list(_settings_files(machine, folder, project, rules))
    trusted = mode == "print" or (complete is True and _is_trusted(state, machine, project))
    spared = _routing(rules) if shell.value("CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST") else frozenset()
    layers = [
        _env_layer(file, spared, effective=trusted or not held_back) for file, held_back in (*files, (state, False))
    ]
    found = [state, *(file for file, _ in files)]
    broken = tuple(file.problem for file in found if file.problem is not None)
    settings, sources = _winning([file for file, held_back in files if trusted or not held_back])
    return Configuration(
        mode=mode,
        variables=Variables((*layers, *shell.layers), case_blind=machine.platform == "win32"),
        settings=settings,
        sources=sources,
        onboarding_complete=complete,
        broken=broken,
        broken_file=next((file.path for file in found if file.problem is not None), ""),
        broken_matters=any(_matters(file, mode, rules) for file in found) or _stops(state, files, machine),
        broken_stops=bool(broken) and (mode == "interactive" or _stops(state, files, machine)),
        logins=_logins(machine, folder, state),
        unseen_login=_unseen_login(machine, state),
        login_forced=_forces_login(files, machine),
        declined=_declined(state) if mode == "interactive" else (),
        misplaced=tuple(_misplaced(found, rules)),
    )


def _folder(machine: Machine, shell: Variables) -> Optional[str]:
    moved = shell.value("CLAUDE_CONFIG_DIR")
    return machine.join(machine.cwd, moved) if moved else machine.at_home("~/.claude")


def _state_file(machine: Machine, shell: Variables, rules: ClientRules) -> Optional[str]:
    moved = shell.value("CLAUDE_CONFIG_DIR")
    return machine.join(machine.cwd, moved, ".claude.json") if moved else machine.at_home(rules.first_run.state_file)


def _onboarding(state: JsonFile) -> Optional[bool]:
    if state.problem is not None or not state.path:
        return None
    return state.value is not None and state.value.get("hasCompletedOnboarding") is True


def _mode(asked: Asked, shell: Variables, complete: Optional[bool]) -> str:
    if asked.mode != "auto":
        return asked.mode
    return "print" if shell.get("CI") is not None or complete else "interactive"


def _settings_files(
    machine: Machine, folder: Optional[str], project: str, rules: ClientRules
) -> Iterator[tuple[JsonFile, bool]]:
    """The settings files that stand, strongest first, and whether their ``env`` waits for trust in the folder."""
    for path in _managed(machine):
        yield _read(machine, path, {"env": rules.settings_types["env"]}), False  # a wrong entry drops only itself here
    for name in ("settings.local.json", "settings.json"):
        yield _read(machine, machine.join(project, ".claude", name), rules.settings_types), True
    if folder is not None:
        yield _read(machine, machine.join(folder, "settings.json"), rules.settings_types), False


def _managed(machine: Machine) -> Iterator[str]:
    """Managed files, strongest first: drop-ins are merged over the main file in the order of their names."""
    folder = _MANAGED.get(machine.platform, _MANAGED_ELSEWHERE)
    drop_ins = machine.join(folder, "managed-settings.d")
    for name in reversed(machine.files.entries(drop_ins)):
        if name.endswith(".json") and not name.startswith("."):
            yield machine.join(drop_ins, name)
    yield machine.join(folder, "managed-settings.json")


def _read(machine: Machine, path: str, types: Mapping[str, list[str]]) -> JsonFile:
    file = json_files.read(machine, path, largest=LARGEST_SETTINGS)
    for name, allowed in types.items():
        if file.value is not None and name in file.value and type_of(file.value[name]) not in allowed:
            problem = f"{file.path}: {name} must be of the type {' or '.join(allowed)}"
            return JsonFile(file.path, problem=problem, text=json.dumps(file.value))
    return file


def type_of(value: Any) -> str:
    """The JSON type of a value, as ``settings_types`` names it."""
    names = ((bool, "boolean"), (str, "string"), ((int, float), "number"), (Mapping, "object"), (list, "array"))
    return next((name for kind, name in names if isinstance(value, kind)), "null")


def _routing(rules: ClientRules) -> frozenset[str]:
    """Names that an application around the client keeps for itself: settings files cannot change them then."""
    places = {place.variable for place in rules.places if place.variable}
    return frozenset({rules.base_url.variable, *places, *(switch.variable for switch in rules.switches)})


def _env_layer(file: JsonFile, spared: frozenset[str], *, effective: bool) -> Layer:
    env = (file.value or {}).get("env")
    env = env if isinstance(env, Mapping) else {}
    return Layer(
        f"{file.path} env", {name: _as_text(value) for name, value in env.items() if name not in spared}, effective
    )


def _as_text(value: Any) -> str:
    """A value as the client coerces it: numbers and booleans are taken as their text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _winning(files: list[JsonFile]) -> tuple[dict[str, Any], dict[str, str]]:
    settings: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for file in reversed(files):
        for name, value in (file.value or {}).items():
            settings[name], sources[name] = value, file.path
    return settings, sources


def _matters(file: JsonFile, mode: str, rules: ClientRules) -> bool:
    """Interactive use stops at a broken file; ``-p`` skips it, which matters when settings of the connection are lost with it."""
    if file.problem is None:
        return False
    names = (
        '"env"',
        "apiKeyHelper",
        *(place.variable for place in rules.places if place.variable),
        rules.base_url.variable,
    )
    return mode == "interactive" or not file.text or any(name in file.text for name in names)


def _stops(state: JsonFile, files: list[tuple[JsonFile, bool]], machine: Machine) -> bool:
    """The client starts in no mode with a broken state file, nor with broken managed settings."""
    managed = set(map(machine.shown, _managed(machine)))
    return state.problem is not None or any(file.problem is not None and file.path in managed for file, _ in files)


def _is_trusted(state: JsonFile, machine: Machine, project: str) -> bool:
    projects = (state.value or {}).get("projects")
    folder = project
    while isinstance(projects, Mapping):
        entry = projects.get(folder)
        if isinstance(entry, Mapping) and entry.get("hasTrustDialogAccepted") is True:
            return True
        above = machine.paths.dirname(folder)
        if above == folder:
            break
        folder = above
    return False


def _logins(machine: Machine, folder: Optional[str], state: JsonFile) -> dict[str, Login]:
    made: dict[str, Login] = {}
    path = machine.join(folder, ".credentials.json") if folder is not None else ""
    file = json_files.read(machine, path, largest=LARGEST_STATE) if path else JsonFile("")
    entry = (file.value or {}).get("claudeAiOauth")
    if isinstance(entry, Mapping) and _text(entry, "accessToken") and "user:inference" in _list(entry, "scopes"):
        made["claudeAiOauth"] = Login(
            name="claudeAiOauth",
            source=file.path,
            access=Secret(_text(entry, "accessToken")),
            access_ends=_seconds(entry.get("expiresAt")),
            has_refresh=bool(_text(entry, "refreshToken")),
            refresh_ends=_seconds(entry.get("refreshTokenExpiresAt")),
        )
    key = _text(state.value or {}, "primaryApiKey")
    if key:
        made["primaryApiKey"] = Login("primaryApiKey", state.path, Secret(key))
    return made


def _unseen_login(machine: Machine, state: JsonFile) -> str:
    """macOS keeps logins in the keychain; an account in the state file tells that there is one."""
    account = (state.value or {}).get("oauthAccount")
    return "the macOS keychain" if machine.platform == "darwin" and isinstance(account, Mapping) else ""


def _forces_login(files: list[tuple[JsonFile, bool]], machine: Machine) -> bool:
    """Managed settings demand a login: the client then stops at keys and tokens of the environment."""
    managed = [file.value or {} for file, _ in files if file.path in set(map(machine.shown, _managed(machine)))]
    return any(value.get("forceLoginMethod") or value.get("forceLoginOrgUUID") for value in managed)


def _declined(state: JsonFile) -> tuple[str, ...]:
    answers = (state.value or {}).get("customApiKeyResponses")
    rejected = answers.get("rejected") if isinstance(answers, Mapping) else None
    return tuple(end for end in rejected if isinstance(end, str)) if isinstance(rejected, list) else ()


def _misplaced(files: list[JsonFile], rules: ClientRules) -> Iterator[str]:
    """Names of credentials at the top of a file instead of in its ``env``."""
    names = {place.variable for place in rules.places if place.variable}
    for file in files:
        yield from (f"{name} in {file.path}, outside env" for name in (file.value or {}) if name in names)


def _text(table: Mapping[str, Any], name: str) -> str:
    value = table.get(name)
    return value if isinstance(value, str) else ""


def _list(table: Mapping[str, Any], name: str) -> list[Any]:
    value = table.get(name)
    return value if isinstance(value, list) else []


def _seconds(milliseconds: Any) -> Optional[float]:
    is_moment = isinstance(milliseconds, (int, float)) and not isinstance(milliseconds, bool)
    return milliseconds / 1000 if is_moment and abs(milliseconds) < _NEVER else None
