"""AWS names its errors: in a header of the response, or as the name of a frame. The names say more than the status."""

from collections.abc import Mapping
from typing import Any

from providers.contract.errors import ErrorCode, ProviderError
from providers.dialects.errors import ErrorBody, classify_response, stream_error
from providers.dialects.jsonvalue import as_count, as_text

NAMED: dict[str, ErrorCode] = {
    "UnrecognizedClientException": "authentication",
    "InvalidSignatureException": "authentication",
    "SignatureDoesNotMatch": "authentication",
    "IncompleteSignatureException": "authentication",
    "MissingAuthenticationTokenException": "authentication",
    "ExpiredTokenException": "authentication",
    "InvalidClientTokenId": "authentication",
    "AccessDeniedException": "permission",
    "ResourceNotFoundException": "not_found",
    "ThrottlingException": "rate_limited",
    "ModelNotReadyException": "overloaded",
    "ServiceUnavailableException": "overloaded",
    "ModelTimeoutException": "timed_out",
    "ServiceQuotaExceededException": "spend_limit",
}
IN_STREAM = {
    "internalserver": 500,
    "modelstreamerror": 500,
    "validation": 400,
    "throttling": 429,
    "serviceunavailable": 503,
    "modeltimeout": 408,
    "modelnotready": 503,
    "accessdenied": 403,
    "resourcenotfound": 404,
}
"""Exception -> the status that it would have had as a response. A stream that broke is worth another try."""
TOO_MUCH = frozenset({408, 429})
"""The model's own status, where it says more than the exception."""
UNKNOWN_MODEL = ("provided model identifier is invalid", "end of its life", "model version is not supported")
NOT_TAKEN = ("doesn't support", "isn't supported", "isn\u2019t supported", "not supported")


def classify(status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    """As any server's error, then by AWS's own name for it; never raises."""
    error = classify_response(status, headers, body)
    name = headers.get("x-amzn-errortype", "").partition(":")[0].rpartition("#")[2]
    code = NAMED.get(name) or (_of_validation(error) if error.code == "bad_request" else error.code)
    if code == error.code:
        return error
    return ProviderError(
        code,
        error.message,
        status=error.status,
        retryable=error.retryable,
        retry_after=error.retry_after,
        request_id=error.request_id,
    )


def _of_validation(error: ProviderError) -> ErrorCode:
    """AWS calls everything a ValidationException; what it is about stands in its words."""
    said = error.message.lower()
    if any(words in said for words in UNKNOWN_MODEL):
        return "not_found"
    return "unsupported" if any(words in said for words in NOT_TAKEN) else error.code


def is_exception(event: str) -> bool:
    return event.startswith("exception:") or event.endswith("Exception")


def exception(event: str, payload: Mapping[str, Any]) -> ProviderError:
    """The failure that a frame of an exception reports."""
    name = event.removeprefix("exception:")
    kind = name.lower().removesuffix("exception")
    said = as_text(payload.get("message")) or as_text(payload.get("Message"))
    original = as_text(payload.get("originalMessage"))
    if original not in said:
        said = f"{said}: {original}" if said else original
    status = as_count(payload.get("originalStatusCode"))
    if status is None or (status < 500 and status not in TOO_MUCH):
        status = IN_STREAM.get(kind)
    if status is None and name.isdigit():
        status = int(name)
    return stream_error(ErrorBody(said or f"The provider broke off with {name}.", name, status))
