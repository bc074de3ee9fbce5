"""``usageMetadata`` as counts. It is cumulative: the last one wins."""

from typing import Any

from providers.contract.events import Usage
from providers.dialects.jsonvalue import as_count, as_dict, as_list

PROMPT, TOOLS, ANSWER, THOUGHTS = (
    "promptTokenCount",
    "toolUsePromptTokenCount",
    "candidatesTokenCount",
    "thoughtsTokenCount",
)
PARTS = (PROMPT, TOOLS, ANSWER, THOUGHTS)
TOTAL = "totalTokenCount"
CACHED = "cachedContentTokenCount"


class Counts:
    """The counts of one answer."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[str, int] = {}

    def read(self, raw: dict[str, Any]) -> Usage | None:
        """None when ``raw`` holds no count. A count it leaves out is the earlier one if its own total says so."""
        said = {name: count for name in (*PARTS, TOTAL, CACHED) if (count := as_count(raw.get(name))) is not None}
        if not said:
            return None
        left_out = {name: self._known[name] for name in PARTS if name in self._known and name not in said}
        counted = sum(said.get(name, 0) for name in PARTS)
        if left_out and TOTAL in said and said[TOTAL] == counted + sum(left_out.values()):
            said = {**left_out, **said}
        self._known.update(said)
        return Usage(
            input=_sum(said, PROMPT, TOOLS),
            output=_sum(said, ANSWER, THOUGHTS),
            total=said.get(TOTAL),
            cache_read=said.get(CACHED),
            reasoning=said.get(THOUGHTS),
            audio=_audio(raw),
        )


def _sum(said: dict[str, int], *names: str) -> int | None:
    found = [said[name] for name in names if name in said]
    return sum(found) if found else None


def _audio(raw: dict[str, Any]) -> int | None:
    found = [
        as_count(as_dict(detail).get("tokenCount")) or 0
        for name in ("promptTokensDetails", "candidatesTokensDetails")
        for detail in as_list(raw.get(name))
        if as_dict(detail).get("modality") == "AUDIO"
    ]
    return sum(found) if found else None
