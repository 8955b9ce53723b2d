"""Registering an environment. A value that cannot work is questioned once; one that the client really has may stay."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from diagnostics.engine.library import load
from diagnostics.engine.records import Facts
from diagnostics.forms.setting_words import SAYS
from diagnostics.models import Environment
from diagnostics.services import environment_filling, environments

_VERSION = re.compile(r"[0-9][0-9A-Za-z.+-]{0,39}")
_AGAIN = "Type it once more before you save: secrets are never sent back to a page."
PROXY_STAYS = (
    "A user name and password are stored with it, encrypted and never shown. They stay while you leave this as it is; "
    "what you write instead takes their place."
)
_ODD_CLIENT = "This dashboard does not know that client: choose one of the list."


class ProxyInput(forms.TextInput):
    """Never writes a user name or password into a page."""

    def format_value(self, value: Any) -> str | None:
        """The proxy URL up to what stands behind its last @."""
        shown = super().format_value(value)
        return without_credentials(shown) if shown else shown


class SecretInput(forms.Textarea):
    """Takes a secret and never shows one. It has lines, since a key pasted with a line break is a fault to be found."""

    def format_value(self, value: Any) -> str | None:
        """Always empty."""
        return ""


def _line(**attrs: Any) -> forms.TextInput:
    return forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "mono", **attrs})


class EnvironmentForm(forms.Form):
    """All that is known of an environment. `facts_of` tells what the engine makes of the settings as written."""

    name = forms.CharField(
        label="Name",
        max_length=80,
        help_text="As your team calls it: build server, Ada's laptop, staging.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": "Give it a name your team will recognise, such as build server.",
            "max_length": "Write a shorter name: at most 80 characters.",
        },
    )
    kind = forms.ChoiceField(label="Kind", choices=Environment.Kind.choices)
    client = forms.ChoiceField(
        label="Client",
        help_text="The program that calls the API. Its rules decide which of the settings below count.",
        error_messages={"invalid_choice": _ODD_CLIENT, "required": _ODD_CLIENT},
    )
    client_version = forms.CharField(
        label="Its version",
        required=False,
        max_length=40,
        help_text="Such as 2.1.240. Empty: the newest that is known.",
        widget=_line(),
    )
    mode = forms.ChoiceField(
        label="How it is used",
        choices=Environment.Mode.choices,
        help_text="Used interactively, some clients check the connection when they first start.",
    )
    runs_from = forms.ChoiceField(
        label="Where runs are made from",
        choices=Environment.RunsFrom.choices,
        widget=forms.RadioSelect,
        help_text="The machine itself is right for laptops and CI: you run one line there, and keys never leave it. "
        "The dashboard's network suits services near it; it cannot speak for a machine it does not stand on.",
    )
    base_url = forms.CharField(
        label="Base URL",
        required=False,
        strip=False,
        max_length=500,
        help_text="What ANTHROPIC_BASE_URL holds there. Empty: the client's own address.",
        widget=_line(placeholder="https://api.anthropic.com"),
        error_messages={"max_length": "Write a shorter base URL: at most 500 characters."},
    )
    model = forms.CharField(label="Model", required=False, max_length=120, widget=_line(placeholder="claude-sonnet-5"))
    proxy_url = forms.CharField(
        label="Proxy",
        required=False,
        strip=False,
        max_length=2000,
        help_text="What HTTPS_PROXY holds there. A user name and password in it are stored encrypted and never shown.",
        widget=ProxyInput(
            attrs={
                "autocomplete": "off",
                "spellcheck": "false",
                "class": "mono",
                "placeholder": "http://proxy.example.com:8080",
                "hx-preserve": "true",
            }
        ),
    )
    no_proxy = forms.CharField(
        label="Not through the proxy",
        required=False,
        max_length=1000,
        help_text="What NO_PROXY holds there: host names with commas between them.",
        widget=_line(),
    )
    ca_pem = forms.CharField(
        label="Extra certificates",
        required=False,
        help_text="The authorities this client trusts besides the usual ones (NODE_EXTRA_CA_CERTS), as PEM text. "
        "Never a private key.",
        widget=forms.Textarea(
            attrs={
                "rows": 4,
                "spellcheck": "false",
                "autocomplete": "off",
                "placeholder": "-----BEGIN CERTIFICATE-----",
            }
        ),
    )
    credential = forms.CharField(
        label="Key",
        required=False,
        strip=False,
        max_length=8192,
        help_text="No key is the usual choice: nearly everything is found without one. "
        "A key entered here is stored encrypted, sent to this base URL only, and never shown again.",
        widget=SecretInput(attrs={"rows": 2, "spellcheck": "false", "autocomplete": "off", "hx-preserve": "true"}),
    )
    credential_variable = forms.CharField(
        label="Held there by",
        required=False,
        max_length=60,
        help_text="The variable that holds the key, such as ANTHROPIC_API_KEY.",
        widget=_line(placeholder="ANTHROPIC_API_KEY", list="credential-variables"),
    )
    notes = forms.CharField(
        label="Notes",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Who looks after it, where it stands.",
    )
    remove_credential = forms.BooleanField(label="Remove the stored key", required=False)
    keep_as_written = forms.BooleanField(
        label="This is exactly what the client has: keep it as written",
        required=False,
        help_text="A run will then find the fault and say how to put it right.",
    )

    filled = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, data: Any = None, environment: Environment | None = None, named: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(data, initial={**starting_values(environment), **client_named(named or {})})
        self.environment = environment
        self.questioned = False
        self.fields["client"].choices = client_choices()  # type: ignore[attr-defined]
        if environment is None or not environment.credential_shape:
            del self.fields["remove_credential"]
        if environment is None:
            del self.fields["filled"]
        if environment is not None and environments.holds_proxy_credentials(environment):
            self.fields["proxy_url"].help_text = PROXY_STAYS

    @property
    def marks(self) -> Mapping[str, str]:
        """Of what it was filled from, as it came back; none where it did not."""
        try:
            told = json.loads(self.data.get("filled", ""))
        except ValueError:
            return {}
        return told if isinstance(told, dict) else {}

    def values(self) -> dict[str, Any]:
        """What to hand to the service: what was changed, so that what somebody else changes meanwhile stays."""
        return {name: value for name, value in self._typed().items() if self._touched(name)}

    def _touched(self, name: str) -> bool:
        """Whether it is another value than the field was filled with. A secret's field is empty, so what stands in it is new."""
        told = environment_filling.SHOWN if name == "proxy_url" else name
        marks = self.marks
        return (
            told not in marks
            or name == "credential"
            or environment_filling.mark(told, self.cleaned_data[name]) != marks[told]
        )

    def _typed(self) -> dict[str, Any]:
        """All that stands in it; a secret only where one was typed, so leaving its field alone keeps it."""
        cleaned = self.cleaned_data
        plain = {name: cleaned[name] for name in environment_filling.CLEAR_FIELDS if name in cleaned}
        plain["credential_variable"] = cleaned["credential_variable"] or "ANTHROPIC_API_KEY"
        if self.environment is None or cleaned["proxy_url"] != self.environment.proxy_shown:
            plain["proxy_url"] = cleaned["proxy_url"]
        if cleaned["credential"]:
            plain["credential"] = cleaned["credential"]
        elif cleaned.get("remove_credential"):
            plain["credential"] = None
        return plain

    def clean_credential(self) -> str:
        """A browser sends line breaks of its own kind."""
        return str(self.cleaned_data["credential"]).replace("\r\n", "\n")

    def clean_ca_pem(self) -> str:
        """The same here."""
        return str(self.cleaned_data["ca_pem"]).replace("\r\n", "\n")

    def question(self, facts: Facts) -> None:
        """Say what cannot work as written, unless the person said that the client really has it so."""
        if self.cleaned_data.get("keep_as_written"):
            return
        typed = {name: value for name, value in self._typed().items() if name not in self._of_others()}
        for field, (fact, says) in SAYS.items():
            found = facts.get(fact, ()) if typed.get(field) else ()
            for word in found if isinstance(found, tuple) else ():
                if word in says:
                    self.questioned = True
                    self.add_error(field, says[str(word)])

    def _of_others(self) -> frozenset[str]:
        """What somebody else changed after the form was filled, and nobody here."""
        if self.environment is None:
            return frozenset()
        return environment_filling.changed_since(self.environment, self.marks) - set(self.values())

    def kept_of_others(self) -> str:
        """The same in words, by the fields' names."""
        names = self._of_others()
        return ", ".join(str(field.label) for name, field in self.fields.items() if name in names)

    def fill_anew(self, environment: Environment) -> None:
        """Begin from what stands there now: what was typed stays, the other fields show what somebody else wrote."""
        typed, fresh = self.values(), starting_values(environment)
        left = {name: fresh[name] for name in fresh.keys() - typed.keys()}
        self.data = {**{name: self.data[name] for name in self.data}, **left}
        if "proxy_url" not in typed:
            del self.fields["proxy_url"].widget.attrs["hx-preserve"]  # the browser would keep what it has
        self.environment = environment

    def refuse(self, errors: Mapping[str, str]) -> None:
        """Put a service's sentences beside their fields."""
        for name, sentence in errors.items():
            self.add_error(name if name in self.fields else None, sentence)

    def ask_for_secrets_again(self) -> None:
        """The page that comes back has lost what must not be sent back; say so where something was typed."""
        typed_proxy = str(self.data.get("proxy_url", ""))
        if self.data.get("credential"):
            self.add_error("credential", _AGAIN)
        if without_credentials(typed_proxy) != typed_proxy:
            self.add_error("proxy_url", _AGAIN)


