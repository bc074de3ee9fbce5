"""Adapters are found by themselves, and each keeps the promises of ``contract.adapter``."""

import json
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.adapters import get_adapter, protocols
from providers.contract import spec as spec_module
from providers.contract.errors import ProviderError, SetupError
from providers.contract.events import BlockOpened, StreamEnded, StreamFailed
from providers.contract.messages import ChatRequest, ContentBlock, Message, Params
from providers.contract.spec import ProviderSpec
from tests.providers.recordings.reading import cases

SPEC = ProviderSpec(slug="any", name="Any", base_url="https://host.example/v1")
TALK = (
    Message.of_text("system", "Be kind."),
    Message.of_text("user", "Hi"),
    Message(
        role="assistant", content=(ContentBlock(kind="reasoning", text="hm"), ContentBlock(kind="text", text="Yo"))
    ),
    Message.of_text("user", "Again"),
)
FIELDS = (
    *("choices", "delta", "message", "content", "tool_calls", "function", "name", "arguments", "index", "id", "usage"),
    *("prompt_tokens", "error", "code", "type", "finish_reason", "reasoning", "reasoning_details", "citations", "text"),
    *("delta", "content_block", "thinking", "signature", "partial_json", "tool_use_id", "input", "stop_reason", "role"),
    *("search_results", "url", "annotations", "images", "x_groq", "base_resp", "refusal", "reasoning_content"),
)
HOSTILE: list[Any] = [
    None,
    True,
    0,
    -1,
    1e308,
    "x",
    "",
    [],
    {},
    [[]],
    [None],
    {"a": 1},
    {"content": []},
    [{"index": {}}],
]
JSON = st.recursive(
    st.sampled_from(HOSTILE),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=5),
    max_leaves=20,
)


def test_unknown_protocol() -> None:
    with pytest.raises(SetupError) as caught:
        get_adapter("os.path")

    assert caught.value.code == "unsupported"
    assert "openai_chat" in caught.value.message


def test_all_are_found_and_known_words() -> None:
    assert "openai_chat" in protocols()
    assert set(protocols()) <= set(get_args(spec_module.Protocol))


@pytest.mark.parametrize("protocol", protocols())
def test_there_are_recordings(protocol: str) -> None:
    assert sum(case.protocol == protocol for case in cases()) >= 5


@pytest.mark.parametrize("protocol", protocols())
def test_a_refusal_of_an_earlier_answer_is_told(protocol: str) -> None:
    refused = Message(role="assistant", content=(ContentBlock(kind="refusal", text="Not I."),))
    request = ChatRequest(model_id="anthropic.claude-v2", messages=(TALK[1], refused, TALK[3]))

    assert "Not I." in json.dumps(get_adapter(protocol).render(request, SPEC).body)


@pytest.mark.parametrize("protocol", protocols())
def test_name_and_render(protocol: str) -> None:
    adapter = get_adapter(protocol)
    request = ChatRequest(model_id="ft:base:org::id", messages=TALK, params=Params(temperature=0, max_tokens=5))

    first, second = (adapter.render(request, SPEC) for _ in range(2))

    assert adapter.protocol == protocol
    assert json.dumps(first.body) == json.dumps(second.body)
    assert first.path.startswith("/")
    assert "hm" not in json.dumps(first.body)
    assert not {name.lower() for name in first.headers} & {"authorization", "x-api-key", "api-key"}
    assert "messages" not in first.report.sent


@pytest.mark.parametrize("protocol", protocols())
@pytest.mark.parametrize("stream", [True, False])
def test_extra_comes_last_and_over_everything(protocol: str, stream: bool) -> None:
    request = ChatRequest(model_id="m", messages=TALK, stream=stream, extra={"model": "other", "new": {"a": 1}})

    body = get_adapter(protocol).render(request, SPEC).body

    assert body["new"] == {"a": 1}
    assert body["model"] == "other"


@pytest.mark.parametrize("protocol", protocols())
@given(JSON)
def test_any_json_is_an_answer_or_a_failure(protocol: str, value: Any) -> None:
    adapter = get_adapter(protocol)
    data = json.dumps(value).encode()

    parser = adapter.parser(SPEC)
    streamed = [*parser.feed(data), *parser.feed(data, "error"), *parser.end()]
    whole = adapter.parse_whole(data, SPEC)

    for events in (streamed, whole):
        opened = list(dict.fromkeys(event.index for event in events if isinstance(event, BlockOpened)))
        assert opened == list(range(len(opened)))
    assert isinstance(whole[-1], StreamEnded | StreamFailed) or any(isinstance(event, StreamFailed) for event in whole)


@pytest.mark.parametrize("protocol", protocols())
@given(st.integers(100, 999), JSON | st.binary(max_size=50))
def test_any_refusal_is_classified(protocol: str, status: int, body: Any) -> None:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()

    error = get_adapter(protocol).classify(status, {}, data)

    assert isinstance(error, ProviderError)
    assert error.status == status
    assert error.message
