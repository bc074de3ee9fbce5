"""A conversation as input items: media, results, and what goes back to the provider that said it."""

from typing import Any

import pytest

from providers.adapters.openai_responses.input import input_items, read_system
from providers.contract.errors import ProviderError
from providers.contract.messages import Message
from providers.contract.quirks import ResponsesQuirks
from tests.providers.adapters.openai_requests import MEDIA, block, native, replayed

HI = (Message.of_text("user", "hi"),)


def sent(*messages: Message, quirks: ResponsesQuirks | None = None) -> list[Any]:
    return input_items(messages, "any", quirks or ResponsesQuirks())


def items(*content: Any, quirks: ResponsesQuirks | None = None) -> list[Any]:
    """How an answer made of these blocks goes back."""
    found: list[Any] = sent(*HI, Message(role="assistant", content=content), quirks=quirks)
    return found[1:]


def test_the_system_text_as_a_message() -> None:
    messages = (Message.of_text("system", "A"), Message.of_text("system", "B"), *HI, Message.of_text("system", "C"))

    assert read_system(messages) == "A\n\nB"
    assert [item["role"] for item in sent(*messages)] == ["user", "system"]
    roles = [item["role"] for item in sent(*messages, quirks=ResponsesQuirks(system="developer"))]
    assert roles == ["developer", "developer", "user", "developer"]


def test_what_has_no_form_is_said_not_dropped() -> None:
    for part in (block("video", data={"url": "https://a.example/"}), block("audio"), block("file")):
        with pytest.raises(ProviderError) as caught:
            sent(Message(role="user", content=(part,)))
        assert caught.value.code == "unsupported"
    sound = block("audio", data={"data": "AAAA", "media_type": "audio/wav"})
    with pytest.raises(ProviderError, match="audio"):
        sent(Message(role="user", content=(sound,)), quirks=ResponsesQuirks(audio=False))
    where = block("file", data={"url": "https://a.example/a.pdf"})
    [said] = sent(Message(role="user", content=(where,)))
    assert said["content"] == [{"type": "input_file", "file_url": "https://a.example/a.pdf"}]


def test_cache_breakpoints() -> None:
    marked = block("text", "long", data={"cache_control": {"type": "ephemeral", "ttl": "30m"}})

    [said] = sent(Message(role="user", content=(marked,)))

    assert said["content"] == [
        {"type": "input_text", "text": "long", "prompt_cache_breakpoint": {"mode": "explicit", "ttl": "30m"}}
    ]


THOUGHT = native(type="reasoning", id="rs_1", summary=[], encrypted_content="gAAA")
CALL = block("tool_call", '{"a":1}', id="call_1", name="add", data=native(type="function_call", id="fc_1"))


def test_an_answer_goes_back_as_it_came() -> None:
    said = native(type="message", id="msg_1", phase="commentary")
    search = {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search"}}

    assert items(
        block("reasoning", "hm", data=THOUGHT),
        block("server_tool", data={"input": {}, **native(**search)}),
        block("text", "Let me ", data=said),
        block("text", "see.", data=said),
        block("citation", data={"url": "https://a.example/"}),
        CALL,
    ) == [
        {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAA"},
        search,
        {
            "type": "message",
            "id": "msg_1",
            "role": "assistant",
            "status": "completed",
            "phase": "commentary",
            "content": [
                {"type": "output_text", "text": "Let me ", "annotations": []},
                {"type": "output_text", "text": "see.", "annotations": []},
            ],
        },
        {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "add", "arguments": '{"a":1}'},
    ]


def test_ids_go_only_with_reasoning_that_can_be_read_again() -> None:
    raw = native(type="reasoning", id="rs_1", summary=[], content=[{"type": "reasoning_text", "text": "hm"}])

    assert items(block("reasoning", "hm", data=raw), CALL) == [
        {"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "hm"}]},
        {"type": "function_call", "call_id": "call_1", "name": "add", "arguments": '{"a":1}'},
    ]
    assert items(block("text", "Yes", data=native(type="message", id="msg_1")), CALL)[0] == {
        "role": "assistant", "content": "Yes",
    }  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [
        replayed("openai_responses", {"item": {"type": "reasoning", "encrypted_content": "g"}}, provider="other"),
        replayed("anthropic_messages", {"signature": "s"}),
        None,
    ],
)
def test_nobody_gets_the_state_of_another(data: Any) -> None:
    assert items(block("reasoning", "hm", data=data), block("text", "Yes")) == [{"role": "assistant", "content": "Yes"}]


def test_a_picture_goes_back_with_its_data() -> None:
    made = {"data": "AAAA", "media_type": "image/png", **native(type="image_generation_call", id="ig_1")}

    assert items(block("reasoning", data=THOUGHT), block("image", data=made))[1] == {
        "type": "image_generation_call", "id": "ig_1", "result": "AAAA",
    }  # fmt: skip


def test_results_answer_in_the_kind_of_their_call() -> None:
    custom = block("tool_call", '{"input": "SELECT \\"x\\""}', id="call_2", name="sql", data={"custom": True})
    picture = {"content": [{"kind": "image", "data": {"url": "https://a.example/i.png"}}]}
    results = (
        block("tool_result", "2", id="call_1"),
        block("tool_result", "rows", id="call_2"),
        block("tool_result", "", id="call_3", data=picture),
    )
    calls = Message(role="assistant", content=(CALL, custom))

    assert sent(*HI, calls, Message(role="tool", content=results))[1:] == [
        {"type": "function_call", "call_id": "call_1", "name": "add", "arguments": '{"a":1}'},
        {"type": "custom_tool_call", "call_id": "call_2", "name": "sql", "input": 'SELECT "x"'},
        {"type": "function_call_output", "call_id": "call_1", "output": "2"},
        {"type": "custom_tool_call_output", "call_id": "call_2", "output": "rows"},
        {
            "type": "function_call_output",
            "call_id": "call_3",
            "output": [{"type": "input_image", "image_url": "https://a.example/i.png", "detail": "auto"}],
        },
    ]


def test_calls_together_where_a_server_wants_it() -> None:
    quirks = ResponsesQuirks(calls_together=True)

    found = items(CALL, block("text", "and"), CALL, quirks=quirks)

    assert [item.get("type", "message") for item in found] == ["message", "function_call", "function_call"]


def test_media_alone_is_a_list() -> None:
    assert len(sent(MEDIA)[0]["content"]) == 5
