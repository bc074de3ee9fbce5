"""Token probabilities of an answer in one shape, bounded: ``{"token", "logprob", "top_logprobs": [...]}``."""

from typing import Any

from providers.dialects.jsonvalue import as_dict, as_list, as_text

MAX_TOKENS = 2000
"""More are not kept: a long answer with twenty alternatives a token would be many megabytes."""
MAX_TOP = 20

Logprob = dict[str, Any]


def read_logprobs(raw: Any, room: int = MAX_TOKENS) -> list[Logprob]:
    """Up to ``room`` tokens of a list of OpenAI's objects, or of the parallel lists of older servers."""
    if isinstance(raw, list):
        return [found for each in raw[:room] if (found := _token(as_dict(each))) is not None]
    if not isinstance(raw, dict):
        return []
    for name in ("content", "refusal"):
        if isinstance(raw.get(name), list) and raw[name]:
            return read_logprobs(raw[name], room)
    pairs = zip(as_list(raw.get("tokens")), as_list(raw.get("token_logprobs")), strict=False)
    return [each for token, value in list(pairs)[:room] if (each := _token({"token": token, "logprob": value}))]


def _token(raw: dict[str, Any]) -> Logprob | None:
    value = _number(raw.get("logprob"))
    if value is None or not isinstance(raw.get("token"), str):
        return None
    found: Logprob = {"token": raw["token"], "logprob": value}
    top = [
        {"token": as_text(each.get("token")), "logprob": number}
        for each in map(as_dict, as_list(raw.get("top_logprobs"))[:MAX_TOP])
        if (number := _number(each.get("logprob"))) is not None
    ]
    return {**found, "top_logprobs": top} if top else found


def _number(value: Any) -> float | int | None:
    """JSON has no infinity; what cannot be kept is left out."""
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e300 or value != value:
        return None
    return value
