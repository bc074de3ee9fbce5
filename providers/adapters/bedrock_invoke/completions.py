"""Answers of models that complete a prompt: each vendor has names of its own for a text and the reason it ended."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from providers.contract.events import FinishReason
from providers.dialects.jsonvalue import as_dict, as_list, as_text, at_path

FINISH: dict[str, FinishReason] = {
    "finish": "stop",
    "finished": "stop",
    "stop": "stop",
    "stop_criteria_met": "stop",
    "stop_sequence": "stop",
    "complete": "stop",
    "endoftext": "stop",
    "end_turn": "stop",
    "length": "length",
    "max_tokens": "length",
    "content_filtered": "content_filter",
    "content_filter": "content_filter",
    "error_toxic": "content_filter",
    "rag_query_when_rag_disabled": "error",
    "error": "error",
    "error_limit": "length",
    "tool_calls": "tool_calls",
}
LISTS = ("results", "outputs", "generations", "completions")
TEXTS = ("outputText", "generation", "text")
REASONS = ("completionReason", "stop_reason", "finish_reason", "stopReason")


class Said(NamedTuple):
    """What one piece says."""

    text: str
    reason: str


def said(piece: Mapping[str, Any]) -> Said | None:
    """None if this is no piece of such an answer. Of several candidates the first is the answer."""
    for name in LISTS:
        if isinstance(piece.get(name), list):
            first = as_dict(next(iter(as_list(piece[name])), None))
            inner = said(first)
            reason = as_text(at_path(first, "finishReason.reason"))
            return Said(as_text(at_path(first, "data.text")) or (inner.text if inner else ""), reason or _reason(first))
    if not any(name in piece for name in TEXTS) and "is_finished" not in piece:
        return None
    if piece.get("event_type") == "stream-end":
        return Said("", _reason(piece))
    return Said(next((text for name in TEXTS if (text := as_text(piece.get(name)))), ""), _reason(piece))


def _reason(piece: Mapping[str, Any]) -> str:
    return next((reason for name in REASONS if (reason := as_text(piece.get(name)))), "")
