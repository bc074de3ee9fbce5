"""Keys at rest: AES-256-GCM under master keys that are files or environment variables, never SECRET_KEY.

Each credential has a random data key of its own, wrapped by the master key in force; both ciphertexts carry the row,
the provider and the hosts as associated data, so that neither moving one to another row nor editing the hosts in the
database yields a key. Format: ``v1:<master key id>:<wrapped data key>:<credential>``, base64.
"""

import base64
import binascii
import hashlib
import hmac
import json
import os
import re
import secrets
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from providers.contract.secret import Secret

VERSION = "v1"
KEY_BYTES = 32
NONCE_BYTES = 12
SHOW_LAST_FOUR_FROM = 20
ENVIRONMENT = "APP_KEY_"
_KEY_ID = re.compile(r"[a-z0-9][a-z0-9_.-]{0,62}")


class VaultError(Exception):
    """The vault cannot do it; the message says what to do and holds no key."""


class MasterKeyMissing(VaultError):
    """There is no master key, or not the one that is needed. ``key_id`` is empty if there is none at all."""

    def __init__(self, message: str, key_id: str = "") -> None:
        super().__init__(message)
        self.key_id = key_id


class CannotOpen(VaultError):
    """The ciphertext does not belong to this row, provider and host list, or is damaged, or there is none."""


@sensitive_variables()
def seal(row: Any, credential: Secret) -> str:
    """The ciphertext of ``credential`` for this ``ApiKey``, which must have its pk, provider and hosts already."""
    data_key = secrets.token_bytes(KEY_BYTES)
    key_id = key_id_in_force()
    body = _encrypt(data_key, credential.reveal().encode(), _bound_to(row, "credential"))
    return ":".join((VERSION, key_id, _wrap(row, key_id, data_key), body))


@sensitive_variables()
def open_sealed(row: Any) -> Secret:
    """The credential of this ``ApiKey``. Raises CannotOpen or MasterKeyMissing."""
    _version, key_id, wrapped, body = _split(row.ciphertext)
    try:
        data_key = _unwrap(row, key_id, wrapped)
        return Secret(_decrypt(data_key, body, _bound_to(row, "credential")).decode())
    except (InvalidTag, ValueError):
        raise _cannot_open() from None


@sensitive_variables()
def fingerprint(credential: Secret) -> str:
    """What tells equal keys without telling the key: HMAC-SHA256 under a key derived from the master in force."""
    derived = _derive(_master_key(key_id_in_force()), "fingerprint")
    return hmac.new(derived, credential.reveal().encode(), hashlib.sha256).hexdigest()


def last_four(credential: Secret) -> str:
    """The end of a key, to tell it from others; nothing of a short one."""
    plain = credential.reveal()
    return plain[-4:] if len(plain) >= SHOW_LAST_FOUR_FROM else ""


@sensitive_variables()
def contains(text: str, credential: Secret) -> bool:
    """Whether a text that will be shown holds the key."""
    return credential.reveal() in text


def key_id_of(ciphertext: str) -> str:
    """The id of the master key that a ciphertext needs. Raises CannotOpen."""
    return _split(ciphertext)[1]


def key_ids() -> frozenset[str]:
    """The ids of all master keys that this process can see."""
    return frozenset((*_files(), *_variables()))


def key_id_in_force() -> str:
    """The master key that new ciphertexts are made with: APP_KEY_ID, or the newest file, or the only variable."""
    chosen: str = settings.APP_KEY_ID
    if chosen:
        if chosen not in key_ids():
            raise MasterKeyMissing(_("APP_KEY_ID names the master key “%s”, which is not there.") % chosen, chosen)
        return chosen
    if files := _files():
        return max(files, key=lambda key_id: (files[key_id].stat().st_mtime_ns, key_id))
    variables = _variables()
    if len(variables) == 1:
        return next(iter(variables))
    if variables:
        raise MasterKeyMissing(_("There are several APP_KEY_… variables: set APP_KEY_ID to the one in force."))
    raise MasterKeyMissing(_("There is no master key. Run: manage.py make_master_key"))


def ensure_master_key() -> str:
    """The id of the master key in force; makes the first one if there is none."""
    if settings.APP_KEY_ID or key_ids():
        return key_id_in_force()
    return make_master_key()


