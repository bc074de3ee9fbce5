"""System checks of the keys: the master keys that rows need are there, and nobody else can read them."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.db import DatabaseError

from providers import vault
from providers.contract.errors import SetupError
from providers.models import ApiKey, Provider
from providers.resolve.routes import site_routes


@register()
def check_master_keys(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """A lost master key is told at start, not when the first answer fails."""
    return [*_missing(), *_loose()]


@register()
def check_proxy(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """A proxy that cannot be used is told at start: nothing is ever sent past it instead."""
    try:
        site_routes()
    except SetupError as error:
        return [Error(error.message, hint="See OUTGOING_PROXY in .env.example.", id="providers.E003")]
    return []


def _missing() -> list[CheckMessage]:
    try:
        ciphertexts = list(ApiKey.objects.exclude(ciphertext="").order_by().values_list("ciphertext", flat=True))
        ciphertexts += Provider.objects.exclude(proxy_login="").order_by().values_list("proxy_login", flat=True)
    except DatabaseError:
        return []  # no database or no tables yet, so no keys either: migrate says what is wrong
    needed = set()
    for ciphertext in ciphertexts:
        try:
            needed.add(vault.key_id_of(ciphertext))
        except vault.CannotOpen:
            continue  # a damaged row is told where it is used
    missing = needed - vault.key_ids()
    found: list[CheckMessage] = []
    if missing:
        found.append(
            Error(
                f"API keys are stored, but their master key is missing: {', '.join(sorted(missing))}.",
                hint=f"Put the file back into {settings.APP_KEYS_DIR} (its name is the id), or set "
                f"{vault.ENVIRONMENT}<ID>. If it is lost: delete the API keys and enter them again.",
                id="providers.E001",
            )
        )
    try:
        if needed:
            vault.key_id_in_force()
    except vault.VaultError as error:
        if not missing:
            found.append(Error(str(error), hint="See APP_KEY_ID and APP_KEYS_DIR.", id="providers.E002"))
    return found


def _loose() -> list[CheckMessage]:
    return [
        Warning(
            f"The master key {path.name} can be read by others on this machine.",
            hint=f"Run: chmod 600 {path}",
            id="providers.W001",
        )
        for path in vault.loose_files()
    ]
