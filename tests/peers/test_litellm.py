"""What LiteLLM's proxy makes of an upstream's answer, in four protocols, read by our adapters: the same answer."""

import json
from typing import Any

import pytest

from providers.adapters import get_adapter
from providers.contract.events import BlockOpened, Delta, Finished, UsageReported
from providers.contract.messages import ChatRequest, Message, Params
from providers.contract.resolved import Target
from providers.contract.secret import Secret
from providers.contract.spec import Auth, ProviderSpec
from providers.transport.http import Transport
from providers.transport.origin import origin_of
from tests.fakes.calls import Call, call
from tests.fakes.provider_server import DONE, Script, answers, delta, frame, refuses
from tests.fakes.threaded import ThreadedProvider
from tests.peers.conftest import KEY

DOORS = {
    "openai_chat": ("/v1", Auth(), "deepseek"),
    "openai_responses": ("/v1", Auth(), "deepseek"),
    "anthropic_messages": ("/v1", Auth(), "hosted_vllm"),
    "gemini_generate": ("/v1beta", Auth(kind="header", header="x-goog-api-key"), "deepseek"),
}
TEXT = "Grüße \u2028 — 你好 👩‍👩‍👧, \U0001d11e and the rest of it."
USAGE = {"prompt_tokens": 21, "completion_tokens": 9, "total_tokens": 30}


def target(root: str, protocol: Any) -> Target:
    path, auth, model_id = DOORS[protocol]
    spec = ProviderSpec(slug="litellm", name="LiteLLM", base_url=root + path, protocol=protocol, auth=auth)
    return Target(
        spec=spec,
        adapter=get_adapter(protocol),
        base_url=spec.base_url,
        model_id=model_id,
        credential=Secret(KEY),
        origins=frozenset({origin_of(root)}),
        allow_private=True,
    )


def asking(protocol: str, stream: bool = True, **fields: Any) -> ChatRequest:
    return ChatRequest(
        model_id=DOORS[protocol][2],
        messages=(Message.of_text("user", "hi"),),
        params=Params(max_tokens=64, max_retries=0),
        stream=stream,
        **fields,
    )


def streamed(*pieces: bytes) -> Script:
    return answers(*pieces, frame({"id": "chatcmpl-1", "model": "model-1", "choices": [], "usage": USAGE}), DONE)


def whole(message: dict[str, Any], finish: str) -> Script:
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "model-1",
        "choices": [{"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}],
        "usage": USAGE,
    }

    async def script(reply: Any) -> None:
        await reply.whole(200, json.dumps(body).encode(), {"content-type": "application/json"})

    return script


@pytest.fixture(params=sorted(DOORS))
def protocol(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("stream", [True, False])
async def test_text_usage_and_finish(
    litellm: str, upstream: ThreadedProvider, transport: Transport, protocol: str, stream: bool
) -> None:
    pieces = [delta(TEXT[at : at + 5]) for at in range(0, len(TEXT), 5)]
    script = streamed(*pieces, delta(finish="stop")) if stream else whole({"content": TEXT}, "stop")
    upstream.play(script)
    answer = await call(transport, target(litellm, protocol), asking(protocol, stream))
    assert answer.error is None
    assert answer.text == TEXT
    assert answer.of(Finished)[-1].reason == "stop"
    usage = answer.of(UsageReported)[-1].usage
    # The proxy does not ask its upstream for usage when it speaks Gemini's stream, and says 0 itself.
    assert (usage.input, usage.output) == ((0, 0) if stream and protocol == "gemini_generate" else (21, 9))


async def test_tool_calls(litellm: str, upstream: ThreadedProvider, transport: Transport, protocol: str) -> None:
    first = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city'}}
    rest = {"index": 0, "function": {"arguments": '": "Oslo"}'}}
    upstream.play(streamed(delta(tool_calls=[first]), delta(tool_calls=[rest]), delta(finish="tool_calls")))
    tool = {
        "name": "weather",
        "description": "now",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    }
    answer = await call(transport, target(litellm, protocol), asking(protocol, tools=(tool,)))
    assert answer.error is None
    opened = [event for event in answer.of(BlockOpened) if event.kind == "tool_call"]
    assert {event.index for event in opened} == {opened[0].index}
    assert opened[0].name == "weather"
    assert json.loads("".join(event.text for event in answer.of(Delta) if event.kind == "tool_call")) == {
        "city": "Oslo"
    }
    sent = upstream.requests[-1].json["tools"][0]["function"]
    assert (sent["name"], sent["parameters"]["properties"]) == ("weather", {"city": {"type": "string"}})


async def test_a_refusal_has_its_status_and_words(
    litellm: str, upstream: ThreadedProvider, transport: Transport, protocol: str
) -> None:
    upstream.play(refuses(429, {"error": {"message": "slow down please", "type": "rate_limit_error", "code": 429}}))
    answer = await call(transport, target(litellm, protocol), asking(protocol))
    assert answer.code == "rate_limited"
    assert answer.error is not None
    assert answer.error.retryable
    assert "slow down please" in answer.error.message
    assert KEY not in answer.error.message


async def test_an_upstream_that_breaks_off_does_not_look_finished(
    litellm: str, upstream: ThreadedProvider, transport: Transport, protocol: str
) -> None:
    async def breaks(reply: Any) -> None:
        await reply.head()
        await reply.send(delta("Half an ans"))
        reply.reset()

    upstream.play(breaks)
    answer: Call = await call(transport, target(litellm, protocol), asking(protocol))
    assert answer.error is not None
    assert "Half an ans".startswith(answer.text)
