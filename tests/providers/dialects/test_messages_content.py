"""Messages of ours as Messages of theirs, and answers said again exactly as they came."""

import base64
import json
from typing import Any

import pytest

from providers.contract.errors import ProviderError
from providers.contract.events import BlockOpened, Delta
from providers.contract.messages import ContentBlock, Message
from providers.contract.quirks import MessagesQuirks
from providers.dialects.messages.content import render_messages, render_system
from providers.dialects.messages.parser import MessagesParser

EPHEMERAL = {"type": "ephemeral", "ttl": "1h"}


def message(role: Any, *blocks: ContentBlock) -> Message:
    return Message(role=role, content=blocks)


def block(kind: Any, text: str = "", **more: Any) -> ContentBlock:
    return ContentBlock(kind=kind, text=text, **more)


def user(*blocks: ContentBlock) -> Any:
    [said] = render_messages((message("user", *blocks),), inside=False)
    return said["content"]


def assistant(*blocks: ContentBlock) -> Any:
    [said] = render_messages((message("assistant", *blocks),), inside=False)
    return said["content"]


def test_turns() -> None:
    talk = (
        Message.of_text("system", "Be kind."),
        Message.of_text("user", "2+2?"),
        message("user", block("text", "Please.")),
        message("assistant", block("reasoning", "hm"), block("text", "I'll add."), block("citation")),
        message("assistant", block("tool_call", '{"a": 2}', id="c|1", name="add"), block("tool_call", name="now")),
        message("tool", block("tool_result", "4", id="c|1")),
        message("tool", block("tool_result", "no clock", id="call_1", data={"is_error": True})),
        Message.of_text("user", "Well?"),
        message("assistant", block("text", " \n")),
        message("assistant", block("reasoning", "hm")),
        message("user", block("text", "")),
    )

    assert render_messages(talk, inside=False) == [
        {"role": "user", "content": [{"type": "text", "text": "2+2?"}, {"type": "text", "text": "Please."}]},
        {
            "role": "assistant",
            "content": [
                {"type": "text", "text": "I'll add."},
                {"type": "tool_use", "id": "c_1", "name": "add", "input": {"a": 2}},
                {"type": "tool_use", "id": "call_1", "name": "now", "input": {}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "c_1", "content": "4"},
                {"type": "tool_result", "tool_use_id": "call_1", "content": "no clock", "is_error": True},
                {"type": "text", "text": "Well?"},
            ],
        },
    ]


def test_one_text_is_a_string() -> None:
    assert user(block("text", "hi")) == "hi"
    assert assistant(block("refusal", "No.")) == "No."


def test_system() -> None:
    talk = (Message.of_text("system", "A"), Message.of_text("user", "u"), Message.of_text("system", "B"))

    assert render_system(talk[:2], inside=False) == "A"
    assert render_system(talk[1:2], inside=False) is None
    assert render_system(talk, inside=False) == [{"type": "text", "text": "A"}, {"type": "text", "text": "B"}]
    assert render_messages(talk, inside=False) == [{"role": "user", "content": "u"}]


def test_system_where_it_was_said() -> None:
    talk = (Message.of_text("system", "A"), Message.of_text("user", "u"), Message.of_text("system", "B"))

    assert render_system(talk, inside=True) == "A"
    assert render_messages(talk, inside=True) == [
        {"role": "user", "content": "u"},
        {"role": "system", "content": "B"},
    ]


def test_breakpoints_only_where_they_were_asked_for() -> None:
    marked = {"cache_control": EPHEMERAL}
    talk = (
        message("system", block("text", "A", data=marked)),
        message("user", block("text", "B", data=marked), block("image", data={"url": "https://a/b.png", **marked})),
        message("assistant", block("text", "C", data=marked), block("tool_call", "{}", id="c", name="f", data=marked)),
        message("tool", block("tool_result", "D", id="c", data=marked)),
    )

    assert render_system(talk, inside=False) == [{"type": "text", "text": "A", "cache_control": EPHEMERAL}]
    said = [wired for turn in render_messages(talk, inside=False) for wired in turn["content"]]
    assert len(said) == 5
    assert all(wired["cache_control"] == EPHEMERAL for wired in said)


@pytest.mark.parametrize(
    ("data", "source"),
    [
        ({"url": "https://a/b.png"}, {"type": "url", "url": "https://a/b.png"}),
        ({"media_type": "image/webp", "data": "AAAA"}, {"type": "base64", "media_type": "image/webp", "data": "AAAA"}),
        ({"file_id": "file_1"}, {"type": "file", "file_id": "file_1"}),
    ],
)
def test_images(data: dict[str, Any], source: dict[str, Any]) -> None:
    assert user(block("image", data=data)) == [{"type": "image", "source": source}]


def test_documents() -> None:
    pdf = {"media_type": "application/pdf", "data": "CCCC"}
    text = {"media_type": "text/markdown", "data": base64.b64encode("# é".encode()).decode()}

    said = user(
        block("file", name="a.pdf", data={**pdf, "citations": {"enabled": True}, "context": "a report"}),
        block("file", data={"url": "https://a/b.pdf"}),
        block("file", name="b.md", data=text),
    )

    assert said == [
        {
            "type": "document",
            "source": {"type": "base64", **pdf},
            "title": "a.pdf",
            "context": "a report",
            "citations": {"enabled": True},
        },
        {"type": "document", "source": {"type": "url", "url": "https://a/b.pdf"}},
        {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "# é"}, "title": "b.md"},
    ]


