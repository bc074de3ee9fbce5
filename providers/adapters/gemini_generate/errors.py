"""What Google's errors mean beyond their status: the details say more than the words."""

import re

from providers.contract.errors import ErrorCode, ProviderError
from providers.dialects.retry_hints import retry_after

BAD_KEY = re.compile(rb"API_KEY_INVALID|API key not valid|API key expired|ACCESS_TOKEN_(TYPE_UNSUPPORTED|EXPIRED)")
CONTEXT = re.compile(rb"exceeds the maximum number of tokens", re.IGNORECASE)


def refined(error: ProviderError, body: bytes) -> ProviderError:
    """The same error with the code and the delay that its body gives.

    "You exceeded your current quota" is said of a minute's limit too: with a delay, trying again is worth it.
    """
    delay = error.retry_after if error.retry_after is not None else retry_after({}, body)
    code: ErrorCode = error.code
    retryable = error.retryable
    if code in {"bad_request", "permission"} and BAD_KEY.search(body):
        code = "authentication"
    elif code == "bad_request" and CONTEXT.search(body):
        code = "context_too_long"
    elif code == "spend_limit" and delay is not None:
        code, retryable = "rate_limited", True
    if (code, delay) == (error.code, error.retry_after):
        return error
    return ProviderError(
        code,
        error.message,
        status=error.status,
        retryable=retryable,
        retry_after=delay,
        request_id=error.request_id,
    )
