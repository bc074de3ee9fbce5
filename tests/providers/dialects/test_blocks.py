"""Blocks are numbered in the order of opening; text goes on in the open one."""

from providers.contract.events import BlockOpened, Delta, StreamEvent
from providers.dialects.blocks import Blocks
from providers.dialects.logprobs import MAX_TOKENS

TOKEN = {"token": "a", "logprob": -1.0}


def test_text_goes_on_until_something_else_comes() -> None:
    blocks, out = Blocks(), list[StreamEvent]()

    blocks.text("text", "a", out)
    blocks.aside("citation", {"url": "u"}, out)
    blocks.text("text", "", out)
    blocks.text("text", "b", out)
    blocks.text("reasoning", "c", out)
    blocks.whole_call("1", "f", {"x": "ü"}, out)
    blocks.whole_call("", "g", None, out)
    blocks.text("reasoning", "d", out)

    assert out == [
        BlockOpened(0, "text"),
        Delta(0, "text", "a"),
        BlockOpened(1, "citation", data={"url": "u"}),
        Delta(0, "text", "b"),
        BlockOpened(2, "reasoning"),
        Delta(2, "reasoning", "c"),
        BlockOpened(3, "tool_call", id="1", name="f"),
        Delta(3, "tool_call", '{"x": "ü"}'),
        BlockOpened(4, "tool_call", name="g"),
        BlockOpened(5, "reasoning"),
        Delta(5, "reasoning", "d"),
    ]


def test_what_the_answer_holds() -> None:
    blocks, out = Blocks(), list[StreamEvent]()
    assert not blocks.has_calls
    assert not blocks.refused

    blocks.whole_call("", "f", "{}", out)
    blocks.text("refusal", "no", out)

    assert blocks.has_calls
    assert blocks.refused


def test_data_goes_to_the_first_block_of_its_kind() -> None:
    blocks, out = Blocks(), list[StreamEvent]()

    blocks.text("text", "a", out)
    blocks.close()
    blocks.text("text", "b", out)
    blocks.add("text", {"x": 1}, out)
    blocks.add("reasoning", {"y": 1}, out)

    assert out[-2:] == [BlockOpened(0, "text", data={"x": 1}), BlockOpened(2, "reasoning", data={"y": 1})]


def test_probabilities_are_told_once_at_the_end() -> None:
    blocks, out = Blocks(), list[StreamEvent]()

    blocks.text("text", "a", out)
    for _ in range(2):
        blocks.probable([TOKEN] * MAX_TOKENS)
    blocks.end(out)
    blocks.end(out)

    assert out[2:] == [BlockOpened(0, "text", data={"logprobs": [TOKEN] * MAX_TOKENS})]


def test_probabilities_without_a_text_are_nobodys() -> None:
    blocks, out = Blocks(), list[StreamEvent]()

    blocks.probable([TOKEN])
    blocks.end(out)

    assert out == []
