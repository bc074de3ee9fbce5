"""Ciphertexts open where they belong and nowhere else; master keys come from files and variables."""

import base64
import os
import pickle
import random
from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from providers import vault
from providers.contract.secret import BadKey, Secret, clean_key

KEY = "sk-live-3f9a7c55d1e84b0296aa7e01-WXYZ"


def a_row(pk: int = 1, slug: str = "acme", hosts: tuple[str, ...] = ("https://a.example:443",)) -> Any:
    """What the vault looks at in an ApiKey."""
    meta = SimpleNamespace(db_table="providers_apikey")
    return SimpleNamespace(pk=pk, provider=SimpleNamespace(slug=slug), hosts=list(hosts), ciphertext="", _meta=meta)


@pytest.fixture
def row(master_key: str) -> Any:
    """A row with a sealed key."""
    made = a_row()
    made.ciphertext = vault.seal(made, Secret(KEY))
    return made


def test_opens_in_its_own_row(row: Any, master_key: str) -> None:
    assert vault.open_sealed(row).reveal() == KEY
    assert row.ciphertext.startswith(f"v1:{master_key}:")
    assert KEY not in row.ciphertext


def test_the_same_key_never_gives_the_same_ciphertext(row: Any) -> None:
    assert vault.seal(row, Secret(KEY)) != vault.seal(row, Secret(KEY))


def test_the_order_of_hosts_does_not_matter(master_key: str) -> None:
    made = a_row(hosts=("https://b.example:443", "https://a.example:443"))
    made.ciphertext = vault.seal(made, Secret(KEY))
    made.hosts.reverse()
    assert vault.open_sealed(made).reveal() == KEY


@pytest.mark.parametrize(
    "change",
    [
        {"pk": 2},
        {"slug": "evil"},
        {"hosts": ("https://evil.example:443",)},
        {"hosts": ("https://a.example:443", "https://evil.example:443")},
        {"hosts": ("http://a.example:443",)},
        {"hosts": ("https://a.example:8443",)},
    ],
)
def test_a_moved_or_rebound_ciphertext_does_not_open(row: Any, change: dict[str, Any]) -> None:
    elsewhere = a_row(**change)
    elsewhere.ciphertext = row.ciphertext
    with pytest.raises(vault.CannotOpen, match="Enter the key again") as raised:
        vault.open_sealed(elsewhere)
    assert KEY not in repr(raised.value)


def test_another_table_does_not_open(row: Any) -> None:
    row._meta.db_table = "providers_other"
    with pytest.raises(vault.CannotOpen):
        vault.open_sealed(row)


def test_no_flipped_bit_is_accepted(row: Any) -> None:
    """Every part, the text around the base64 too: 2000 seeded flips, cuts and swaps of halves."""
    dice = random.Random(7)
    good = row.ciphertext
    other = a_row(pk=2)
    other.ciphertext = vault.seal(other, Secret("another key"))
    for _ in range(2000):
        place = dice.randrange(len(good))
        flipped = good[:place] + chr(ord(good[place]) ^ (1 << dice.randrange(7))) + good[place + 1 :]
        row.ciphertext = dice.choice(
            (flipped, good[:place], good + "A", good.rsplit(":", 1)[0] + ":" + other.ciphertext.rsplit(":", 1)[1])
        )
        with pytest.raises(vault.VaultError):
            vault.open_sealed(row)


def test_an_empty_row_says_what_to_do(master_key: str) -> None:
    with pytest.raises(vault.CannotOpen, match="No key is stored"):
        vault.open_sealed(a_row())


def test_a_row_without_pk_or_hosts_is_never_sealed(master_key: str) -> None:
    for unready in (a_row(pk=None), a_row(hosts=())):  # type: ignore[arg-type]
        with pytest.raises(vault.VaultError, match="saved"):
            vault.seal(unready, Secret(KEY))


def test_a_lost_master_key_is_named(row: Any, master_key: str, settings: Any) -> None:
    Path(settings.APP_KEYS_DIR, master_key).unlink()
    with pytest.raises(vault.MasterKeyMissing, match=master_key) as raised:
        vault.open_sealed(row)
    assert raised.value.key_id == master_key


def test_another_master_under_the_same_name_does_not_open(row: Any, master_key: str, settings: Any) -> None:
    Path(settings.APP_KEYS_DIR, master_key).write_bytes(base64.b64encode(os.urandom(32)))
    with pytest.raises(vault.CannotOpen):
        vault.open_sealed(row)


