"""Error answers of all kinds of servers as ``ProviderError``: status first, then the body, then the words.

The patterns that tell quota from rate limit and an overlong prompt from a bad request live here and nowhere else.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from providers.contract.errors import RETRYABLE, ErrorCode, ProviderError
from providers.dialects.jsonvalue import as_dict, as_text, at_path, clean_text, read_json
from providers.dialects.retry_hints import LONGEST_BODY, retry_after, said_in

CONTEXT = re.compile(
    r"context[_ -]?(length|window|size)|maximum context|max(imum)? (prompt|input) (length|tokens)|prompt is too long|"
    r"too many (input )?tokens|input (is )?too long|reduce the length|string_above_max_length|"
    r"exceeds? (the )?(model'?s? )?(max|available) context|exceed_context_size",
    re.IGNORECASE,
)
QUOTA = re.compile(
    r"insufficient[_ ](quota|balance|credit|funds)|quota[_ ]exceeded|exceeded[_ ](your[_ ])?(current[_ ])?quota|"
    r"billing|spend(ing)?[_ ]limit|out of credits|no credits|credit balance|AccountOverdue|payment required|\b1113\b",
    re.IGNORECASE,
)
FILTERED = re.compile(
    r"content[_ ]filter|content[_ ]policy|content_moderation|moderation_blocked|data_inspection_failed|"
    r"SensitiveContentDetected|responsible ai|flagged",
    re.IGNORECASE,
)
UNSUPPORTED = re.compile(
    r"unsupported[_ ](parameter|value|model|country|media)|(is|are) not supported|does not support|"
    r"unknown (field|parameter)|unrecognized (request )?argument|extra inputs are not permitted",
    re.IGNORECASE,
)
BAD_KEY = re.compile(r"(invalid|incorrect|missing|bad)[_ ](api[_ ]?key|x-api-key)|api[_ ]key[_ ]invalid", re.IGNORECASE)
RATE = re.compile(r"rate[_ -]?limit|too many requests", re.IGNORECASE)
WORDS: tuple[tuple[re.Pattern[str], ErrorCode], ...] = (
    (re.compile(r"overload|capacity|unavailable|insufficient_system_resource|provider_overloaded", re.I), "overloaded"),
    (RATE, "rate_limited"),
    (re.compile(r"authenticat|invalid_api_key|unauthori", re.I), "authentication"),
    (re.compile(r"permission|forbidden", re.I), "permission"),
    (re.compile(r"not_?found|does not exist", re.I), "not_found"),
    (re.compile(r"time(d)?[_ -]?out", re.I), "timed_out"),
    (re.compile(r"invalid|bad_request|BadRequest|tool_use_failed|validation", re.I), "bad_request"),
)
BY_STATUS: dict[int, ErrorCode] = {
    401: "authentication",
    402: "payment",
    403: "permission",
    404: "not_found",
    408: "timed_out",
    429: "rate_limited",
    451: "content_filtered",
    498: "overloaded",
    502: "overloaded",
    503: "overloaded",
    529: "overloaded",
    504: "timed_out",
    524: "timed_out",
}
BASE_RESP = {1002: "rate_limit", 1004: "authentication", 1008: "insufficient_balance", 1039: "rate_limit"}
"""MiniMax reports failures inside 200 answers under numbers of its own."""
RETRIED_STATUSES = frozenset({408, 409, 425, 429, 498, 504, 524})
KEYLIKE = re.compile(
    r"(?:\b(?:sk|pk|rk|gsk|xai|nvapi|hf|pplx|fw|csk|r8|AIza|AKIA|ghp|tgp)[-_](?:[A-Za-z0-9_*…-]|\.(?=\w)){6,})"
    r"|(?:\bAIza[A-Za-z0-9_-]{20,})|(?:\bya29\.[A-Za-z0-9_-]{20,})|(?:\bAKIA[A-Z0-9]{12,})|(?:\beyJ(?:[A-Za-z0-9_-]|\.(?=\w)){20,})"
    r"|(?i:(?<=bearer )[^\s\"',]{6,})"
    r"|(?:\b(?=[A-Za-z0-9]*[0-9])(?=[A-Za-z0-9]*[A-Za-z])[A-Za-z0-9]{32,}\b)"
)
SUPPORT_ID = re.compile(r"\b(?:request|correlation|trace|activity)[ _-]?id\W{0,4}\Z", re.IGNORECASE)
"""Before a number to quote to the provider's support, which looks like a key."""
HEX = re.compile(r"[0-9A-Fa-f]{32}")
REQUEST_IDS = ("x-request-id", "request-id", "x-generation-id", "apim-request-id", "x-amzn-requestid", "nvcf-reqid")
EXCERPT = 400


