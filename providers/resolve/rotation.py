"""A new master key: every stored credential is encrypted anew under it, one small transaction each.

Can be killed at any moment and run again: a credential is under the old key or under the new one, never in between,
and what is under another key than the one in force is found by looking. Who stores a key meanwhile waits for nothing
longer than one of these transactions.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from providers import vault
from providers.custody import reseal_proxy_login
from providers.models import ApiKey, AuditEntry, Provider


@dataclass(frozen=True, slots=True)
class SealedRows:
    """Secrets that the site keeps in rows of its own, sealed by ``seal_for``."""

    there: Callable[[], Iterable[tuple[str, str, str]]]
    """(pk, name, ciphertext) of each."""
    change: Callable[[str, str], bool]
    """Seals the one with this pk anew, in a transaction of its own, unless it is under this master key already."""


_elsewhere: list[SealedRows] = []


def register_sealed(rows: SealedRows) -> None:
    """What else has to be encrypted anew when the master key changes."""
    _elsewhere.append(rows)


Told = Callable[[int, int], None]
"""Hears how many are done, of how many."""
Change = Callable[[Any, str, str], int]
MASTER = "master key"
"""How the audit calls what is rotated."""


@dataclass(slots=True)
class Rotated:
    """What came of it. ``failed``: credentials that cannot be opened, by name, and why."""

    master_key: str
    changed: int = 0
    failed: dict[str, str] = field(default_factory=dict)


def rewrap_keys(actor: str) -> int:
    """Encrypt everything under the master key in force; returns how many were changed. Raises VaultError."""
    done = encrypt_anew(actor)
    if done.failed:
        raise vault.VaultError(next(iter(done.failed.values())))
    return done.changed


def master_keys_in_use() -> dict[str, int]:
    """Id of a master key -> how many stored credentials need it."""
    sealed = [*_keys().values_list("ciphertext", flat=True), *_logins().values_list("proxy_login", flat=True)]
    sealed += [ciphertext for rows in _elsewhere for _pk, _name, ciphertext in rows.there()]
    return dict(Counter(_master_key_of(each) for each in sealed))


def is_unfinished() -> bool:
    """Whether a rotation to the master key in force has begun and not ended, whatever is left of it. VaultError."""
    last = AuditEntry.objects.filter(subject=MASTER).first()
    return last is not None and last.detail == {"master_key": vault.key_id_in_force(), "state": "begun"}


def encrypt_anew(actor: str, told: Told = lambda _done, _all: None) -> Rotated:
    """Encrypt everything that is under another master key than the one in force. Raises VaultError if there is none."""
    done = Rotated(vault.key_id_in_force())
    if not is_unfinished():
        AuditEntry.record(actor, "rewrapped", MASTER, master_key=done.master_key, state="begun")
    _encrypt_all(done, actor, told)
    if not done.failed:
        AuditEntry.record(actor, "rewrapped", MASTER, master_key=done.master_key, state="ended")
    return done


def _encrypt_all(done: Rotated, actor: str, told: Told) -> None:
    _wait_for_older_writes()
    while True:
        waiting = [each for each in _waiting(done.master_key) if each[2] not in done.failed]
        if not waiting:
            return
        total = done.changed + len(waiting)
        for change, pk, name in waiting:
            try:
                done.changed += change(pk, done.master_key, actor)
            except vault.VaultError as error:
                done.failed[name] = str(error)
            told(done.changed, total)


def _wait_for_older_writes() -> None:
    """Who began to store a credential before the new key was there has ended now: they held the row of its provider."""
    with transaction.atomic():
        list(Provider.objects.select_for_update().order_by("pk").values_list("pk", flat=True))


def _waiting(current: str) -> Iterator[tuple["Change", Any, str]]:
    keys = _keys().exclude(ciphertext__startswith=_beginning(current)).order_by("pk").select_related("provider")
    for key in keys:
        yield _key, key.pk, key.subject
    logins = _logins().exclude(proxy_login__startswith=_beginning(current)).order_by("pk")
    for pk, slug in logins.values_list("pk", "slug"):
        yield _login, pk, _login_of(slug)
    for rows in _elsewhere:
        for text, name, ciphertext in rows.there():
            if not ciphertext.startswith(_beginning(current)):
                yield _change_of(rows, name), text, name


def _change_of(rows: SealedRows, name: str) -> "Change":
    def change(pk: Any, current: str, actor: str) -> int:
        changed = rows.change(pk, current)
        if changed:
            AuditEntry.record(actor, "rewrapped", name, master_key=current)
        return int(changed)

    return change


def _key(pk: int, current: str, actor: str) -> int:
    """1 if it was changed; 0 if somebody else has changed or deleted it meanwhile."""
    with transaction.atomic():
        row = ApiKey.objects.select_related("provider").select_for_update(of=("self",)).filter(pk=pk).first()
        if row is None or not row.ciphertext or vault.key_id_of(row.ciphertext) == current:
            return 0
        credential = vault.open_sealed(row)
        row.fingerprint, row.ciphertext = vault.fingerprint(credential), vault.seal(row, credential)
        row.save(update_fields=("ciphertext", "fingerprint"))
        AuditEntry.record(actor, "rewrapped", row.subject, master_key=current)
    return 1


def _login(pk: int, current: str, actor: str) -> int:
    with transaction.atomic():
        row = Provider.objects.select_for_update().filter(pk=pk).first()
        if row is None or not row.proxy_login or vault.key_id_of(row.proxy_login) == current:
            return 0
        reseal_proxy_login(row)
        AuditEntry.record(actor, "rewrapped", _login_of(row.slug), master_key=current)
    return 1


def _keys() -> QuerySet[ApiKey, Any]:
    return ApiKey.objects.exclude(ciphertext="")


def _logins() -> QuerySet[Provider, Any]:
    return Provider.objects.exclude(proxy_login="")


def _login_of(slug: str) -> str:
    return f"proxy login of {slug}"


def _beginning(key_id: str) -> str:
    return f"{vault.VERSION}:{key_id}:"


def _master_key_of(ciphertext: str) -> str:
    try:
        return vault.key_id_of(ciphertext)
    except vault.VaultError:
        return "?"
