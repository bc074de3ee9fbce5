"""What can go wrong with a provider, named by remedy.

``ProviderError`` is the failure of one call. ``SetupError`` (no key, unknown protocol, unknown provider) is not a
``ProviderError``: a ``except ProviderError`` around a call never hides a mistake in the configuration.
"""

from typing import Any, Literal

ErrorCode = Literal[
    "authentication",
    "permission",
    "payment",
    "not_found",
    "bad_request",
    "unsupported",
    "context_too_long",
    "content_filtered",
    "rate_limited",
    "overloaded",
    "server",
    "connection",
    "timed_out",
    "malformed_stream",
    "incomplete",
    "over_limit",
    "spend_limit",
]
RETRYABLE: frozenset[str] = frozenset({"rate_limited", "overloaded", "server", "connection"})
MESSAGE_LIMIT = 1000


class ProviderError(Exception):
    """One failed call. ``message``: the provider's own words, scrubbed and cut to ``MESSAGE_LIMIT``.

    ``retryable``: whether the same request may succeed later. ``retry_after``: seconds the provider asked us to
    wait. ``status``: HTTP status, None if no response came. No field ever contains a key.
    """

    def __init__(
        self,
        code: ErrorCode,
        message: str,
        *,
        status: int | None = None,
        retryable: bool | None = None,
        retry_after: float | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.code: ErrorCode = code
        self.message = message[:MESSAGE_LIMIT]
        self.status = status
        self.retryable = code in RETRYABLE if retryable is None else retryable
        self.retry_after = retry_after
        self.request_id = request_id

    def as_dict(self) -> dict[str, Any]:
        """The shape of ``error`` in events, API and rows."""
        return {
            "code": self.code,
            "message": self.message,
            "status": self.status,
            "retryable": self.retryable,
            "retry_after": self.retry_after,
            "request_id": self.request_id,
        }


class SetupError(Exception):
    """The installation cannot make this call; ``code`` is one of ErrorCode, ``message`` says what to do."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code: ErrorCode = code
        self.message = message

    def as_dict(self) -> dict[str, Any]:
        """Same shape as ``ProviderError.as_dict``; never retryable."""
        return {
            "code": self.code,
            "message": self.message,
            "status": None,
            "retryable": False,
            "retry_after": None,
            "request_id": None,
        }