class ErrorBody(NamedTuple):
    """What an error body says: its message, and the words and numbers that classify it."""

    message: str
    words: str
    code: int | None
    retry_after: float | None = None


def error_in(value: Any) -> ErrorBody | None:
    """The error in a JSON value of any known shape; None if it holds none."""
    if isinstance(value, list) and value:
        value = value[0]
    if not isinstance(value, dict):
        return None
    error = value.get("error") or value.get("errors")
    if isinstance(error, list) and error:
        error = error[0]
    if isinstance(error, str):
        return _body(error, {**value, "error": None})
    if isinstance(error, dict):
        return _body(_message(error), error)
    if error:
        return _body("", value)
    status = at_path(value, "base_resp.status_code")
    if status:
        said = as_text(at_path(value, "base_resp.status_msg"))
        return _body(said, {"code": status, "type": BASE_RESP.get(status) if isinstance(status, int) else None})
    if any(name in value for name in ("message", "Message", "detail", "title", "error_code")):
        return _body(_message(value), value)
    return None


def _message(error: dict[str, Any]) -> str:
    for name in ("message", "Message", "detail", "description", "msg", "title", "error"):
        value = error.get(name)
        if isinstance(value, str) and value:
            return value
        if value and name in {"message", "detail"}:
            return _plain(value)
    return ""


def _plain(value: Any) -> str:
    """Validation lists and other structures in one line."""
    if isinstance(value, list):
        return "; ".join(_plain(item) for item in value[:5])
    if isinstance(value, dict):
        said = as_text(value.get("msg")) or as_text(value.get("message"))
        if not said and "detail" in value:
            return _plain(value["detail"])
        where = value.get("loc")
        place = ".".join(map(str, where)) if isinstance(where, list) else ""
        return f"{place}: {said}" if place and said else said or str(value)[:EXCERPT]
    return str(value)


def _body(message: str, error: dict[str, Any]) -> ErrorBody:
    code = error.get("code", error.get("status_code"))
    metadata = as_dict(error.get("metadata"))
    names = (error.get("type"), code, error.get("status"), error.get("error_type"), error.get("error_code"))
    words = " ".join(str(name) for name in (*names, metadata.get("error_type")) if isinstance(name, str | int))
    number = int(code) if isinstance(code, int | str) and re.fullmatch(r"\d{3,6}", str(code), re.ASCII) else None
    raw = metadata.get("raw")
    if isinstance(raw, str) and raw and raw not in message:
        message = f"{message}: {raw}" if message else raw
    return ErrorBody(message, words, number, said_in(json.dumps(error, default=str)[:LONGEST_BODY]))


def scrub(text: str) -> str:
    """``text`` without anything that looks like a credential, on one line."""
    return KEYLIKE.sub(_removed, " ".join(clean_text(text).split()))


def _removed(found: re.Match[str]) -> str:
    before = found.string[max(0, found.start() - 24) : found.start()]
    return found[0] if HEX.fullmatch(found[0]) and SUPPORT_ID.search(before) else "[removed]"


