"""Keys, base URLs and settings of the process environment. Only the catalog in the code says which variables are read.

A row never names a variable: otherwise somebody who may add a provider could have any variable of the server sent to a
host of their choice. ``<NAME>_FILE`` may hold the path of a file with the value.
"""

import os
import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from providers.catalog import load_catalog
from providers.contract.errors import SetupError
from providers.contract.material import PIECES, BadMaterial, compose, google_account, is_composite
from providers.contract.secret import BadKey, Secret, clean_key
from providers.contract.spec import Auth, ProviderSpec, Setting
from providers.contract.templates import values_of
from providers.models import Provider


def env_key_names() -> list[str]:
    """The variables for keys and accounts that this process has, by name: what a worker announces."""
    wanted: set[str] = set()
    for spec in load_catalog().values():
        wanted.update(spec.env_key)
        wanted.update(name for setting in spec.settings for name in setting.env)
        wanted.update(name for auth in (spec.auth, *spec.also_auth) for names in auth.env.values() for name in names)
    return sorted(name for name in wanted if _present(name))


def catalog_facts(provider: Provider) -> ProviderSpec | None:
    """The catalog's own entry of this provider, from the code; None for what an administrator has added."""
    return load_catalog().get(provider.slug) if provider.from_catalog else None


@sensitive_variables()
def env_credential(facts: ProviderSpec) -> tuple[Auth, Secret] | None:
    """The first credential of the catalog entry that the variables make complete, with its kind."""
    for auth, variables in _ways(facts):
        names = {piece: _first(candidates) for piece, candidates in variables.items()}
        if _complete(auth, {piece for piece, name in names.items() if name}):
            return auth, _credential(auth, {piece: name for piece, name in names.items() if name})
    return None


def env_variable(facts: ProviderSpec, announced: Collection[str]) -> str:
    """The name of the variable whose credential would be used, if these are the ones that are set; else empty."""
    for auth, variables in _ways(facts):
        names = {piece: next((name for name in names if name in announced), "") for piece, names in variables.items()}
        if _complete(auth, {piece for piece, name in names.items() if name}):
            return next(name for name in names.values() if name)
    return ""


def env_values(facts: ProviderSpec, account: Mapping[str, Any] = MappingProxyType({})) -> dict[str, str]:
    """The settings that the environment gives, or that have a default; what ``account`` says goes before it."""
    said = {setting.name: _said(setting) for setting in facts.settings}
    return values_of(facts.settings, {**{name: value for name, value in said.items() if value}, **account})


def _said(setting: Setting) -> str:
    variable = _first(setting.env)
    value = _read(variable).strip() if variable else ""
    found = re.fullmatch(setting.env_pattern, value) if setting.env_pattern else None
    return found[1] if found is not None else value


def env_base_url(facts: ProviderSpec) -> str:
    """The base URL in the first variable of the catalog entry that is set; empty if there is none."""
    name = _first(facts.env_base_url)
    return _read(name).strip().rstrip("/") if name else ""


def _ways(facts: ProviderSpec) -> Iterable[tuple[Auth, dict[str, tuple[str, ...]]]]:
    """Each kind of credential with the variables of its pieces."""
    if facts.env_key:
        yield facts.auth, {"key": facts.env_key}
    for auth in (facts.auth, *facts.also_auth):
        if auth.env:
            yield auth, auth.env


def _complete(auth: Auth, pieces: set[str]) -> bool:
    needed = {piece.name for piece in PIECES.get(auth.kind, ()) if piece.required}
    return bool(pieces) and needed <= pieces


@sensitive_variables()
def _credential(auth: Auth, names: dict[str, str]) -> Secret:
    try:
        if auth.kind in PIECES:
            return compose(auth.kind, {piece: _read(name) for piece, name in names.items()})
        text = _read(next(iter(names.values())))
        return google_account(_account(text)) if is_composite(auth.kind) else clean_key(text)
    except (BadKey, BadMaterial) as error:
        message = _("%(name)s holds no usable key (%(fault)s).")
        values = {"name": ", ".join(names.values()), "fault": error.fault}
        raise SetupError("authentication", message % values) from None


def _account(text: str) -> str:
    """Google's own variable names a file."""
    try:
        return text if text.lstrip().startswith("{") else Path(text.strip()).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise BadMaterial("account") from None


def _first(names: Iterable[str]) -> str:
    return next((name for name in names if _present(name)), "")


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
