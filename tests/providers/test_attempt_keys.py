"""A key goes to its own host only, and is taken out of whatever says it back."""

from typing import Any

from providers.contract.events import BlockOpened, UsageReported
from providers.transport.http import Transport
from tests.fakes.calls import KEY, ask
from tests.fakes.provider_server import DONE, FakeProvider, answers, frame, refuses


async def test_a_key_echoed_by_the_provider_is_taken_out(transport: Transport, provider: FakeProvider) -> None:
    echo = f"Incorrect API key provided: {KEY}. Find yours at https://example.com."
    provider.play(refuses(401, {"error": {"message": echo, "code": "invalid_api_key"}}))

    result = await ask(transport, provider)

    assert result.code == "authentication"
    assert KEY not in str(result.error)
    assert "Incorrect API key provided: [removed]" in str(result.error)


async def test_the_key_goes_where_it_is_bound_and_nowhere_else(transport: Transport, provider: FakeProvider) -> None:
    async with FakeProvider(refuses(200, {})) as other:
        provider.play(refuses(307, {}, {"location": other.base_url + "/chat/completions"}))
        result = await ask(transport, provider)

        assert "redirected; refused" in str(result.error)
        assert other.connections == 0
    assert provider.requests[0].headers["authorization"] == f"Bearer {KEY}"


async def test_a_key_said_back_beside_the_answer_is_taken_out(transport: Transport, provider: FakeProvider) -> None:
    tool = {"index": 0, "id": KEY, "function": {"name": f"f-{KEY}", "arguments": "{}"}}
    deep: Any = KEY
    for _ in range(150):
        deep = [deep]
    chunks = [
        {"id": KEY, "model": f"m {KEY}", "system_fingerprint": KEY},
        {"choices": [{"index": 0, "delta": {"tool_calls": [tool]}}]},
        {"choices": [], "citations": [f"https://x.example/?key={KEY}"]},
        {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2, KEY: [{"key": KEY}, deep]}},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": KEY}]},
    ]
    provider.play(answers(*(frame(chunk) for chunk in chunks), DONE))

    result = await ask(transport, provider)

    assert result.error is None
    assert result.of(UsageReported)[0].usage.output == 2
    opened = result.of(BlockOpened)[0]
    assert (opened.id, opened.name) == ("[removed]", "f-[removed]")
    assert KEY not in repr(result.events)
