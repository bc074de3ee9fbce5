"""What the site imports of the providers, beside their rows and the contract: resolving models, listing them, keys.

``ChatClient`` and the like are loaded on first use, because the HTTP libraries take as long to load as all the rest.
"""

from typing import TYPE_CHECKING, Any

from providers.custody import NoHost, store_key
from providers.prices import listed_prices
from providers.resolve.catalog_rows import sync_catalog
from providers.resolve.discovered import Found, add_found, look_for_servers
from providers.resolve.environment import env_key_names
from providers.resolve.group_listing import list_models
from providers.resolve.groups import resolve_all
from providers.resolve.key_health import Reports, UseOfKey, ending, register_reports
from providers.resolve.key_uses import note_key_used
from providers.resolve.lacking import lacking
from providers.resolve.learned import note_observed
from providers.resolve.listing import ModelListing, ProviderListing, list_providers
from providers.resolve.model_search import SORTS, Catalogue, Entry, Wanted, amount_of, select
from providers.resolve.outside import check_address, open_for, post_out, reseal_for, seal_for
from providers.resolve.overview import ProviderLine, overview
from providers.resolve.pricing import prices_for
from providers.resolve.public_ids import find_chat_model, find_chat_models, find_named, split_public_id
from providers.resolve.rotation import (
    SealedRows,
    encrypt_anew,
    is_unfinished,
    master_keys_in_use,
    register_sealed,
    rewrap_keys,
)
from providers.resolve.setup import NewProvider, set_up_provider
from providers.resolve.simulated import DEMO
from providers.resolve.targets import provider_target, resolve
from providers.vault import VaultError, ensure_master_key, key_id_in_force, make_master_key

if TYPE_CHECKING:
    from providers.client import ChatClient
    from providers.group_client import GroupClient
    from providers.resolve.litellm_import import ImportChoices, import_litellm
    from providers.transport.http import Transport

__all__ = [
    "DEMO",
    "SORTS",
    "Catalogue",
    "ChatClient",
    "Entry",
    "Found",
    "GroupClient",
    "ImportChoices",
    "ModelListing",
    "NewProvider",
    "NoHost",
    "ProviderLine",
    "ProviderListing",
    "Reports",
    "SealedRows",
    "Transport",
    "UseOfKey",
    "VaultError",
    "Wanted",
    "add_found",
    "amount_of",
    "check_address",
    "encrypt_anew",
    "ending",
    "ensure_master_key",
    "env_key_names",
    "find_chat_model",
    "find_chat_models",
    "find_named",
    "import_litellm",
    "is_unfinished",
    "key_id_in_force",
    "lacking",
    "list_models",
    "list_providers",
    "listed_prices",
    "look_for_servers",
    "make_master_key",
    "master_keys_in_use",
    "note_key_used",
    "note_observed",
    "open_for",
    "overview",
    "post_out",
    "prices_for",
    "provider_target",
    "register_reports",
    "register_sealed",
    "reseal_for",
    "resolve",
    "resolve_all",
    "rewrap_keys",
    "seal_for",
    "select",
    "set_up_provider",
    "split_public_id",
    "store_key",
    "sync_catalog",
]


def __getattr__(name: str) -> Any:
    """What needs the HTTP libraries, imported on first use."""
    if name == "ChatClient":
        from providers.client import ChatClient

        return ChatClient
    if name == "GroupClient":
        from providers.group_client import GroupClient

        return GroupClient
    if name in {"ImportChoices", "import_litellm"}:
        from providers.resolve import litellm_import

        return getattr(litellm_import, name)
    if name == "Transport":
        from providers.transport.http import Transport

        return Transport
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