def test_master_key_files_are_private_and_random(master_key: str, settings: Any) -> None:
    folder = Path(settings.APP_KEYS_DIR)
    other = vault.make_master_key()
    contents = {name: base64.b64decode((folder / name).read_bytes()) for name in (master_key, other)}
    assert [len(text) for text in contents.values()] == [32, 32]
    assert contents[master_key] != contents[other]
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {(folder / name).stat().st_mode & 0o777 for name in contents} == {0o600}
    assert settings.SECRET_KEY.encode() not in b"".join(contents.values())


def test_ensure_makes_one_and_then_no_more(master_key: str, settings: Any) -> None:
    assert vault.ensure_master_key() == master_key
    assert [path.name for path in Path(settings.APP_KEYS_DIR).iterdir()] == [master_key]


def test_the_newest_file_is_in_force_unless_a_setting_says_so(master_key: str, settings: Any) -> None:
    newer = vault.make_master_key()
    os.utime(Path(settings.APP_KEYS_DIR, master_key), (1, 1))
    assert vault.key_id_in_force() == newer
    settings.APP_KEY_ID = master_key
    assert vault.key_id_in_force() == master_key
    settings.APP_KEY_ID = "lost"
    with pytest.raises(vault.MasterKeyMissing, match="lost"):
        vault.ensure_master_key()


def test_a_master_key_of_the_environment(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.APP_KEYS_DIR = tmp_path / "none"
    settings.APP_KEY_ID = ""
    monkeypatch.setenv("APP_KEY_ID", "is-a-setting-and-no-key")
    with pytest.raises(vault.MasterKeyMissing, match="make_master_key"):
        vault.key_id_in_force()
    monkeypatch.setenv("APP_KEY_K2026", base64.b64encode(os.urandom(32)).decode())
    made = a_row()
    made.ciphertext = vault.seal(made, Secret(KEY))
    assert vault.key_id_of(made.ciphertext) == "k2026"
    assert vault.open_sealed(made).reveal() == KEY
    secret_file = tmp_path / "second"
    secret_file.write_bytes(base64.b64encode(os.urandom(32)) + b"\n")
    monkeypatch.setenv("APP_KEY_K2027_FILE", str(secret_file))
    with pytest.raises(vault.MasterKeyMissing, match="APP_KEY_ID"):
        vault.key_id_in_force()
    settings.APP_KEY_ID = "k2027"
    assert vault.key_id_of(vault.seal(made, vault.open_sealed(made))) == "k2027"


@pytest.mark.parametrize("text", ["", "short", "not base64 !!!", base64.b64encode(b"x" * 31).decode()])
def test_a_broken_master_key_is_refused(master_key: str, settings: Any, text: str) -> None:
    Path(settings.APP_KEYS_DIR, master_key).write_text(text)
    with pytest.raises(vault.VaultError, match="32 bytes"):
        vault.seal(a_row(), Secret(KEY))


def test_what_is_sealed_again_needs_the_new_master_only(row: Any, master_key: str, settings: Any) -> None:
    newer = vault.make_master_key()
    settings.APP_KEY_ID = newer
    row.ciphertext = vault.seal(row, vault.open_sealed(row))
    Path(settings.APP_KEYS_DIR, master_key).unlink()
    assert vault.open_sealed(row).reveal() == KEY
    row.hosts = ["https://evil.example:443"]
    with pytest.raises(vault.CannotOpen):
        vault.open_sealed(row)


def test_fingerprints_tell_equal_keys_and_depend_on_the_master(master_key: str) -> None:
    mark = vault.fingerprint(Secret(KEY))
    assert mark == vault.fingerprint(Secret(KEY)) != vault.fingerprint(Secret(KEY + "1"))
    vault.make_master_key()
    assert vault.fingerprint(Secret(KEY)) != mark


@pytest.mark.parametrize(("text", "shown"), [("a" * 15 + "1234", ""), ("a" * 16 + "1234", "1234")])
def test_last_four_of_long_keys_only(text: str, shown: str) -> None:
    assert vault.last_four(Secret(text)) == shown


def test_a_secret_shows_itself_to_nobody() -> None:
    secret = Secret(KEY)
    assert {repr(secret), str(secret), f"{secret}", f"{secret:>20}"} == {"Secret(…)"}
    for leak in (pickle.dumps, deepcopy, lambda it: it.__getstate__()):
        with pytest.raises(TypeError):
            leak(secret)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("a b", "space"),
        ("a\nb", "space"),
        ("schlüssel", "ascii"),
        ("a\x00b", "ascii"),
        ("a" * 4097, "long"),
    ],
)
def test_what_cannot_be_a_key(text: str, fault: str) -> None:
    with pytest.raises(BadKey) as raised:
        clean_key(text)
    assert raised.value.fault == fault
    assert len(text) < 2 or text not in str(raised.value)


def test_a_pasted_key_loses_outer_white_space() -> None:
    assert clean_key(f"  {KEY}\r\n").reveal() == KEY
