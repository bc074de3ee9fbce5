"""Secrets of webhooks follow a new master key."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from compare_site.hooks.models import Webhook
from providers import vault
from providers.contract.secret import Secret
from providers.models import AuditEntry
from providers.resolve import master_keys_in_use, open_for, seal_for
from tests.commands.run import run

pytestmark = [pytest.mark.django_db, pytest.mark.database]
SECRET = "a-secret-of-a-webhook-0123456789"
URL = "https://ci.example/hook"


@pytest.fixture
def hook(master_key: str) -> Webhook:
    hook = Webhook.objects.create(name="CI", url=URL)
    hook.ciphertext = seal_for(Webhook._meta.db_table, hook.pk, URL, Secret(SECRET))
    hook.save()
    return hook


def test_a_secret_is_encrypted_anew_and_the_old_master_key_can_go(hook: Webhook, master_key: str) -> None:
    assert master_keys_in_use() == {master_key: 1}

    assert "1 encrypted anew" in run("rotate_master_key")

    assert master_keys_in_use() == {vault.key_id_in_force(): 1}
    Path(settings.APP_KEYS_DIR, master_key).unlink()
    hook.refresh_from_db()
    assert open_for(Webhook._meta.db_table, hook.pk, URL, hook.ciphertext).reveal() == SECRET
    assert AuditEntry.objects.filter(action="rewrapped", subject="secret of webhook CI").count() == 1


def test_one_that_was_moved_past_the_administration_is_named(hook: Webhook, capsys: Any) -> None:
    Webhook.objects.update(url="https://evil.example/")
    before = Webhook.objects.get().ciphertext

    with pytest.raises(Exception, match="could not be opened"):
        run("rotate_master_key")

    assert Webhook.objects.get().ciphertext == before
