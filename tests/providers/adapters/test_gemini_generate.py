"""What recordings do not show of Gemini's answers: pieces of arguments, errors in detail, what follows a failure."""

import json
from typing import Any

import pytest

from providers.adapters.gemini_generate import ADAPTER
from providers.adapters.gemini_generate.partial_args import PartialArgs
from providers.adapters.gemini_generate.usage import Counts
from providers.contract.events import (
    BlockOpened,
    Delta,
    Finished,
    ResponseInfo,
    StreamEnded,
    StreamEvent,
    StreamFailed,
    UsageReported,
)
from providers.contract.quirks import GeminiQuirks
from providers.contract.spec import ProviderSpec

SPEC = ProviderSpec(slug="any", name="Any", base_url="https://host/v1")


def feed(*chunks: Any, spec: ProviderSpec = SPEC) -> list[StreamEvent]:
    parser = ADAPTER.parser(spec)
    data = [chunk if isinstance(chunk, bytes) else json.dumps(chunk).encode() for chunk in chunks]
    return [*(event for each in data for event in parser.feed(each)), *parser.end()]


def parts(*given: Any, **candidate: Any) -> dict[str, Any]:
    return {"candidates": [{"content": {"parts": list(given)}, **candidate}]}


def finish(reason: Any) -> Finished | None:
    events = feed(parts(finishReason=reason))
    return next((event for event in events if isinstance(event, Finished)), None)


def failure(events: list[StreamEvent]) -> StreamFailed:
    found = [event for event in events if isinstance(event, StreamFailed)]
    assert len(found) == 1
    return found[0]


def test_end_marker_of_gateways() -> None:
    assert isinstance(feed(parts({"text": "a"}), b"[DONE]", parts({"text": "b"}))[-1], StreamEnded)


def test_after_a_failure_only_usage_counts() -> None:
    usage = {"usageMetadata": {"promptTokenCount": 3}}

    events = feed({"error": {"code": 500, "message": "x"}}, parts({"text": "b"}), b"{", usage)

    assert [type(event) for event in events] == [StreamFailed, UsageReported]


def test_half_a_character_at_the_end() -> None:
    events = feed(b'{"candidates":[{"content":{"parts":[{"text":"a\\ud83d"}]}}]}')

    assert [event.text for event in events if isinstance(event, Delta)] == ["a", "\ufffd"]


def test_signed_text_is_a_block_of_its_own() -> None:
    events = feed(parts({"text": "a"}), parts({"text": "b", "thoughtSignature": "s"}), parts({"text": "c"}))

    opened = [event for event in events if isinstance(event, BlockOpened)]
    assert [event.index for event in opened] == [0, 1, 2]
    assert [event.data for event in opened] == [None, {"replay": replay(signature="s")}, None]


def replay(**said: Any) -> dict[str, Any]:
    return {"protocol": "gemini_generate", "platform": "studio", **said}


def test_signatures_on_empty_parts_are_kept_in_order() -> None:
    events = feed(
        parts({"functionCall": {"name": "f"}}), parts({"text": "", "thoughtSignature": "s"}, {"thoughtSignature": "t"})
    )

    last = [event for event in events if isinstance(event, BlockOpened)][-1]
    assert (last.index, last.kind) == (0, "tool_call")
    assert last.data == {"replay": replay(after=["s", "t"])}


def test_a_signature_before_anything_else() -> None:
    [opened] = feed(parts({"text": "", "thoughtSignature": "s"}))

    assert opened == BlockOpened(0, "text", data={"replay": replay(after=["s"])})


def test_the_platform_is_remembered() -> None:
    vertex = SPEC.model_copy(update={"gemini": GeminiQuirks(platform="vertex")})

    [opened, _] = feed(parts({"text": "a", "thoughtSignature": "s"}), spec=vertex)

    assert isinstance(opened, BlockOpened)
    assert opened.data == {"replay": {**replay(signature="s"), "platform": "vertex"}}


def test_parts_that_say_nothing() -> None:
    assert feed(parts({}, {"functionCall": {}}, {"inlineData": {}}, {"fileData": {"mimeType": "a/b"}}, "x", None)) == []