@pytest.mark.parametrize(
    ("kind", "data", "word"),
    [
        ("audio", {"data": "AAAA"}, "audio"),
        ("video", {"url": "https://a/b.mp4"}, "video"),
        ("image", {}, "address"),
        ("file", {"media_type": "application/zip", "data": "AAAA"}, "application/zip"),
        ("file", {"media_type": "text/plain", "data": "not base64"}, "base64"),
    ],
)
def test_what_has_no_form_is_said_not_dropped(kind: Any, data: dict[str, Any], word: str) -> None:
    with pytest.raises(ProviderError) as caught:
        user(block("text", "x"), block(kind, data=data))

    assert caught.value.code == "unsupported"
    assert word in caught.value.message


def test_a_result_with_parts_of_its_own() -> None:
    parts = [{"type": "text", "text": "4"}]

    [said] = user(block("tool_result", "4", id="c", data={"content": parts}))

    assert said == {"type": "tool_result", "tool_use_id": "c", "content": parts}


@pytest.mark.parametrize(
    ("text", "data", "sent"),
    [
        ("", None, {}),
        ("", {"arguments": {"a": 1}}, {"a": 1}),
        ("[1]", None, {"arguments": [1]}),
        ('{"a": ', None, {"arguments": '{"a": '}),
    ],
)
def test_arguments_are_always_an_object(text: str, data: Any, sent: Any) -> None:
    [said] = assistant(block("tool_call", text, id="c", name="f", data=data))

    assert said["input"] == sent


STRANGE = {"protocol": "another", "signature": "x", "data": "x", "use": {"type": "x"}, "parts": [[1, []]], "also": {}}


def test_state_of_another_protocol_stays_here() -> None:
    data = {"replay": STRANGE, "output": "x"}
    blocks = [block(kind, "a", id="c", name="f", data=data) for kind in ("reasoning", "server_tool", "text")]

    assert assistant(*blocks) == "a"


ANSWER: list[dict[str, Any]] = [
    {"type": "thinking", "thinking": "", "signature": "c2ln"},
    {"type": "redacted_thinking", "data": "eA=="},
    {"type": "compaction", "content": "They spoke."},
    {"type": "server_tool_use", "id": "s1", "name": "code_execution", "input": {"code": "1"}},
    {
        "type": "server_tool_use",
        "id": "s2",
        "name": "web_search",
        "input": {},
        "caller": {"type": "x", "tool_id": "s1"},
    },
    {"type": "web_search_tool_result", "tool_use_id": "s2", "content": [{"type": "web_search_result", "url": "u"}]},
    {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},
    {"type": "code_execution_tool_result", "tool_use_id": "s1", "content": {"type": "r", "stdout": "1"}},
    {"type": "web_fetch_tool_result", "tool_use_id": "of_an_earlier_answer", "content": {"type": "r"}},
    {"type": "text", "text": "It is "},
    {"type": "text", "text": "so", "citations": [{"type": "web_search_result_location", "url": "https://a/"}]},
    {"type": "text", "text": ", and \u4e16"},
    {"type": "text", "text": "so", "citations": [{"type": "web_search_result_location", "url": "https://b/"}]},
    {"type": "server_tool_use", "id": "s3", "name": "code_execution", "input": {"code": "2"}},
    {"type": "server_tool_use", "id": "s4", "name": "web_fetch", "input": {}, "caller": {"type": "x", "tool_id": "s3"}},
    {"type": "web_fetch_tool_result", "tool_use_id": "s4", "content": {"type": "r"}},
    {"type": "code_execution_tool_result", "tool_use_id": "s3", "content": {"type": "r", "stdout": "2"}},
    {"type": "mcp_tool_use", "id": "m1", "name": "find", "server_name": "files", "input": {"q": 1}},
    {"type": "mcp_tool_result", "tool_use_id": "m1", "is_error": False, "content": [{"type": "text", "text": "-"}]},
    {"type": "tool_use", "id": "t1", "name": "f", "input": {"a": [1, None]}, "toolset_name": "box"},
    {"type": "tool_use", "id": "t2", "name": "g", "input": {}, "caller": {"type": "code_execution_x", "tool_id": "s1"}},
]


def kept(content: list[dict[str, Any]]) -> tuple[ContentBlock, ...]:
    """The answer read, and its blocks as the site keeps them."""
    blocks: dict[int, dict[str, Any]] = {}
    body = json.dumps({"type": "message", "content": content, "stop_reason": "tool_use"}).encode()
    for event in MessagesParser(MessagesQuirks()).parse_whole(body):
        if isinstance(event, BlockOpened):
            known = blocks.setdefault(event.index, {"kind": event.kind, "id": event.id, "name": event.name, "text": ""})
            known["data"] = {**(known.get("data") or {}), **(event.data or {})} or None
        elif isinstance(event, Delta):
            blocks[event.index]["text"] += event.text
    return tuple(ContentBlock(**json.loads(json.dumps(known))) for known in blocks.values())


def said_again(content: list[dict[str, Any]]) -> Any:
    """The answer in the next request."""
    return assistant(*kept(content))


def test_an_answer_is_said_again_as_it_came() -> None:
    assert said_again(ANSWER) == ANSWER


def test_a_direct_call_and_blank_text_are_said_again_as_they_are_taken() -> None:
    content = [
        {"type": "text", "text": "\n"},
        {"type": "text", "text": "a"},
        {"type": "text", "text": " \n"},
        {"type": "tool_use", "id": "t", "name": "f", "input": {}, "caller": {"type": "direct"}},
    ]

    assert said_again(content) == [
        {"type": "text", "text": "\na \n"},
        {"type": "tool_use", "id": "t", "name": "f", "input": {}},
    ]
