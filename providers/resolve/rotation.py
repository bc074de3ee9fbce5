"""After a new master key: every stored key is wrapped by it. Can be stopped and run again at any point."""

from django.db import transaction

from providers import vault
from providers.custody import rewrap_proxy_login
from providers.models import ApiKey, AuditEntry, Provider


def rewrap_keys(actor: str) -> int:
    """Wrap all data keys by the master key in force; returns how many were changed. Raises VaultError."""
    current = vault.key_id_in_force()
    changed = 0
    for pk in ApiKey.objects.exclude(ciphertext="").values_list("pk", flat=True):
        with transaction.atomic():
            row = ApiKey.objects.select_related("provider").select_for_update(of=("self",)).get(pk=pk)
            if not row.ciphertext or vault.key_id_of(row.ciphertext) == current:
                continue
            row.fingerprint = vault.fingerprint(vault.open_sealed(row))
            row.ciphertext = vault.rewrap(row)
            row.save(update_fields=("ciphertext", "fingerprint"))
            AuditEntry.record(actor, "rewrapped", row.subject, master_key=current)
            changed += 1
    return changed + _rewrap_proxy_logins(current, actor)


def _rewrap_proxy_logins(current: str, actor: str) -> int:
    changed = 0
    for pk in Provider.objects.exclude(proxy_login="").values_list("pk", flat=True):
        with transaction.atomic():
            row = Provider.objects.select_for_update().get(pk=pk)
            if not row.proxy_login or vault.key_id_of(row.proxy_login) == current:
                continue
            rewrap_proxy_login(row)
            AuditEntry.record(actor, "rewrapped", f"proxy login of {row.slug}", master_key=current)
            changed += 1
    return changed
