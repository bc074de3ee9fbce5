"""Error bodies of every shape met so far: their words, their code, whether to try again. No key in any of them."""

import json
from typing import Any

import pytest

from providers.contract.errors import MESSAGE_LIMIT
from providers.dialects.errors import classify_response, error_in, scrub, stream_error


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"error": {"message": "said", "type": "t", "code": "c", "param": None}}, "said"),
        ({"error": "said"}, "said"),
        ({"error": ["said", "more"]}, "said"),
        ({"errors": [{"message": "said"}]}, "said"),
        ({"error": {"code": "1302", "message": "said"}}, "said"),
        ({"code": "x", "error": "said"}, "said"),
        ({"message": "said"}, "said"),
        ({"Message": "said"}, "said"),
        ({"detail": "said"}, "said"),
        ({"detail": [{"loc": ["body", "n"], "msg": "too big", "input": "x"}]}, "body.n: too big"),
        ({"object": "error", "message": "said"}, "said"),
        ({"object": "error", "message": {"detail": [{"msg": "said"}]}}, "said"),
        ({"type": "error", "error": {"type": "overloaded_error", "message": "said"}}, "said"),
        ([{"error": {"message": "said", "status": "INVALID_ARGUMENT"}}], "said"),
        ({"error_code": "BAD_REQUEST", "message": "said"}, "said"),
        ({"title": "Bad", "detail": "said", "status": 400}, "said"),
        ({"base_resp": {"status_code": 1002, "status_msg": "said"}}, "said"),
        ({"error": {"message": "said", "metadata": {"raw": "inner"}}}, "said: inner"),
        ({"error": {"metadata": {"raw": "inner"}}}, "inner"),
        ({"tpe": "x", "errors": [{"key": "k", "description": "said"}]}, "said"),
    ],
)
def test_every_shape(body: Any, message: str) -> None:
    assert classify_response(400, {}, json.dumps(body).encode()).message == message


@pytest.mark.parametrize(
    "value", [None, 7, "x", [], {}, {"choices": []}, {"error": None}, {"base_resp": {"status_code": 0}}]
)
def test_no_error_in_it(value: Any) -> None:
    assert error_in(value) is None


@pytest.mark.parametrize(
    ("status", "body", "code", "retryable"),
    [
        (400, {"error": {"message": "no"}}, "bad_request", False),
        (400, {"error": {"message": "This model's maximum context length is 8192 tokens"}}, "context_too_long", False),
        (400, {"error": {"message": "x", "code": "context_length_exceeded"}}, "context_too_long", False),
        (413, {"error": {"message": "prompt is too long: 300000 tokens"}}, "context_too_long", False),
        (400, {"error": {"message": "x", "code": "content_filter"}}, "content_filtered", False),
        (400, {"error": {"message": "x", "code": "data_inspection_failed"}}, "content_filtered", False),
        (403, {"error": {"message": "Your input was flagged"}}, "content_filtered", False),
        (
            400,
            {"error": {"message": "Unsupported parameter: 'temperature'", "code": "unsupported_parameter"}},
            "unsupported",
            False,
        ),
        (422, {"detail": [{"msg": "Extra inputs are not permitted"}]}, "unsupported", False),
        (400, {"error": {"message": "Incorrect API key provided"}}, "authentication", False),
        (401, {}, "authentication", False),
        (402, {}, "payment", False),
        (403, {"error": {"message": "You have insufficient credits"}}, "payment", False),
        (403, {}, "permission", False),
        (404, {"error": {"message": "The model does not exist"}}, "not_found", False),
        (408, {}, "timed_out", True),
        (409, {}, "bad_request", True),
        (422, {}, "bad_request", False),
        (429, {"error": {"message": "Rate limit reached"}}, "rate_limited", True),
        (429, {"error": {"message": "x", "type": "insufficient_quota"}}, "spend_limit", False),
        (429, {"error": {"message": "x", "type": "exceeded_current_quota_error"}}, "spend_limit", False),
        (429, {"error": {"code": "1113", "message": "x"}}, "spend_limit", False),
        (429, {"error": {"message": "x", "type": "engine_overloaded_error"}}, "rate_limited", True),
        (498, {}, "overloaded", True),
        (500, {}, "server", True),
        (502, {}, "overloaded", True),
        (503, {"error": {"message": "Loading model"}}, "overloaded", True),
        (504, {}, "timed_out", True),
        (529, {}, "overloaded", True),
        (599, {}, "server", True),
        (418, {}, "bad_request", False),
    ],
)
def test_codes(status: int, body: Any, code: str, retryable: bool) -> None:
    error = classify_response(status, {}, json.dumps(body).encode())

    assert (error.code, error.retryable, error.status) == (code, retryable, status)


@pytest.mark.parametrize(("advice", "retryable"), [("true", True), ("false", False)])
def test_the_server_knows_best_whether_to_try_again(advice: str, retryable: bool) -> None:
    assert classify_response(400 if retryable else 503, {"x-should-retry": advice}, b"").retryable is retryable


def test_hints_and_the_request_id_are_kept() -> None:
    error = classify_response(429, {"retry-after": "7", "x-request-id": "req_1"}, b"{}")

    assert (error.retry_after, error.request_id) == (7, "req_1")


