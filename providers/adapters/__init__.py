"""Wire protocols: one module or package here each, named like its protocol, exposing ``ADAPTER``.

A new protocol is a new module; nothing has to be registered.
"""

import pkgutil
from functools import cache
from importlib import import_module

from providers.contract.adapter import Adapter
from providers.contract.errors import SetupError


@cache
def protocols() -> tuple[str, ...]:
    """The protocols that can be spoken."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules(__path__)))


@cache
def get_adapter(protocol: str) -> Adapter:
    """The adapter of ``protocol``; SetupError if there is none."""
    if protocol not in protocols():
        known = ", ".join(protocols())
        raise SetupError("unsupported", f"The protocol {protocol!r} is not known here. Known: {known}.")
    adapter: Adapter = import_module(f"{__name__}.{protocol}").ADAPTER
    return adapter
