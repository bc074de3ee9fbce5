"""What a provider's list says about one model: the facts that it states plainly, in any of the spellings met so far."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from providers.contract.spec import ListPaths
from providers.dialects.jsonvalue import as_count, as_text, at_path

MILLION = Decimal(1_000_000)
UNITS = {"token": MILLION, "million": Decimal(1), "ten_thousandths_a_million": Decimal("0.0001")}
LARGEST_WINDOW = 2**31 - 1
HIGHEST_PRICE = Decimal(1_000_000)
LONGEST_LABEL = 200
WORDS = {
    "tools": "tools",
    "tool_use": "tools",
    "function-calling": "tools",
    "function_calling": "tools",
    "structured_outputs": "structured_output",
    "structured-outputs": "structured_output",
    "json_schema": "structured_output",
    "response_format": "json_mode",
    "json_mode": "json_mode",
    "logprobs": "logprobs",
    "reasoning": "reasoning",
    "thinking": "reasoning",
    "vision": "image_input",
    "audio": "audio_input",
}
"""In lists of what a model or its API can."""
MODALITIES = {
    "image": "image_input",
    "audio": "audio_input",
    "video": "video_input",
    "file": "pdf_input",
    "pdf": "pdf_input",
}


@dataclass(frozen=True, slots=True)
class Listed:
    """One model. What the list does not say is absent or None, never guessed."""

    id: str
    label: str = ""
    capabilities: dict[str, bool] = field(default_factory=dict)
    context_window: int | None = None
    prices: dict[str, str] | None = None


def read_listed(entry: Any, model_id: str, paths: ListPaths) -> Listed:
    """The facts in one entry of a list; what has a strange shape says nothing."""
    label = next((text for path in paths.label if (text := as_text(at_path(entry, path)))), "")
    return Listed(
        id=model_id,
        label="" if label == model_id or not label.isprintable() else label[:LONGEST_LABEL],
        capabilities=_capabilities(entry, paths),
        context_window=_window(entry, paths),
        prices=_prices(entry, paths),
    )


def agreed(entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What all of these say alike: nobody knows which of them will answer."""
    first, *others = entries or [{}]
    return {name: value for name, value in first.items() if all(each.get(name) == value for each in others)}


def with_parts(model_id: str, entry: Any, paths: ListPaths) -> dict[str, Any]:
    """A model that several serve: what they agree on under its own id, and what each says under ``id:name``.

    The smallest window holds for all of them.
    """
    found = at_path(entry, paths.parts) if paths.parts else None
    parts = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    live = [each for each in parts if each.get("status", "live") == "live"]
    if not live:
        return {model_id: entry}
    windows = [as_count(each.get("context_length")) for each in live]
    window = {"context_length": min(filter(None, windows))} if all(windows) else {}
    named = {f"{model_id}:{name}": {**entry, **each} for each in live if (name := as_text(each.get(paths.part_name)))}
    return {model_id: {**entry, **agreed(live), **window}, **named}


def _capabilities(entry: Any, paths: ListPaths) -> dict[str, bool]:
    found: dict[str, bool] = {}
    for candidates, names in ((paths.words, WORDS), (paths.modalities, MODALITIES)):
        words = _words(entry, candidates)
        if words is None:
            continue
        said = {names[word] for word in words if word in names}
        found |= {name: name in said for name in names.values() if name in said or name in paths.complete}
    for path, capability in paths.flags.items():
        value = at_path(entry, path)
        if isinstance(value, bool):
            found[capability] = value
    return found


def _words(entry: Any, candidates: Iterable[str]) -> list[str] | None:
    """The first list of words; None if there is none at all."""
    for path in candidates:
        value = at_path(entry, path)
        if isinstance(value, list):
            return [word for word in value if isinstance(word, str)]
    return None


def _window(entry: Any, paths: ListPaths) -> int | None:
    for path in paths.context:
        count = as_count(at_path(entry, path))
        if count and count <= LARGEST_WINDOW:
            return count
    return None


def _prices(entry: Any, paths: ListPaths) -> dict[str, str] | None:
    """USD per million tokens; None unless both input and output have a price that can be one."""
    if not paths.price_unit:
        return None
    candidates = {
        "input": paths.price_input,
        "output": paths.price_output,
        "cache_read": paths.price_cache_read,
        "cache_creation": paths.price_cache_creation,
    }
    found = {name: _price(entry, tried, paths) for name, tried in candidates.items()}
    if found["input"] is None or found["output"] is None:
        return None
    if not paths.zero_is_free and not found["input"] and not found["output"]:
        return None
    return {name: _text(price) for name, price in found.items() if price is not None}


def _price(entry: Any, candidates: Iterable[str], paths: ListPaths) -> Decimal | None:
    for path in candidates:
        value = at_path(entry, path)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            continue
        try:
            price = Decimal(str(value)) * UNITS[paths.price_unit]
        except InvalidOperation:
            return None
        return price if price.is_finite() and 0 <= price <= HIGHEST_PRICE else None
    return None


def _text(price: Decimal) -> str:
    text = format(price, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