UPGRADE = {"message": "Too many tokens a minute. For more, see https://host.example/settings/billing", "type": "tokens"}
SPENT = {"message": "You exceeded your quota, check your billing", "code": "insufficient_quota"}


@pytest.mark.parametrize(
    ("error", "headers", "code", "retryable"),
    [
        ({**UPGRADE, "code": "rate_limit_exceeded"}, {}, "rate_limited", True),
        (UPGRADE, {"retry-after": "8"}, "rate_limited", True),
        ({**UPGRADE, "message": f"{UPGRADE['message']}. Please try again in 7.66s."}, {}, "rate_limited", True),
        ({"message": "Check your plan and billing details"}, {}, "spend_limit", False),
        (SPENT, {"retry-after": "8"}, "spend_limit", False),
    ],
)
def test_an_offer_of_more_is_no_empty_purse(
    error: dict[str, Any], headers: dict[str, str], code: str, retryable: bool
) -> None:
    refused = classify_response(429, headers, json.dumps({"error": error}).encode())

    assert (refused.code, refused.retryable) == (code, retryable)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "HTTP 500 without an explanation."),
        (b"Internal Server Error", "Internal Server Error"),
        (b"<html><body>x</body></html>", "The server answered with a web page. Check the base URL."),
        (b'data: {"error": {"message": "framed"}}\n\n', "framed"),
        (b'event: error\ndata: {"error": {"message": "framed"}}\n\n', "framed"),
        (b': wait\n\nid: 1\ndata: {"error": {"message": "framed"}}\n\n', "framed"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b'{"half": ', '{"half":'),
    ],
)
def test_bodies_that_are_no_json(body: bytes, message: str) -> None:
    assert classify_response(500, {}, body).message == message


KEYS = [
    "sk-proj-abcdefghijklmnop",
    "sk-ant-REDACTED",
    "gsk_abcdefghijklmnopqrstuv",
    "xai-abcdefghijklmnop",
    "nvapi-abcdefghij",
    "hf_abcdefghijklmnop",
    "pplx-abcdefghijklm",
    "AIzaSyA1234567890abcdefghijklmnopqrs",
    "AKIAIOSFODNN7EXAMPLE",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
    "0123456789abcdef0123456789abcdef",
    "sk-abc***************wxyz",
]


@pytest.mark.parametrize("key", KEYS)
def test_nothing_key_like_stays(key: str) -> None:
    body = json.dumps({"error": {"message": f"Incorrect API key: {key}. See docs."}}).encode()

    message = classify_response(401, {}, body).message

    assert key not in message
    assert message == "Incorrect API key: [removed]. See docs."


def test_what_support_asks_for_stays() -> None:
    number = "0123456789abcdef0123456789abcdef"

    assert scrub(f"Please include the request ID {number} in your message.").count(number) == 1
    assert scrub(f"correlation-id: {number}") == f"correlation-id: {number}"
    assert number not in scrub(f"The request id is wrong, as is the key {number}.")


def test_ordinary_words_stay() -> None:
    text = "The model `accounts/fireworks/models/glm-5p3` does not exist; gpt-6.1-terra-2026-09-01 does. task-force."

    assert scrub(text) == text


def test_bearer_tokens_go_and_messages_are_short_and_of_one_line() -> None:
    assert scrub("Authorization:\n  Bearer abc.def/ghi= is bad") == "Authorization: Bearer [removed] is bad"
    assert len(classify_response(400, {}, json.dumps({"error": "y" * 2000}).encode()).message) == MESSAGE_LIMIT


@pytest.mark.parametrize(
    ("body", "code", "retryable"),
    [
        ({"error": {"message": "x", "code": 429}}, "rate_limited", True),
        ({"error": {"message": "x", "code": "529"}}, "overloaded", True),
        ({"error": {"message": "x", "code": 400}}, "bad_request", False),
        ({"error": {"message": "x", "type": "overloaded_error"}}, "overloaded", True),
        ({"error": {"message": "x", "type": "server_error"}}, "server", True),
        ({"error": {"message": "x", "type": "rate_limit_error"}}, "rate_limited", True),
        ({"error": {"message": "x", "type": "invalid_request_error"}}, "bad_request", False),
        ({"error": {"message": "x", "type": "authentication_error"}}, "authentication", False),
        ({"error": {"message": "x", "metadata": {"error_type": "provider_unavailable"}}}, "overloaded", True),
        ({"error": {"message": "maximum context length"}}, "context_too_long", False),
        ({"error": {"message": "Insufficient balance", "code": 402}}, "spend_limit", False),
        ({"error": {**UPGRADE, "code": "rate_limit_exceeded"}}, "rate_limited", True),
        ({"error": {}, "message": "x"}, "server", True),
        ({"base_resp": {"status_code": 1008, "status_msg": "x"}}, "spend_limit", False),
        ({"error": "?"}, "server", True),
    ],
)
def test_errors_inside_a_good_answer(body: Any, code: str, retryable: bool) -> None:
    found = error_in(body)

    assert found is not None
    error = stream_error(found)
    assert (error.code, error.retryable, error.status) == (code, retryable, None)
