"""Arguments of a call that an earlier answer made, for sending it back. Models write them, so they may be anything."""

from typing import Any

from providers.contract.messages import ContentBlock
from providers.dialects.jsonvalue import as_dict, as_json, as_text, json_or_text


def arguments_object(block: ContentBlock) -> dict[str, Any]:
    """For protocols that take nothing but an object; what is none is kept under one name."""
    if not block.text:
        return as_dict((block.data or {}).get("arguments"))
    value = json_or_text(block.text)
    return value if isinstance(value, dict) else {"arguments": value}


def arguments_text(block: ContentBlock) -> str:
    return block.text or as_json((block.data or {}).get("arguments")) or "{}"


def free_input(block: ContentBlock) -> str:
    """What a custom tool was called with: a text, which is the ``input`` of an object everywhere else."""
    value = json_or_text(block.text)
    return value if isinstance(value, str) else as_text(as_dict(value).get("input"))
