"""llama.cpp's server, which nobody has scripted: our client and adapter against what it really sends."""

from typing import Any

import pytest

from providers.adapters import get_adapter
from providers.catalog import load_catalog
from providers.contract.events import BlockOpened, Delta, Finished, UsageReported
from providers.contract.messages import ChatRequest, Message, Params
from providers.contract.resolved import Target
from providers.discovery import Place, look
from providers.model_lists import list_facts
from providers.transport.http import Transport
from tests.fakes.calls import Call, call
from tests.peers.tiny_model import CONTEXT, WORDS

HI = (Message.of_text("user", "hello"),)
STREAMED = pytest.mark.parametrize("stream", [True, False])


def target(root: str) -> Target:
    spec = load_catalog()["llama-cpp"]
    return Target(
        spec=spec,
        adapter=get_adapter(spec.protocol),
        base_url=f"{root}/v1",
        model_id="tiny",
        credential=None,
        origins=frozenset(),
        allow_private=True,
    )


async def said(
    transport: Transport, root: str, stream: bool = True, messages: tuple[Message, ...] = HI, **params: Any
) -> Call:
    wanted = {"temperature": 0.0, "max_tokens": 12, "max_retries": 0, "seed": 1, **params}
    request = ChatRequest(model_id="tiny", messages=messages, params=Params(**wanted), stream=stream)
    return await call(transport, target(root), request)


async def test_its_models_are_listed_and_it_is_found(llama: str, transport: Transport) -> None:
    assert [each.id for each in await list_facts(target(llama), transport)] == ["tiny"]

    (found,) = await look([Place("127.0.0.1", int(llama.rpartition(":")[2]))], load_catalog().values(), transport)
    assert (found.kind, found.models) == ("", ("tiny",)), "this build of it tells no more than OpenAI's list"


@STREAMED
async def test_a_length_is_kept_and_said(llama: str, transport: Transport, stream: bool) -> None:
    answer = await said(transport, llama, stream)

    assert answer.error is None
    words = answer.text.split()
    assert len(words) == 12
    assert set(words) <= {word.strip("\u2581") for word in WORDS}
    assert answer.of(Finished)[-1].reason == "length"
    deltas = [event for event in answer.of(Delta) if event.kind == "text"]
    assert len(deltas) == (12 if stream else 1)


async def test_streamed_and_whole_are_the_same(llama: str, transport: Transport) -> None:
    streamed, whole = [await said(transport, llama, stream) for stream in (True, False)]

    assert streamed.text == whole.text != ""


async def test_usage(llama: str, transport: Transport) -> None:
    whole = await said(transport, llama, stream=False)
    usage = whole.of(UsageReported)[-1].usage
    assert usage.input is not None
    assert (usage.output, usage.total) == (12, usage.input + 12)
    assert usage.reasoning is None

    streamed = await said(transport, llama, stream=True)
    assert streamed.of(UsageReported) == [], "it counts nothing in streams, and nothing is invented"


@STREAMED
async def test_a_stop_word_ends_the_answer_before_it(llama: str, transport: Transport, stream: bool) -> None:
    free = (await said(transport, llama, stream)).text
    words = free.split()
    stop = f" {next(word for word in words[1:] if word != words[0])}"

    answer = await said(transport, llama, stream, stop=(stop,))

    assert answer.error is None
    assert answer.text == free.partition(stop)[0] != ""
    assert answer.of(Finished)[-1].reason == "stop"


@STREAMED
async def test_log_probabilities(llama: str, transport: Transport, stream: bool) -> None:
    answer = await said(transport, llama, stream, logprobs=True, top_logprobs=2, max_tokens=4)

    assert answer.error is None
    tokens = [each for event in answer.of(BlockOpened) for each in (event.data or {}).get("logprobs", ())]
    last = tokens[-4:]
    assert "".join(token["token"] for token in last) == answer.text
    assert all(token["logprob"] <= 0 and len(token["top_logprobs"]) == 2 for token in last)


@STREAMED
async def test_more_than_fits_is_an_error_with_a_name(llama: str, transport: Transport, stream: bool) -> None:
    long = (Message.of_text("user", "one two " * CONTEXT),)
    answer = await said(transport, llama, stream, messages=long)

    assert answer.text == ""
    # Streaming it says 200, then nothing at all.
    assert answer.code == ("incomplete" if stream else "context_too_long")
    assert answer.error is not None


async def test_a_bad_request_is_one(llama: str, transport: Transport) -> None:
    request = ChatRequest(
        model_id="tiny", messages=HI, params=Params(max_retries=0), extra={"messages": "none"}, stream=False
    )
    answer = await call(transport, target(llama), request)

    assert answer.error is not None
    assert "messages" in answer.error.message


async def test_it_is_there_after_a_call_was_left(llama: str, transport: Transport) -> None:
    for _ in range(3):
        answer = await said(transport, llama, max_tokens=200)
        assert answer.error is None
