"""The adapter as a whole: what it says of refusals, and its catalog entry."""

import json
from typing import Any

import pytest

from providers.adapters import get_adapter
from providers.catalog import load_catalog
from providers.contract.messages import ChatRequest, Message, Params

ADAPTER = get_adapter("anthropic_messages")


def refusal(kind: str, message: str = "Said so.", **more: Any) -> bytes:
    return json.dumps({"type": "error", "error": {"type": kind, "message": message}, **more}).encode()


@pytest.mark.parametrize(
    ("status", "kind", "message", "code", "retryable"),
    [
        (400, "invalid_request_error", "messages: roles must alternate", "bad_request", False),
        (400, "invalid_request_error", "prompt is too long: 9 tokens > 8 maximum", "context_too_long", False),
        (400, "invalid_request_error", "temperature: Extra inputs are not permitted", "unsupported", False),
        (401, "authentication_error", "invalid x-api-key", "authentication", False),
        (402, "billing_error", "Pay.", "payment", False),
        (403, "permission_error", "Not yours.", "permission", False),
        (404, "not_found_error", "model: claude-x", "not_found", False),
        (413, "request_too_large", "Request exceeds the maximum size", "bad_request", False),
        (429, "rate_limit_error", "Slow down.", "rate_limited", True),
        (500, "api_error", "Internal server error", "server", True),
        (504, "timeout_error", "Too slow.", "timed_out", True),
        (529, "overloaded_error", "Overloaded", "overloaded", True),
    ],
)
def test_refusals(status: int, kind: str, message: str, code: str, retryable: bool) -> None:
    error = ADAPTER.classify(status, {}, refusal(kind, message))

    assert (error.code, error.message, error.status, error.retryable) == (code, message, status, retryable)


def test_hints_of_the_headers() -> None:
    headers = {"retry-after": "7", "request-id": "req_h", "x-should-retry": "false"}

    error = ADAPTER.classify(529, headers, refusal("overloaded_error", request_id="req_b"))

    assert (error.retry_after, error.request_id, error.retryable) == (7, "req_h", False)


def test_the_request_id_of_the_body_where_no_header_has_it() -> None:
    assert ADAPTER.classify(500, {}, refusal("api_error", request_id="req_b")).request_id == "req_b"
    assert ADAPTER.classify(500, {}, refusal("api_error", request_id=["odd"])).request_id is None
    assert ADAPTER.classify(502, {}, b"<html>").request_id is None


def test_anthropic_itself() -> None:
    spec = load_catalog()["anthropic"]
    request = ChatRequest(
        model_id="claude-haiku-5-5", messages=(Message.of_text("user", "hi"),), params=Params(max_tokens=5)
    )

    rendered = ADAPTER.render(request, spec)

    assert spec.base_url + rendered.path == "https://api.anthropic.com/v1/messages"
    assert rendered.headers["anthropic-version"] == spec.headers["anthropic-version"] == spec.messages.version
    assert rendered.body == {
        "model": "claude-haiku-5-5",
        "max_tokens": 5,
        "messages": [{"role": "user", "content": "hi"}],
        "stream": True,
    }
    assert (spec.auth.kind, spec.auth.header, spec.auth.prefix) == ("header", "x-api-key", "")
    assert spec.models_path == "/v1/models?limit=1000"


def test_the_version_of_the_protocol_goes_before_that_of_the_list() -> None:
    spec = load_catalog()["anthropic"]
    newer = spec.model_copy(update={"messages": spec.messages.model_copy(update={"version": "2026-10-21"})})
    request = ChatRequest(model_id="claude-sonnet-4-6", messages=(Message.of_text("user", "hi"),))

    assert ADAPTER.render(request, newer).headers["anthropic-version"] == "2026-10-21"
