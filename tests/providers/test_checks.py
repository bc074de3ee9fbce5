"""A lost or loose master key is told by ``manage.py check``."""

import io
import os
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from providers.checks import check_master_keys
from providers.models import ApiKey, Provider
from tests.providers.key_fixtures import stored


def ids() -> list[str]:
    return [str(message.id) for message in check_master_keys(None)]


@pytest.mark.django_db
def test_no_keys_need_no_master(settings: Any, tmp_path: Path) -> None:
    settings.APP_KEYS_DIR = tmp_path
    assert ids() == []


def test_all_is_well(acme: Provider, master_key: str) -> None:
    stored(acme)
    assert ids() == []


def test_a_lost_master_key_stops_commands_with_a_hint(acme: Provider, master_key: str, settings: Any) -> None:
    stored(acme)
    os.rename(settings.APP_KEYS_DIR / master_key, settings.APP_KEYS_DIR.parent / master_key)
    with pytest.raises(CommandError) as raised:
        call_command("check")
    message = str(raised.value)
    assert "providers.E001" in message
    assert master_key in message
    assert str(settings.APP_KEYS_DIR) in message


def test_a_new_master_key_does_not_hide_a_lost_one(acme: Provider, master_key: str, settings: Any) -> None:
    stored(acme)
    (settings.APP_KEYS_DIR / master_key).unlink()
    call_command("make_master_key", stdout=io.StringIO())
    assert ids() == ["providers.E001"]


def test_an_id_in_force_that_is_not_there(acme: Provider, master_key: str, settings: Any) -> None:
    stored(acme)
    settings.APP_KEY_ID = "k-lost"
    assert ids() == ["providers.E002"]


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o606])
def test_a_file_that_others_can_read(master_key: str, settings: Any, db: None, mode: int) -> None:
    (settings.APP_KEYS_DIR / master_key).chmod(mode)
    assert ids() == ["providers.W001"]


def test_a_damaged_row_is_not_the_fault_of_the_master_key(acme: Provider, master_key: str) -> None:
    stored(acme)
    ApiKey.objects.update(ciphertext="nonsense")
    assert ids() == []