@sensitive_variables()
def make_master_key() -> str:
    """A new master key as a file that only its owner can read. Its random id can never stand for a lost one."""
    folder = Path(settings.APP_KEYS_DIR)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    key_id = f"k{secrets.token_hex(5)}"
    temporary = folder / f".{key_id}"
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)))
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(folder / key_id)
    return key_id


def loose_files() -> list[Path]:
    """Master key files of ours that others on this machine can read or write."""
    return [
        path
        for path in _files().values()
        if path.stat().st_uid == os.geteuid() and path.stat().st_mode & 0o077  # those of container secrets are not ours
    ]


def _files() -> dict[str, Path]:
    folder = Path(settings.APP_KEYS_DIR)
    if not folder.is_dir():
        return {}
    return {path.name: path for path in folder.iterdir() if _KEY_ID.fullmatch(path.name) and path.is_file()}


def _variables() -> dict[str, str]:
    """Master keys of the environment. ``APP_KEY_ID`` is a setting; ``APP_KEY_<ID>_FILE`` holds a path."""
    names = (name for name in os.environ if name.startswith(ENVIRONMENT) and os.environ[name])
    found = {name.removeprefix(ENVIRONMENT).removesuffix("_FILE").lower(): name for name in names}
    return {key_id: name for key_id, name in found.items() if key_id != "id" and _KEY_ID.fullmatch(key_id)}


@sensitive_variables()
def _master_key(key_id: str) -> bytes:
    path, variable = _files().get(key_id), _variables().get(key_id)
    if path is None and variable is None:
        raise MasterKeyMissing(
            _("The master key “%(id)s” is missing. Put its file back into %(folder)s, or set %(name)s.")
            % {"id": key_id, "folder": settings.APP_KEYS_DIR, "name": ENVIRONMENT + key_id.upper()},
            key_id,
        )
    if path is None and variable is not None and variable.endswith("_FILE"):
        path = Path(os.environ[variable])
    try:
        text = path.read_text(encoding="ascii") if path is not None else os.environ[variable or ""]
        key = base64.b64decode(text.strip(), validate=True)
    except (OSError, ValueError, binascii.Error):
        key = b""
    if len(key) != KEY_BYTES:
        raise VaultError(_("The master key “%s” cannot be read: it must be 32 bytes in base64.") % key_id)
    return key


def _derive(master: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"touchstone {purpose} {VERSION}".encode()).derive(master)


def _wrap(row: Any, key_id: str, data_key: bytes) -> str:
    return _encrypt(_derive(_master_key(key_id), "wrap"), data_key, _bound_to(row, f"wrap {key_id}"))


def _unwrap(row: Any, key_id: str, wrapped: str) -> bytes:
    return _decrypt(_derive(_master_key(key_id), "wrap"), wrapped, _bound_to(row, f"wrap {key_id}"))


def _bound_to(row: Any, purpose: str) -> bytes:
    """The associated data: a ciphertext opens only where all of this is as it was."""
    if row.pk is None or not row.hosts:
        raise VaultError(_("A key can be encrypted only once its row is saved and its hosts are known."))
    return json.dumps([VERSION, purpose, row._meta.db_table, row.pk, row.provider.slug, sorted(row.hosts)]).encode()


def _encrypt(key: bytes, plain: bytes, bound_to: bytes) -> str:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return base64.urlsafe_b64encode(nonce + AESGCM(key).encrypt(nonce, plain, bound_to)).decode()


def _decrypt(key: bytes, text: str, bound_to: bytes) -> bytes:
    raw = base64.b64decode(text.encode(), altchars=b"-_", validate=True)
    return AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], bound_to)


def _split(ciphertext: str) -> tuple[str, str, str, str]:
    if not ciphertext:
        raise CannotOpen(_("No key is stored here. Enter it in the administration."))
    parts = ciphertext.split(":")
    if len(parts) != 4 or parts[0] != VERSION or not _KEY_ID.fullmatch(parts[1]):
        raise _cannot_open()
    return parts[0], parts[1], parts[2], parts[3]


def _cannot_open() -> CannotOpen:
    return CannotOpen(
        _(
            "The stored key cannot be decrypted: its row, provider or hosts were changed outside the administration, "
            "or the master key is another one. Enter the key again in the administration."
        )
    )