def classify_response(status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    """The error of a response whose status is not 2xx; never raises."""
    try:
        found = error_in(_unframed(body))
    except ValueError:
        found = None
    if found is None:
        found = ErrorBody(_excerpt(body), "", None)
    wait = retry_after(headers, body, status)
    code = _code_of_status(status, found._replace(retry_after=wait))
    message = scrub(found.message) or f"HTTP {status} without an explanation."
    return ProviderError(
        code,
        message,
        status=status,
        retryable=_retryable(status, headers, code),
        retry_after=wait,
        request_id=request_id(headers),
    )


def _unframed(body: bytes) -> Any:
    """The JSON of an error body, which some servers send as one event even with a 4xx status."""
    text = body.strip()
    for line in text.splitlines() if text[:1] not in {b"{", b"["} else ():
        if line.startswith(b"data:"):
            return read_json(line[5:])
    return read_json(text)


def _excerpt(body: bytes) -> str:
    text = body[: EXCERPT * 4].decode("utf-8", "replace").strip()
    if text[:1] == "<":
        return "The server answered with a web page. Check the base URL."
    return text[:EXCERPT]


def _code_of_status(status: int, found: ErrorBody) -> ErrorCode:
    said = f"{found.words} {found.message}"
    if status in {402, 403, 429} and _is_quota(found):
        return "spend_limit" if status == 429 else "payment"
    if 400 <= status < 500 and status not in {401, 402, 408, 429}:
        special = _special_code(said)
        if special and not (status in {403, 404} and special == "unsupported"):
            return special
    if status in BY_STATUS:
        return BY_STATUS[status]
    return "server" if status >= 500 else "bad_request"


def _is_quota(found: ErrorBody) -> bool:
    """By the server's own names. Words about billing alone may be an offer to raise the rate that was exceeded."""
    if QUOTA.search(found.words):
        return True
    is_rate = found.retry_after is not None or RATE.search(found.words)
    return not is_rate and QUOTA.search(found.message) is not None


def _special_code(said: str) -> ErrorCode | None:
    """What a refused request is really about."""
    if BAD_KEY.search(said):
        return "authentication"
    if CONTEXT.search(said):
        return "context_too_long"
    if FILTERED.search(said):
        return "content_filtered"
    return "unsupported" if UNSUPPORTED.search(said) else None


def _retryable(status: int, headers: Mapping[str, str], code: ErrorCode) -> bool:
    advice = headers.get("x-should-retry", "").lower()
    if advice in {"true", "false"}:
        return advice == "true"
    if code == "spend_limit":
        return False
    return status in RETRIED_STATUSES or status >= 500 or code in RETRYABLE


def stream_error(found: ErrorBody) -> ProviderError:
    """An error reported inside a 200 answer; a numeric code is read as the HTTP status it stands for."""
    message = scrub(found.message) or "The provider reported an error without an explanation."
    said = f"{found.words} {found.message}"
    if _is_quota(found) and found.code not in {500, 502, 503}:
        return ProviderError("spend_limit", message, retryable=False)
    if found.code is not None and 400 <= found.code < 600:
        code = _code_of_status(found.code, found)
        retryable = _retryable(found.code, {}, code)
    else:
        load = next((code for pattern, code in WORDS[:2] if pattern.search(found.words)), None)
        code = load or _special_code(said) or _code_of_words(found) or "server"
        retryable = code in RETRYABLE or code == "timed_out"
    wait = found.retry_after if retryable else None
    return ProviderError(code, message, retryable=retryable, retry_after=wait)


def _code_of_words(found: ErrorBody) -> ErrorCode | None:
    """By the server's own names for it; a message alone is trusted only about load."""
    named = next((code for pattern, code in WORDS if pattern.search(found.words)), None)
    return named or next((code for pattern, code in WORDS[:2] if pattern.search(found.message)), None)


def request_id(headers: Mapping[str, str]) -> str | None:
    """The id to quote to the provider's support."""
    return next((headers[name][:200] for name in REQUEST_IDS if headers.get(name)), None)
