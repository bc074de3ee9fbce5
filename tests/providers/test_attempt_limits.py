"""Answers without end: compressed, in one line, in text, in blocks."""

import asyncio

from providers.contract.events import BlockOpened
from providers.transport.http import Transport
from tests.fakes.calls import ask
from tests.fakes.provider_server import DONE, FakeProvider, Reply, answers, delta, gzip_of, noisy


async def test_a_gzip_bomb(transport: Transport, provider: FakeProvider) -> None:
    async def script(reply: Reply) -> None:
        await reply.whole(200, gzip_of(b" " * 40_000_000), {"content-encoding": "gzip"})

    provider.play(script)

    assert (await ask(transport, provider)).code == "over_limit"


async def test_one_endless_line(transport: Transport, provider: FakeProvider) -> None:
    async def script(reply: Reply) -> None:
        await reply.head()
        await reply.send(delta("a"))
        while not reply.request.gone.is_set():
            await reply.send(b"data: " + b"x" * 100_000)

    provider.play(script)
    result = await ask(transport, provider)

    assert (result.code, result.text) == ("over_limit", "a")
    await asyncio.wait_for(provider.requests[0].gone.wait(), 5)


async def test_an_answer_over_the_output_limit_keeps_its_beginning(
    transport: Transport, provider: FakeProvider
) -> None:
    provider.play(noisy(delta("a" * 10), delta("b" * 10)))

    result = await ask(transport, provider, output_limit=200)

    assert result.code == "over_limit"
    assert len(result.text) == 200 - 64
    await asyncio.wait_for(provider.requests[0].gone.wait(), 5)


async def test_blocks_without_end_count_against_the_limit(transport: Transport, provider: FakeProvider) -> None:
    calls = [
        delta(tool_calls=[{"index": number * 1000, "id": f"c{number}", "function": {"name": "f"}}])
        for number in range(100)
    ]
    provider.play(answers(*calls, delta(finish="tool_calls"), DONE))

    result = await ask(transport, provider, output_limit=1000)

    assert result.code == "over_limit"
    assert len(result.of(BlockOpened)) < 20