def without_credentials(proxy_url: str) -> str:
    """The URL with all before its last @ left out, so that even a password with an @ in it stays hidden."""
    start, scheme, rest = proxy_url.rpartition("://") if "://" in proxy_url else ("", "", proxy_url)
    return f"{start}{scheme}{rest.rpartition('@')[2]}" if "@" not in start else rest.rpartition("@")[2]


def client_choices() -> list[tuple[str, str]]:
    """The clients whose rules are known, Claude Code first."""
    clients = load().clients
    named = [(name, str(table.get("title", name))) for name, table in clients.items()]
    return sorted(named, key=lambda choice: (choice[0] != "claude-code", choice[1].lower()))


def client_named(query: Mapping[str, str]) -> dict[str, str]:
    """The client and its version that an address names, such as the link beside a pasted text; only one that is known."""
    name, version = query.get("client", ""), query.get("client_version", "")
    if name not in load().clients:
        return {}
    return {"client": name} | ({"client_version": version} if _VERSION.fullmatch(version) else {})


def starting_values(environment: Environment | None) -> dict[str, Any]:
    """What the form shows before anybody typed; secrets stay where they are."""
    if environment is None:
        return {
            "kind": Environment.Kind.LAPTOP,
            "client": "claude-code",
            "mode": Environment.Mode.AUTO,
            "runs_from": Environment.RunsFrom.MACHINE,
        }
    shown: Iterable[str] = (name for name in environment_filling.CLEAR_FIELDS)
    marks = json.dumps(environment_filling.marks_of(environment))
    return {
        **{name: getattr(environment, name) for name in shown},
        "proxy_url": environment.proxy_shown,
        "filled": marks,
    }
