"""A new master key: killed at any moment and run again, beside people who store keys; then the old one can go."""

import os
import random
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError
from django.db import connection, connections

from providers import vault
from providers.contract.secret import Secret
from providers.custody import open_proxy_login, store_key, store_proxy_login
from providers.models import ApiKey, AuditEntry, Provider
from providers.resolve import master_keys_in_use
from tests.commands.run import run
from tests.providers.key_fixtures import make_provider, stored

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]
KEYS = 60
KILLS = 3
BUSY = 10
"""So many are entered again meanwhile. The others are more than all killed ones can do, however slow they are."""


@pytest.fixture
def acme(db: None) -> Provider:
    return make_provider("acme", "https://acme.example/v1")


def child(stdin: int = subprocess.DEVNULL) -> "subprocess.Popen[str]":
    arguments = [str(connection.settings_dict["NAME"]), str(django_settings.APP_KEYS_DIR)]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    command = [sys.executable, "-m", "tests.commands.rotate_child", *arguments]
    return subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, text=True, env=environment)


def killed_after(lines: int) -> None:
    """It is killed when it has told of so many keys, wherever it is then; more than a few further ones it cannot do."""
    with child(subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write("\n" * (lines + 3))
            process.stdin.flush()
            for _ in range(lines):
                assert process.stdout.readline(), "it ended before it was killed"
        finally:
            process.kill()


class Storing:
    """``with Storing(keys)``: somebody enters one of the first after the other again. ``said``: what is in each now."""

    def __init__(self, said: dict[int, str]) -> None:
        self.said = said
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._store, daemon=True)

    def _store(self) -> None:
        dice, number = random.Random(5), 0
        try:
            while not self._stop.wait(0.05):
                pk, number = dice.choice(list(self.said)[:BUSY]), number + 1
                text = f"entered-again-{number}-of-key-{pk}"
                store_key(ApiKey.objects.get(pk=pk), Secret(text), "somebody")
                self.said[pk] = text
        finally:
            connections.close_all()

    def __enter__(self) -> "Storing":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(30)
        assert not self._thread.is_alive()


@pytest.mark.timeout(120)
def test_killed_at_random_points_and_run_again_it_loses_nothing(acme: Provider, master_key: str) -> None:
    said = {}
    for number in range(KEYS):
        text = f"the-key-number-{number}-of-acme"
        said[stored(acme, text).pk] = text
    dice = random.Random(11)
    with Storing(said):
        for turn in range(KILLS):
            killed_after((1 if turn == 0 else 2) + dice.randrange(12))
            assert sum(master_keys_in_use().values()) == KEYS
        process = child()
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output
    assert "No stored credential needs an older one" in output
    assert master_keys_in_use() == {vault.key_id_in_force(): KEYS}
    assert len(vault.key_ids()) == 2, "a stop makes no further master key"
    Path(django_settings.APP_KEYS_DIR, master_key).unlink()
    for row in ApiKey.objects.select_related("provider"):
        assert vault.open_sealed(row).reveal() == said[row.pk]


def test_proxy_logins_follow_and_the_audit_tells(acme: Provider, master_key: str) -> None:
    stored(acme)
    Provider.objects.filter(pk=acme.pk).update(proxy="http://proxy.example:3128")
    acme.refresh_from_db()
    store_proxy_login(acme, Secret("me:word"), "somebody")
    assert "2 encrypted anew" in run("rotate_master_key")
    Path(django_settings.APP_KEYS_DIR, master_key).unlink()
    acme.refresh_from_db()
    login = open_proxy_login(acme)
    assert login is not None
    assert login.reveal() == "me:word"
    assert list(AuditEntry.objects.filter(action="rewrapped").order_by("pk").values_list("subject", flat=True)) == [
        "master key",
        ApiKey.objects.get().subject,
        "proxy login of acme",
        "master key",
    ]


def test_a_dry_run_says_what_would_be_done_and_changes_nothing(acme: Provider, master_key: str) -> None:
    row = stored(acme)
    before = ApiKey.objects.get(pk=row.pk).ciphertext
    assert "encrypt 1 under it. Nothing was changed." in run("rotate_master_key", "--dry-run")
    assert vault.key_ids() == {master_key}
    newer = vault.make_master_key()
    assert f"Would go on: 1 would be encrypted under {newer}" in run("rotate_master_key", "--dry-run")
    assert ApiKey.objects.get(pk=row.pk).ciphertext == before


def test_what_cannot_be_opened_is_named_and_stops_nobody_else(acme: Provider, master_key: str) -> None:
    broken, good = stored(acme, "the-broken-one"), stored(acme, "the-good-one")
    ApiKey.objects.filter(pk=broken.pk).update(hosts=["https://evil.example:443"])
    with pytest.raises(CommandError, match="1 could not be opened"):
        run("rotate_master_key")
    good.refresh_from_db()
    assert vault.key_id_of(good.ciphertext) == vault.key_id_in_force() != master_key
    broken.refresh_from_db()
    assert vault.key_id_of(broken.ciphertext) == master_key


def test_a_master_key_that_a_setting_names_is_not_replaced(acme: Provider, master_key: str, settings: Any) -> None:
    stored(acme)
    settings.APP_KEY_ID = master_key
    with pytest.raises(CommandError, match="APP_KEY_ID"):
        run("rotate_master_key")
    settings.APP_KEY_ID = vault.make_master_key()
    assert "1 encrypted anew" in run("rotate_master_key")