@pytest.mark.parametrize(
    ("part", "kind", "data"),
    [
        ({"inlineData": {"mimeType": "audio/wav", "data": "eA=="}}, "audio", {"data": "eA=="}),
        ({"inlineData": {"mimeType": "application/pdf", "data": "eA=="}}, "file", {"data": "eA=="}),
        ({"fileData": {"mimeType": "video/mp4", "fileUri": "gs://b/v"}}, "video", {"url": "gs://b/v"}),
        ({"inlineData": {"mimeType": "image/png", "data": "eA=="}, "thought": True}, "image", {"thought": True}),
    ],
)
def test_media(part: dict[str, Any], kind: str, data: dict[str, Any]) -> None:
    [opened] = feed(parts(part))

    assert isinstance(opened, BlockOpened)
    assert opened.kind == kind
    assert opened.data is not None
    assert data.items() <= opened.data.items()


def test_results_find_their_calls() -> None:
    code = {"executableCode": {"code": "1", "language": "PYTHON"}}
    result = {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1"}}

    events = feed(parts(code, code, result, result, result))

    assert [event.index for event in events if isinstance(event, BlockOpened)] == [0, 1, 1, 0, 2]


def test_a_call_that_never_ends() -> None:
    call = {
        "functionCall": {"name": "f", "willContinue": True, "partialArgs": [{"jsonPath": "$.a", "stringValue": "x"}]}
    }

    events = feed(parts(call))

    assert events[-1] == Delta(0, "tool_call", '{"a": "x"}')


def test_a_new_name_ends_the_call_before() -> None:
    first = {"functionCall": {"name": "f", "willContinue": True}}
    again = {
        "functionCall": {"name": "f", "partialArgs": [{"jsonPath": "$.a", "numberValue": 1}], "willContinue": True}
    }
    second = {"functionCall": {"name": "g", "args": {"b": 2}}}

    events = feed(parts(first), parts(again), parts(second))

    assert [event.text for event in events if isinstance(event, Delta)] == ['{"a": 1}', '{"b": 2}']


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$.a.b", {"a": {"b": 1}}),
        ("$.a[2]", {"a": [None, None, 1]}),
        ("$['a.b'][0]", {"a.b": [1]}),
        ('$["a"].b', {"a": {"b": 1}}),
        (r"$['it\'s']", {"it's": 1}),
        ("$.a[99999999]", {"a": []}),
        ("$", {}),
        ("", {}),
        ("$[0]", {}),
    ],
)
def test_places_of_arguments(path: str, value: Any) -> None:
    args = PartialArgs()
    args.feed([{"jsonPath": path, "numberValue": 1}])

    assert json.loads(args.text()) == value


def test_later_pieces_win_over_other_kinds() -> None:
    args = PartialArgs({"a": "x"})
    args.feed([{"jsonPath": "$.a.b", "boolValue": True}, {"jsonPath": "$.c"}, {"jsonPath": "$.d", "nullValue": "N"}, 7])

    assert json.loads(args.text()) == {"a": {"b": True}, "d": None}


@pytest.mark.parametrize(
    ("native", "reason"),
    [
        ("STOP", "stop"),
        ("CONTINUATION", "length"),
        ("SPII", "content_filter"),
        ("MODEL_ARMOR", "content_filter"),
        ("IMAGE_RECITATION", "content_filter"),
        ("UNEXPECTED_TOOL_CALL", "error"),
        ("MISSING_THOUGHT_SIGNATURE", "error"),
        ("OTHER", "error"),
        ("SOMETHING_NEW", "error"),
        (2, "length"),
    ],
)
def test_reasons(native: Any, reason: str) -> None:
    found = finish(native)

    assert found is not None
    assert found.reason == reason


@pytest.mark.parametrize("native", ["FINISH_REASON_UNSPECIFIED", "", None, 0, [], {}])
def test_no_reason(native: Any) -> None:
    assert finish(native) is None


def test_a_reason_that_changes_is_said_again() -> None:
    events = feed(
        parts({"text": "a"}, finishReason="STOP"), parts({"functionCall": {"name": "f"}}, finishReason="STOP")
    )

    assert [event.reason for event in events if isinstance(event, Finished)] == ["stop", "tool_calls"]


