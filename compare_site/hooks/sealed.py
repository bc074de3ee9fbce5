"""The secrets of webhooks when the master key changes."""

from collections.abc import Iterator

from django.db import transaction

from compare_site.hooks.models import Webhook
from providers.resolve import SealedRows, reseal_for


def _there() -> Iterator[tuple[str, str, str]]:
    for hook in Webhook.objects.exclude(ciphertext="").order_by("pk"):
        yield hook.pk, f"secret of webhook {hook.name}", hook.ciphertext


def _change(pk: str, master_key: str) -> bool:
    with transaction.atomic():
        hook = Webhook.objects.select_for_update(of=("self",)).filter(pk=pk).first()
        if hook is None or not hook.ciphertext:
            return False
        sealed = reseal_for(Webhook._meta.db_table, hook.pk, hook.url, hook.ciphertext, master_key)
        if sealed is None:
            return False
        hook.ciphertext = sealed
        hook.save(update_fields=("ciphertext",))
    return True


SECRETS = SealedRows(_there, _change)
