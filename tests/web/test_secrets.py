"""Secrets at rest: sealed to their row and column, rotatable, and never mistaken for text."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
from django.core import serializers
from django.db import connection

from diagnostics.engine.secrets import Secret
from diagnostics.exceptions import UnreadableSecret
from diagnostics.models import Environment, Team
from diagnostics.models.encryption import Sealed, seal, unseal
from tests import factories

KEY = factories.KEY


def stored(environment: Environment, column: str) -> str:
    """The column as it lies in the database."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM diagnostics_environment WHERE name = %s", [environment.name])
        return str(cursor.fetchone()[0])


@pytest.fixture
def environment(team: Team) -> Environment:
    return factories.make_environment(team, credential=KEY, proxy_url="http://ada:hunter2hunter2@proxy.example:3128")


def test_a_key_comes_back_as_a_secret_and_lies_there_sealed(environment: Environment) -> None:
    again = Environment.objects.get(pk=environment.pk)
    assert again.credential == Secret(KEY)
    assert again.credential_shape == "sk-ant-api03-…AgAA"[:13] + again.credential_shape[13:]
    assert KEY not in stored(environment, "credential")
    assert "hunter2" not in stored(environment, "proxy_url")
    assert again.proxy_shown == "http://proxy.example:3128"


def test_saving_again_keeps_the_sealed_value(environment: Environment) -> None:
    before = stored(environment, "credential")
    again = Environment.objects.get(pk=environment.pk)
    again.notes = "changed"
    again.save()
    assert stored(environment, "credential") == before


def test_a_deferred_secret_is_fetched_when_it_is_asked_for(environment: Environment) -> None:
    assert Environment.objects.defer("credential").get(pk=environment.pk).credential == Secret(KEY)


def test_a_value_moved_to_another_row_or_column_does_not_open(environment: Environment, team: Team) -> None:
    other = factories.make_environment(team)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE diagnostics_environment SET proxy_url = credential")
        sealed = stored(environment, "credential")
        cursor.execute("UPDATE diagnostics_environment SET credential = %s WHERE name = %s", [sealed, other.name])
    with pytest.raises(UnreadableSecret, match="moved from another row"):
        _ = Environment.objects.get(pk=other.pk).credential
    with pytest.raises(UnreadableSecret):
        _ = Environment.objects.get(pk=environment.pk).proxy_url


def test_a_lost_key_is_named_and_the_ciphertext_never_shown(environment: Environment, settings: object) -> None:
    sealed = stored(environment, "credential")
    settings.FIELD_ENCRYPTION_KEYS = {"other": b"o" * 32}  # type: ignore[attr-defined]
    with pytest.raises(UnreadableSecret, match="FIELD_ENCRYPTION_KEYS no longer holds") as raised:
        _ = Environment.objects.get(pk=environment.pk).credential
    assert sealed.partition(":")[2] not in str(raised.value)


def test_the_same_key_id_with_other_bytes_raises(environment: Environment, settings: object) -> None:
    first = next(iter(settings.FIELD_ENCRYPTION_KEYS))  # type: ignore[attr-defined]
    settings.FIELD_ENCRYPTION_KEYS = {first: b"x" * 32}  # type: ignore[attr-defined]
    with pytest.raises(UnreadableSecret, match="that key was changed"):
        _ = Environment.objects.get(pk=environment.pk).credential


@pytest.mark.parametrize("sealed", ["", "k1", "k1:", "k1:!!", "k1:YWJj"])
def test_garbage_raises(sealed: str, settings: object) -> None:
    settings.FIELD_ENCRYPTION_KEYS = {"k1": b"k" * 32}  # type: ignore[attr-defined]
    with pytest.raises(UnreadableSecret):
        unseal(sealed, "table:1:field")


def test_two_seals_of_one_value_differ() -> None:
    assert seal(Secret("same"), "a") != seal(Secret("same"), "a")


def test_old_keys_open_and_the_first_one_seals(environment: Environment, settings: object) -> None:
    old = dict(settings.FIELD_ENCRYPTION_KEYS)  # type: ignore[attr-defined]
    settings.FIELD_ENCRYPTION_KEYS = {"new": b"n" * 32, **old}  # type: ignore[attr-defined]
    again = Environment.objects.get(pk=environment.pk)
    assert again.credential == Secret(KEY)
    again.credential = Secret("another")
    again.save()
    assert stored(environment, "credential").startswith("new:")
    assert stored(environment, "proxy_url").startswith(next(iter(old)))


def test_plain_values_cannot_slip_past_the_seal(environment: Environment) -> None:
    with pytest.raises(TypeError):
        environment.credential = KEY  # type: ignore[assignment]
    with pytest.raises(TypeError, match="sealed by save"):
        Environment.objects.update(credential=KEY)
    with pytest.raises(TypeError, match="sealed by save"):
        Environment.objects.update(credential=Secret(KEY))
    with pytest.raises(TypeError, match="sealed by save"):
        Environment.objects.filter(credential=Secret(KEY)).exists()


def test_validation_does_not_turn_a_secret_into_its_shape(environment: Environment) -> None:
    environment.clean_fields(exclude=["created_by", "archived_at"])
    environment.save()
    assert Environment.objects.get(pk=environment.pk).credential == Secret(KEY)


def test_rows_can_be_copied_pickled_dumped_and_printed_without_showing_it(environment: Environment) -> None:
    again = Environment.objects.get(pk=environment.pk)
    _ = again.credential  # read once: nothing of it may stay behind
    shown = [repr(again), str(again.__dict__), repr(pickle.dumps(again)), repr(copy.deepcopy(again).__dict__)]
    shown.append(serializers.serialize("json", [again]))
    shown.append(repr(list(Environment.objects.values())))
    assert not [text for text in shown if KEY in text]
    assert json.loads(shown[4])[0]["fields"]["credential"].count(":") == 1
    assert repr(Sealed("k1:abc")) == "<sealed>"
