"""Streams of the simulated provider, read by a client of their own."""

import asyncio

import pytest

from tests.clients.until import until
from tests.demo.conftest import HELLO, Asker

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize(
    "model",
    [
        "fast@rate=0,delay=0",
        "thinker@rate=0,delay=0",
        "markdown@rate=0,delay=0",
        "long@rate=0,delay=0",
        "fast@rate=0,unicode=2,tokens=3000",
        "fast@rate=0,chunk=7,tokens=100",
        "fast@rate=4000,split=3,unicode=1,tokens=200",
        "thinker@rate=4000,chunk=9",
    ],
)
async def test_what_it_says_it_sent_is_what_a_client_reads(ask: Asker, model: str) -> None:
    reply = await ask.stream(model)
    report = await ask.sent(reply.id)

    assert report["text"] == reply.text()
    assert report["reasoning"] == reply.text("reasoning_content")
    assert reply.text().startswith(reply.id)
    assert (report["finished"], reply.done, reply.finish) == (True, True, ["stop"])
    assert reply.events[-1]["usage"]["completion_tokens"] == report["tokens"]
    assert reply.events[-1]["choices"] == []


async def test_reasoning_comes_before_text_and_is_counted(ask: Asker) -> None:
    reply = await ask.stream("thinker@rate=0,reasoning=9,tokens=20")
    kinds = ["r" if "reasoning_content" in event["choices"][0]["delta"] else "t" for event in reply.events[1:-2]]

    assert kinds == ["r"] * 9 + ["t"] * 20
    assert reply.events[-1]["usage"]["completion_tokens_details"] == {"reasoning_tokens": 9}


async def test_usage_comes_only_when_it_was_asked_for_and_never_with_usage_0(ask: Asker) -> None:
    silent = await ask.stream("fast@rate=0", stream_options={})
    never = await ask.stream("fast@rate=0,usage=0")

    assert not any("usage" in event for event in silent.events + never.events)


async def test_a_tool_call_streams_its_arguments(ask: Asker) -> None:
    reply = await ask.stream("tools@rate=0")
    calls = [call for event in reply.events for c in event["choices"] for call in c["delta"].get("tool_calls", [])]

    assert (calls[0]["function"], calls[0]["id"]) == ({"name": "get_weather", "arguments": ""}, f"call_{reply.id}")
    assert "".join(call["function"]["arguments"] for call in calls) == (await ask.sent(reply.id))["arguments"]
    assert len(calls) > 3
    assert reply.finish == ["tool_calls"]


async def test_after_the_tools_result_it_answers_with_text(ask: Asker) -> None:
    reply = await ask.stream("tools@rate=0", [*HELLO, {"role": "tool", "tool_call_id": "x", "content": "rain"}])

    assert reply.finish == ["stop"]


async def test_a_refusal_is_a_refusal_that_stops(ask: Asker) -> None:
    reply = await ask.stream("refuses@rate=0")

    assert reply.text() == ""
    assert reply.text("refusal").startswith(reply.id)
    assert reply.finish == ["stop"]


async def test_the_requests_maximum_of_tokens_ends_with_length(ask: Asker) -> None:
    short = await ask.stream("fast@rate=0", max_tokens=11)
    enough = await ask.stream("fast@rate=0,tokens=50", max_completion_tokens=50)

    assert (short.finish, short.events[-1]["usage"]["completion_tokens"]) == (["length"], 11)
    assert enough.finish == ["stop"]


async def test_broken_drops_the_connection_after_its_token(ask: Asker) -> None:
    reply = await ask.stream("broken@rate=0")
    report = await ask.sent(reply.id)

    assert (reply.broken, reply.done, reply.finish) == (True, False, [])
    assert reply.text() == report["text"]
    assert (report["cut"], report["finished"], report["tokens"]) == (True, False, 40)


async def test_error_comes_in_the_middle_of_the_stream(ask: Asker) -> None:
    reply = await ask.stream("fast@rate=0,after=20,error=1")

    assert reply.events[-1]["error"]["code"] == "server_error"
    assert (reply.done, reply.broken, reply.finish) == (False, False, [])


async def test_end_0_closes_cleanly_without_any_end(ask: Asker) -> None:
    reply = await ask.stream("fast@rate=0,end=0")

    assert (reply.done, reply.broken, reply.finish) == (False, False, [])


async def test_stall_stops_in_the_middle_and_stays_open(ask: Asker) -> None:
    task = asyncio.create_task(ask.stream("stall@rate=0"))
    answers = await until(lambda: [sent for sent in ask.server.ledger.answers.values() if sent.ended])
    finished, _ = await asyncio.wait([task], timeout=0.3)

    assert not finished
    assert (await ask.sent(answers[0].answer.nonce))["tokens"] == 40
    task.cancel()


async def test_a_client_that_leaves_ends_the_answer(ask: Asker) -> None:
    task = asyncio.create_task(ask.stream("fast@rate=50"))
    answers = await until(lambda: [sent for sent in ask.server.ledger.answers.values() if sent.count > 2])
    task.cancel()
    await until(lambda: answers[0].ended)

    assert (await ask.sent(answers[0].answer.nonce))["client_left"]


async def test_a_reader_that_is_slow_holds_the_writer_back(ask: Asker) -> None:
    body = {"model": "long@rate=0,delay=0,tokens=100000", "messages": HELLO, "stream": True}
    async with ask.http.post(f"{ask.server.base_url}/chat/completions", json=body) as response:
        await response.content.readany()
        sent = next(iter(ask.server.ledger.answers.values()))
        line = next(iter(ask.server.lines))
        await until(lambda: line.paused)
        held = sent.count
        for _ in range(1000):
            await asyncio.sleep(0)
        assert sent.count == held < 100_000
        raw = await response.content.read()

    assert raw.endswith(b"data: [DONE]\n\n")
    assert sent.ended == "finished"