def test_unspecified_counts_stay_unknown() -> None:
    usage = Counts().read({"promptTokenCount": 0, "thoughtsTokenCount": 2, "candidatesTokenCount": None})

    assert usage is not None
    assert (usage.input, usage.output, usage.reasoning, usage.total, usage.cache_read) == (0, 2, 2, None, None)
    assert Counts().read({"trafficType": "ON_DEMAND"}) is None


def test_counts_are_never_summed_over_chunks() -> None:
    counts = Counts()
    counts.read({"promptTokenCount": 9, "thoughtsTokenCount": 400, "totalTokenCount": 409})

    usage = counts.read({"promptTokenCount": 9, "thoughtsTokenCount": 20, "totalTokenCount": 29})

    assert usage is not None
    assert (usage.input, usage.output, usage.total) == (9, 20, 29)


def test_traffic_and_service_tier_are_metadata() -> None:
    events = feed({"usageMetadata": {"trafficType": "ON_DEMAND"}}, {"usageMetadata": {"trafficType": "ON_DEMAND"}})

    assert events == [ResponseInfo(None, None, {"traffic_type": "ON_DEMAND"})]


@pytest.mark.parametrize(
    ("status", "body", "code", "retryable", "retry_after"),
    [
        (400, {"message": "API key not valid.", "details": [{"reason": "API_KEY_INVALID"}]},
         "authentication", False, None),
        (400, {"message": "The input token count (9) exceeds the maximum number of tokens allowed (5)."},
         "context_too_long", False, None),
        (429, {"message": "You exceeded your current quota, please check your plan and billing details.",
               "details": [{"retryDelay": "34.5s"}]}, "rate_limited", True, 34.5),
        (429, {"message": "You exceeded your current quota, please check your plan."}, "spend_limit", False, None),
        (429, {"message": "Resource exhausted."}, "rate_limited", True, None),
        (403, {"message": "Permission denied on resource", "status": "PERMISSION_DENIED"}, "permission", False, None),
        (503, {"message": "The model is overloaded."}, "overloaded", True, None),
    ],
)  # fmt: skip
def test_refusals(status: int, body: dict[str, Any], code: str, retryable: bool, retry_after: float | None) -> None:
    for data in ({"error": body}, [{"error": body}]):
        error = ADAPTER.classify(status, {}, json.dumps(data).encode())

        assert (error.code, error.retryable, error.retry_after) == (code, retryable, retry_after)
        assert error.message == body["message"]
        assert error.status == status


def test_the_delay_of_an_error_inside_the_stream() -> None:
    error = failure(feed({"error": {"code": 429, "message": "Slow.", "details": [{"retryDelay": "3s"}]}})).error

    assert (error.code, error.retryable, error.retry_after) == ("rate_limited", True, 3)


def test_frames_that_are_no_answer() -> None:
    assert failure(feed(b"<html>")).error.code == "malformed_stream"
    assert failure(feed(b"7")).error.code == "malformed_stream"
    assert failure(list(ADAPTER.parser(SPEC).feed(b"it broke", "error"))).error.message == "it broke"
    assert failure(list(ADAPTER.parser(SPEC).feed(b'{"message": "no"}', "error"))).error.message == "no"


@pytest.mark.parametrize("body", [b"", b"[", b"[]", b"{}", b"7", b"nothing", b'[{"a": 1}]', b'["x"]'])
def test_whole_bodies_that_are_no_answer(body: bytes) -> None:
    assert failure(list(ADAPTER.parse_whole(body, SPEC))).error.code == "malformed_stream"


def test_an_array_that_breaks_off_in_an_error() -> None:
    body = json.dumps([parts({"text": "a"}), {"error": {"code": 503, "message": "gone"}}]).encode()

    events = list(ADAPTER.parse_whole(body, SPEC))

    assert failure(events).error.message == "gone"
    assert not any(isinstance(event, StreamEnded) for event in events)


def test_the_first_candidate_is_the_answer_wherever_it_stands() -> None:
    ends = {"finishReason": "STOP"}
    first, second = parts({"text": "a"}, index=0, **ends), parts({"text": "b"}, index=1)

    for events in (feed(second, first), feed({"candidates": second["candidates"] + first["candidates"]})):
        assert [event.text for event in events if isinstance(event, Delta)] == ["a"]
        assert any(isinstance(event, Finished) for event in events)
    assert [event.text for event in feed(second) if isinstance(event, Delta)] == ["b"]
