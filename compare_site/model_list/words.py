"""What the pages of models say in words: capabilities, sources, prices, times. Unknown is said, never left to a no."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from providers.resolve import ModelListing, amount_of

CAPABILITY_WORDS: dict[str, Promise] = {
    "tools": gettext_lazy("Tool calling"),
    "structured_output": gettext_lazy("Structured output"),
    "json_mode": gettext_lazy("JSON mode"),
    "reasoning": gettext_lazy("Reasoning"),
    "image_input": gettext_lazy("Image input"),
    "audio_input": gettext_lazy("Audio input"),
    "video_input": gettext_lazy("Video input"),
    "pdf_input": gettext_lazy("PDF input"),
    "logprobs": gettext_lazy("Logprobs"),
    "local": gettext_lazy("Local"),
}
SHORT_WORDS: dict[str, Promise] = {
    "tools": pgettext_lazy("short", "Tools"),
    "structured_output": pgettext_lazy("short", "Schema"),
    "json_mode": pgettext_lazy("short", "JSON"),
    "reasoning": pgettext_lazy("short", "Reasoning"),
    "image_input": pgettext_lazy("short", "Image"),
    "audio_input": pgettext_lazy("short", "Audio"),
    "video_input": pgettext_lazy("short", "Video"),
    "pdf_input": pgettext_lazy("short", "PDF"),
    "logprobs": pgettext_lazy("short", "Logprobs"),
    "local": pgettext_lazy("short", "Local"),
}
SOURCE_WORDS: dict[str, Promise] = {
    "administrator": gettext_lazy("an administrator"),
    "model list": gettext_lazy("its provider's list of models"),
    "observed": gettext_lazy("seen in an answer here"),
    "catalog": gettext_lazy("the catalog"),
    "base URL": gettext_lazy("its base URL"),
    "genai-prices": gettext_lazy("the price list genai-prices"),
}
MEDIA_WORDS: dict[str, Promise] = {
    "image": pgettext_lazy("short", "Image"),
    "audio": pgettext_lazy("short", "Audio"),
    "video": pgettext_lazy("short", "Video"),
    "pdf": pgettext_lazy("short", "PDF"),
}
PRICE_WORDS: dict[str, Promise] = {
    "input": gettext_lazy("Input"),
    "output": gettext_lazy("Output"),
    "cache_read": gettext_lazy("Input read from the cache"),
    "cache_creation": gettext_lazy("Input written to the cache"),
    "web_searches": gettext_lazy("A thousand web searches by the provider"),
}
KEY_WORDS: dict[str, Promise] = {
    "stored": gettext_lazy("a stored key is used"),
    "environment": gettext_lazy("the key in the environment is used"),
    "none needed": gettext_lazy("no key is needed"),
    "missing": gettext_lazy("no key yet"),
}
UNKNOWN = "–"


def state_of(value: bool | None) -> str:
    """yes, no or unknown: a class of the style sheet, and what ``said`` translates."""
    return "unknown" if value is None else "yes" if value else "no"


def said(value: bool | None) -> str:
    """The same in words."""
    return _("unknown") if value is None else _("yes") if value else _("no")


def source_words(source: Any) -> str:
    """Who says so, and since when; empty if nobody does."""
    if source is None:
        return ""
    who = str(SOURCE_WORDS.get(source.source, source.source))
    return f"{who}, {source.date}" if source.date else who


def web_address(text: str) -> str:
    """An address that may be offered as a link; of anything else nothing. Rows can be written past every check."""
    return text if text.startswith(("https://", "http://")) else ""


def price(amount: str | None) -> str:
    """Dollars a million tokens with the digits that matter."""
    value = amount_of(amount)
    if value is None:
        return UNKNOWN
    if value == 0:
        return _("free")
    rounded = value.quantize(Decimal("0.01")) if value >= 1 else Decimal(f"{value:.2g}")
    return f"${number_format(rounded.normalize() if rounded != rounded.to_integral() else rounded.to_integral())}"


def context(size: int | None) -> str:
    """A context window as people say it: 32k, 128k, 1M."""
    if size is None:
        return UNKNOWN
    if 1024 <= size < 1024 * 1024 and size & (size - 1) == 0:
        return f"{size // 1024}k"
    if size >= 1_000_000:
        return f"{number_format(round(size / 1_000_000, 1) if size % 1_000_000 else size // 1_000_000)}M"
    return f"{round(size / 1000)}k" if size >= 1000 else str(size)


def speed(value: float | None) -> str:
    """Tokens a second."""
    return UNKNOWN if value is None else number_format(round(value) if value >= 100 else round(value, 1))


def seconds(ms: float | None) -> str:
    """A time to the first token."""
    return UNKNOWN if ms is None else f"{number_format(round(ms / 1000, 2), decimal_pos=2)} s"


def capabilities(listing: ModelListing, words: Mapping[str, Promise]) -> list[dict[str, str]]:
    """Every capability with what is known of it and who says so."""
    return [
        {
            "name": name,
            "word": str(word),
            "state": state_of(listing.capabilities[name]),
            "said": said(listing.capabilities[name]),
            "source": source_words(listing.capability_sources.get(name)),
        }
        for name, word in words.items()
    ]
