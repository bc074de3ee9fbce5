"""Keys and base URLs of the process environment. Only the catalog in the code says which variables are read.

A row never names a variable: otherwise somebody who may add a provider could have any variable of the server sent to a
host of his choice. ``<NAME>_FILE`` may hold the path of a file with the value.
"""

import os
from pathlib import Path

from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from providers.catalog import load_catalog
from providers.contract.errors import SetupError
from providers.contract.secret import BadKey, Secret, clean_key
from providers.contract.spec import ProviderSpec
from providers.models import Provider


def env_key_names() -> list[str]:
    """The key variables that this process has, by name: what a worker announces."""
    wanted = {name for spec in load_catalog().values() for name in spec.env_key}
    return sorted(name for name in wanted if _present(name))


def catalog_facts(provider: Provider) -> ProviderSpec | None:
    """The catalog's own entry of this provider, from the code; None for what an administrator has added."""
    return load_catalog().get(provider.slug) if provider.from_catalog else None


@sensitive_variables()
def env_key(facts: ProviderSpec) -> Secret | None:
    """The key in the first variable of the catalog entry that is set."""
    for name in facts.env_key:
        if _present(name):
            try:
                return clean_key(_read(name))
            except BadKey as error:
                message = _("%(name)s holds no usable key (%(fault)s).") % {"name": name, "fault": error.fault}
                raise SetupError("authentication", message) from None
    return None


def env_base_url(facts: ProviderSpec) -> str:
    """The base URL in the first variable of the catalog entry that is set; empty if there is none."""
    for name in facts.env_base_url:
        if _present(name):
            return _read(name).strip().rstrip("/")
    return ""


def _present(name: str) -> bool:
    return bool(os.environ.get(name) or os.environ.get(f"{name}_FILE"))


def _read(name: str) -> str:
    path = os.environ.get(f"{name}_FILE")
    if not path:
        return os.environ.get(name, "")
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise SetupError("authentication", _("The file that %s_FILE names cannot be read.") % name) from None
