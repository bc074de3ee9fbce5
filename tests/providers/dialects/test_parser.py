"""The life of an answer, on a protocol made for this test: what is read, when it is over, how it fails."""

import json
from typing import Any

import pytest

from providers.contract.events import (
    BlockOpened,
    Delta,
    Finished,
    ResponseInfo,
    StreamEnded,
    StreamEvent,
    StreamFailed,
    Usage,
    UsageReported,
)
from providers.contract.spec import UsagePaths
from providers.dialects.blocks import Blocks
from providers.dialects.jsonvalue import as_text
from providers.dialects.parser import LineParser

HALF = b'{"say":"a\\ud83d"}'


class Speech(LineParser[Blocks]):
    """``say``, ``think``, ``call``, ``why``, ``usage`` and ``error``; a whole answer has an ``answer``."""

    def __init__(self) -> None:
        super().__init__(Blocks(), UsagePaths())

    def _take(self, chunk: dict[str, Any], event: str, out: list[StreamEvent]) -> None:
        if self._learn(chunk.get("id"), chunk.get("model")):
            self._tell({}, out)
        self._blocks.text("text", as_text(chunk.get("say")), out)
        self._blocks.text("reasoning", as_text(chunk.get("think")), out)
        if "call" in chunk:
            self._blocks.whole_call("c", "f", chunk["call"], out)
        if "why" in chunk:
            self._finish("stop", chunk["why"], out)
        self._count(chunk.get("usage"), out)
        if chunk.get("error"):
            self._check(chunk, out)

    def _whole(self, value: Any, out: list[StreamEvent]) -> bool:
        if not isinstance(value, dict) or "answer" not in value:
            return False
        self._take({"say": value["answer"]}, "", out)
        return True


def fed(*chunks: Any, event: str = "", ended: bool = True) -> list[StreamEvent]:
    parser = Speech()
    data = [chunk if isinstance(chunk, bytes) else json.dumps(chunk).encode() for chunk in chunks]
    events = [said for each in data for said in parser.feed(each, event)]
    return [*events, *parser.end(), *parser.end()] if ended else events


def failure(events: list[StreamEvent]) -> tuple[str, str]:
    [failed] = [event for event in events if isinstance(event, StreamFailed)]
    return failed.error.code, failed.error.message


def test_nothing_follows_the_end() -> None:
    events = fed({"say": "a"}, b"[DONE]", {"say": "b", "usage": {"total_tokens": 1}}, b"[DONE]", {"error": "late"})

    assert events == [BlockOpened(0, "text"), Delta(0, "text", "a"), StreamEnded()]


def test_nothing_but_usage_follows_a_failure() -> None:
    counts = {"prompt_tokens": 1, "completion_tokens": 2}
    events = fed({"say": "a"}, {"error": "broke"}, b"nonsense", {"say": "b", "usage": counts}, {"error": "again"})

    assert [type(event) for event in events] == [BlockOpened, Delta, StreamFailed, UsageReported]
    assert failure(events) == ("server", "broke")


@pytest.mark.parametrize(
    ("data", "event", "code", "message"),
    [
        (b"<html>", "", "malformed_stream", "The provider sent a chunk that is not JSON."),
        (b"[1]", "", "malformed_stream", "The provider sent a chunk that is no object."),
        (b"upstream overloaded sk-abcdef123456", "error", "overloaded", "upstream overloaded [removed]"),
    ],
)
def test_what_cannot_be_read(data: bytes, event: str, code: str, message: str) -> None:
    assert failure(fed(data, event=event)) == (code, message)


def test_half_a_character_ends_the_text_it_was_cut_from() -> None:
    assert fed(HALF) == [BlockOpened(0, "text"), Delta(0, "text", "a"), Delta(0, "text", "\ufffd")]
    assert fed(b'{"think":"a\\ud83d"}')[-1] == Delta(0, "reasoning", "\ufffd")
    assert fed(b'{"say":"\\ud83d"}') == [BlockOpened(0, "text"), Delta(0, "text", "\ufffd")]
    assert fed(HALF, b'{"say":"\\ude00b"}')[-1] == Delta(0, "text", "\U0001f600b")
    assert [type(event) for event in fed(HALF, {"error": "x"})][-2:] == [Delta, StreamFailed]


def test_a_reason_is_said_again_when_it_changes() -> None:
    events = fed({"say": "a", "why": "S"}, {"why": "S"}, {"call": {}, "why": "S"})

    assert [event for event in events if isinstance(event, Finished)] == [
        Finished("stop", "S"),
        Finished("tool_calls", "S"),
    ]


def test_usage_is_said_again_when_it_changes() -> None:
    events = fed({"usage": {"total_tokens": 1}}, {"usage": {"total_tokens": 1}}, {"usage": {"total_tokens": 3}})

    assert [event.usage for event in events if isinstance(event, UsageReported)] == [Usage(total=1), Usage(total=3)]
    assert fed({"usage": None}, {"usage": []}, {"usage": {"words": 1}}) == []


def test_id_and_model_as_first_sent() -> None:
    events = fed({"id": "", "model": "m"}, {"id": "1", "model": "m"}, {"id": "2", "model": "n"})

    assert events == [ResponseInfo(None, "m"), ResponseInfo("1", "m")]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{}", "malformed_stream"),
        (b"nonsense", "malformed_stream"),
        (b'{"error": {"message": "no credits", "code": 402}}', "spend_limit"),
    ],
)
def test_bodies_that_are_no_answer(body: bytes, code: str) -> None:
    events = list(Speech().parse_whole(body))

    assert len(events) == 1
    assert failure(events)[0] == code


def test_a_whole_body() -> None:
    assert list(Speech().parse_whole(b'{"answer": "a"}')) == [
        BlockOpened(0, "text"),
        Delta(0, "text", "a"),
        StreamEnded(),
    ]


def test_a_whole_body_of_lines() -> None:
    said: list[StreamEvent] = [BlockOpened(0, "text"), Delta(0, "text", "a"), Delta(0, "text", "b")]

    assert list(Speech().parse_whole(b'{"say":"a"}\n{"say":"b"}\n')) == said
    assert list(Speech().parse_whole(b'{"say":"a"}\r\n{"say":"b"}\r\n[DONE]\r\n')) == [*said, StreamEnded()]


def test_lines_that_were_cut_are_neither_ended_nor_malformed() -> None:
    assert list(Speech().parse_whole(b'{"say":"a"}\n{"say":"b')) == [BlockOpened(0, "text"), Delta(0, "text", "a")]
