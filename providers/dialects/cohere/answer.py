"""What both versions of Cohere's chat say alike: why an answer ended, what it cost, where its knowledge is from."""

from collections.abc import Mapping
from typing import Any

from providers.contract.events import FinishReason, Usage
from providers.dialects.jsonvalue import as_count, as_dict, as_list, as_text, at_path

FINISH: dict[str, FinishReason] = {
    "COMPLETE": "stop",
    "STOP_SEQUENCE": "stop",
    "MAX_TOKENS": "length",
    "TOOL_CALL": "tool_calls",
    "ERROR_TOXIC": "content_filter",
}
"""Every other reason is a failure of some kind."""


def read_usage(raw: Mapping[str, Any]) -> Usage:
    """``tokens`` are the counts; ``billed_units`` leave out the prompt's template. Images are counted apart."""
    said = as_dict(raw.get("tokens"))
    text, images = as_count(said.get("input_tokens")), as_count(said.get("image_tokens"))
    return Usage(
        input=None if text is None and images is None else (text or 0) + (images or 0),
        output=as_count(said.get("output_tokens")),
        cache_read=as_count(raw.get("cached_tokens")),
        reasoning=as_count(said.get("reasoning_tokens")),
    )


def citation(raw: Any) -> dict[str, Any] | None:
    """One citation as the data of its block; ``url`` and ``title`` are those of its first source."""
    said = as_dict(raw)
    sources = [_source(as_dict(source)) for source in as_list(said.get("sources"))]
    data: dict[str, Any] = {name: said[name] for name in ("start", "end") if as_count(said.get(name)) is not None}
    if as_text(said.get("text")):
        data["text"] = said["text"]
    if sources:
        data["sources"] = sources
        first = sources[0]
        data.update({name: first[name] for name in ("url", "title") if name in first})
        data.setdefault("title", first.get("id", ""))
    return data or None


def _source(source: dict[str, Any]) -> dict[str, str]:
    document = as_dict(source.get("document")) or as_dict(source.get("tool_output"))
    said = {
        "id": as_text(source.get("id")) or as_text(document.get("id")),
        "title": as_text(document.get("title")),
        "url": as_text(document.get("url")),
    }
    return {name: value for name, value in said.items() if value}


def logprobs_of(raw: Any) -> list[dict[str, Any]]:
    """Pieces of one token each; a piece of several does not say which text belongs to which."""
    values = at_path(raw, "logprobs")
    if isinstance(values, list) and len(values) == 1 and isinstance(raw.get("text"), str):
        return [{"token": raw["text"], "logprob": values[0]}]
    return []
