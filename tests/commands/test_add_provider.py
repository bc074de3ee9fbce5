"""Adding and moving a provider from the command line."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError

from providers import resolve as door
from providers.models import ApiKey, AuditEntry, ChatModel, Endpoint, Provider
from tests.commands.run import run
from tests.providers.key_fixtures import KEY
from tests.providers.listener import Listener

pytestmark = pytest.mark.django_db


def add(slug: str, base_url: str, *more: str, protocol: str = "openai_chat") -> str:
    return run("add_provider", slug, "--protocol", protocol, "--base-url", base_url, *more)


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key on standard input, as `echo` writes it."""
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{KEY}\n"))


def test_a_local_server_with_models_and_key(master_key: str, typed: None) -> None:
    output = add("my-server", "http://127.0.0.1:9931/v1", "--key-stdin", "--model", "a/b", "--model", "ft:x::y")
    assert "my-server added" in output
    assert "127.0.0.1:9931" in output
    assert KEY not in output
    target = door.resolve("my-server/a/b")
    assert target.credential is not None
    assert target.credential.reveal() == KEY
    assert (target.base_url, target.allow_private) == ("http://127.0.0.1:9931/v1", True)
    assert [model.id for model in door.list_models(frozenset()) if model.provider == "my-server"] == [
        "my-server/a/b",
        "my-server/ft:x::y",
    ]


def test_without_a_key_a_server_of_one_s_own_works_too() -> None:
    add("my-server", "http://127.0.0.1:9931/v1", "--model", "m")
    assert door.resolve("my-server/m").credential is None
    assert door.list_models(frozenset())


def test_the_same_command_again_changes_nothing(master_key: str, typed: None) -> None:
    add("my-server", "http://127.0.0.1:9931/v1", "--key-stdin", "--model", "m")
    row = ApiKey.objects.get()
    assert "updated" in add("my-server", "http://127.0.0.1:9931/v1", "--model", "m")
    row.refresh_from_db()
    assert row.ciphertext
    assert (
        Endpoint.objects.filter(provider__slug="my-server").count(),
        ChatModel.objects.filter(provider__slug="my-server").count(),
    ) == (1, 1)


def test_another_host_wipes_the_key(master_key: str, typed: None, old_host: Listener, new_host: Listener) -> None:
    add("my-server", old_host.base_url, "--key-stdin", "--model", "m")
    output = add("my-server", new_host.base_url)
    assert "wiped: 1" in output
    assert ApiKey.objects.get().ciphertext == ""
    assert door.resolve("my-server/m").credential is None
    assert list(AuditEntry.objects.filter(action="wiped").values_list("actor", flat=True)) == ["command"]


def test_a_public_host_is_not_allowed_to_be_private(master_key: str) -> None:
    add("my-server", "http://127.0.0.1:9931/v1")
    assert "Private address" not in add("my-server", "https://8.8.8.8/v1")
    assert not Endpoint.objects.get(provider__slug="my-server").allow_private


def test_a_provider_of_the_catalog_can_be_moved_and_brought_back() -> None:
    add("openai", "http://127.0.0.1:9931/v1")
    assert Endpoint.objects.get(provider__slug="openai", protocol="openai_chat").url == "http://127.0.0.1:9931/v1"
    add("openai", "https://api.openai.com/v1/")
    endpoint = Endpoint.objects.get(provider__slug="openai", protocol="openai_chat")
    assert (endpoint.base_url, endpoint.allow_private) == ("", False)
    assert Provider.objects.get(slug="openai").spec.auth.kind == "bearer"


@pytest.mark.parametrize(
    ("slug", "protocol", "url", "reason"),
    [
        ("x", "smoke_signals", "https://a.example", "Unknown protocol"),
        ("x", "openai_chat", "ftp://a.example", "base URL"),
        ("x", "openai_chat", "http://user:pass@a.example", "base URL"),
        ("Big", "openai_chat", "https://a.example", "slug"),
        ("a_b", "openai_chat", "https://a.example", "slug"),
        ("demo", "openai_chat", "https://a.example", "demo"),
    ],
)
def test_what_cannot_be_added(slug: str, protocol: str, url: str, reason: str) -> None:
    before = Provider.objects.count()
    with pytest.raises(CommandError, match=reason) as raised:
        add(slug, url, protocol=protocol)
    assert raised.value.returncode == 1
    assert Provider.objects.count() == before


@pytest.mark.parametrize("text", ["", "two words", "schlüssel", "x" * 5000])
def test_an_unusable_key_is_refused_without_being_shown(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    with pytest.raises(CommandError) as raised:
        add("my-server", "https://a.example", "--key-stdin")
    assert not text or text not in str(raised.value)
    assert not Provider.objects.filter(slug="my-server").exists()


def test_a_bad_model_id_leaves_nothing_behind(master_key: str) -> None:
    with pytest.raises(CommandError, match="model id"):
        add("my-server", "https://8.8.8.8", "--model", " x")
    assert not Provider.objects.filter(slug="my-server").exists()


def test_a_key_makes_the_first_master_key(settings: Any, tmp_path: Path, typed: None) -> None:
    settings.APP_KEYS_DIR = tmp_path / "fresh"
    add("my-server", "https://8.8.8.8", "--key-stdin")
    assert len(list(settings.APP_KEYS_DIR.iterdir())) == 1


def test_an_address_that_is_never_called_is_not_added() -> None:
    with pytest.raises(CommandError, match="ever sent to this address"):
        add("meta", "http://169.254.169.254/latest")
    assert not Provider.objects.filter(slug="meta").exists()
