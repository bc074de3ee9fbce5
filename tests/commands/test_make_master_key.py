"""Master keys: made once, rotated on demand."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError

from providers import resolve as door
from providers.models import Provider
from tests.commands.run import run
from tests.providers.key_fixtures import stored

pytestmark = pytest.mark.django_db


def test_master_keys_are_made_once_and_rotated_on_demand(acme: Provider, settings: Any, tmp_path: Path) -> None:
    settings.APP_KEYS_DIR = tmp_path / "fresh"
    first = run("make_master_key")
    assert run("make_master_key") == first
    stored(acme)
    output = run("make_master_key", "--rotate")
    assert "wrapped anew: 1" in output
    old = first.split()[-1]
    (settings.APP_KEYS_DIR / old).unlink()
    assert door.resolve("acme/x").credential is not None
    assert "wrapped anew: 0" in run("make_master_key", "--rewrap")


def test_a_named_master_key_is_not_rotated_behind_its_back(master_key: str, settings: Any) -> None:
    settings.APP_KEY_ID = master_key
    with pytest.raises(CommandError, match="APP_KEY_ID"):
        run("make_master_key", "--rotate")
