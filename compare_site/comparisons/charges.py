"""What an answer costs besides its tokens: tools that its provider ran for it, priced per thousand calls. Pure.

Prices are those of the run: under a tool's own name or the unit it is counted in, in USD per thousand calls. A tool
without a price may have cost something: then the sum is not the whole cost.
"""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from compare_site.comparisons.costs import decimal
from compare_site.comparisons.fold import Block, RunFold

THOUSAND = Decimal(1000)
UNITS = {
    "web_search": "web_searches",
    "google_search": "web_searches",
    "x_search": "social_searches",
    "file_search": "storage_searches",
    "code_execution": "code_executions",
    "code_interpreter": "code_executions",
}
"""Names of tools as the providers write them -> the unit of genai-prices."""
ONCE = "answers_with_search"
"""The unit where an answer is charged once, however often it has searched (Gemini 2; ai.google.dev, 2026-09)."""
LOOKING = frozenset({"open_page", "find_in_page", "find"})
"""Steps of a web search that are free: only searching is charged (OpenAI's documentation, 2026-09)."""
PLAIN_TIERS = frozenset({"", "auto", "default", "standard", "on_demand"})
"""Service tiers at the plain price."""
MEDIA = ("image", "audio", "video")
PATHS = {
    "cache_write_1h_tokens": ("cache_creation.ephemeral_1h_input_tokens",),
    "input_audio_tokens": ("prompt_tokens_details.audio_tokens", "input_tokens_details.audio_tokens"),
    "output_audio_tokens": ("completion_tokens_details.audio_tokens", "output_tokens_details.audio_tokens"),
    "output_image_tokens": ("completion_tokens_details.image_tokens", "output_tokens_details.image_tokens"),
}
"""Counts as genai-prices names them -> where usage objects have them (Anthropic; OpenAI and its like)."""
MODALITIES = {
    ("promptTokensDetails", "AUDIO"): "input_audio_tokens",
    ("candidatesTokensDetails", "AUDIO"): "output_audio_tokens",
    ("candidatesTokensDetails", "IMAGE"): "output_image_tokens",
}
"""The same in Gemini's lists."""


def charged(content: Sequence[Block], prices: Mapping[str, str]) -> tuple[Decimal, bool]:
    """USD for the provider's own tools, and whether that is all of it."""
    total, whole = Decimal(0), True
    for name, blocks in _by_tool(content).items():
        count, price = _counted(name, blocks, prices)
        if count and price is None:
            whole = False
        elif price is not None:
            total += count * price / THOUSAND
    return total, whole


def details_of(raw: Mapping[str, Any] | None) -> dict[str, int]:
    """Tokens that may have a price of their own, from a provider's own usage object."""
    found: dict[str, int] = {}
    for name, paths in PATHS.items():
        counts = [_count_at(raw, *path.split(".")) for path in paths]
        if most := max(counts):
            found[name] = most
    for (field, modality), name in MODALITIES.items():
        entries = raw.get(field) if raw else None
        for entry in entries if isinstance(entries, list) else ():
            count = _count_at(entry, "tokenCount")
            if count and entry.get("modality") == modality:
                found[name] = count
    return found


def _count_at(value: Any, *path: str) -> int:
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def is_plain(fold: RunFold, details: Collection[str] = ()) -> bool:
    """Whether counted tokens are all that the model itself is paid for: no uncounted pictures, no other tier."""
    tier = fold.metadata.get("service_tier")
    if isinstance(tier, str) and tier.lower() not in PLAIN_TIERS:
        return False
    if fold.usage is not None and fold.usage.audio and not any("audio" in name for name in details):
        return False
    shown = {block.kind for block in fold.content}
    return not any(kind in shown and f"output_{kind}_tokens" not in details for kind in MEDIA)


def _by_tool(content: Sequence[Block]) -> dict[str, list[Block]]:
    tools: dict[str, list[Block]] = {}
    for block in content:
        if block.kind == "server_tool" and not _is_free(block.data or {}):
            tools.setdefault(block.name or "", []).append(block)
    return tools


def _is_free(data: Mapping[str, Any]) -> bool:
    """Somebody else's tool (MCP), a step that is not charged, or a call that failed."""
    asked, got = data.get("input"), data.get("output")
    if data.get("server") or data.get("status") == "failed":
        return True
    if isinstance(asked, Mapping) and asked.get("type") in LOOKING:
        return True
    return isinstance(got, Mapping) and str(got.get("type", "")).endswith("_error")


def _counted(name: str, blocks: Sequence[Block], prices: Mapping[str, str]) -> tuple[int, Decimal | None]:
    own = decimal(prices.get(name))
    if own is not None:
        return len(blocks), own
    unit = UNITS.get(name, "")
    if unit == "web_searches" and ONCE in prices:
        return 1, decimal(prices[ONCE])
    return _queries(blocks) or len(blocks), decimal(prices.get(unit))


def _queries(blocks: Sequence[Block]) -> int:
    """How many different ones a list of queries that is all a call says of itself has (Gemini); else 0."""
    lists = [block.data["input"] for block in blocks if block.data and isinstance(block.data.get("input"), Mapping)]
    found = [each["queries"] for each in lists if each.keys() == {"queries"} and isinstance(each["queries"], list)]
    return len({str(query) for queries in found for query in queries})
