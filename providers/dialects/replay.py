"""State that an answer carries for its provider's next turn: opaque, and for whoever it came from alone."""

from typing import Any

from providers.contract.messages import ContentBlock
from providers.dialects.jsonvalue import as_dict


def kept(block: ContentBlock, protocol: str, **origin: str) -> dict[str, Any]:
    """What this very protocol left to be said again; ``origin``: the provider or platform, where they do not share."""
    state = as_dict((block.data or {}).get("replay"))
    ours = state.get("protocol") == protocol and all(state.get(name, own) == own for name, own in origin.items())
    return state if ours else {}


def is_foreign(block: ContentBlock, protocol: str, **origin: str) -> bool:
    """Whether somebody else is known to have said this."""
    return bool(as_dict((block.data or {}).get("replay"))) and not kept(block, protocol, **origin)
