"""Messages of Chat Completions in the forms that servers take: media, marks, what goes back beside calls."""

from typing import Any

import pytest

from providers.adapters.openai_chat.messages import render_messages
from providers.contract.errors import ProviderError
from providers.contract.messages import Message
from providers.contract.spec import Quirks
from tests.providers.adapters.openai_requests import block, replayed

HI = (Message.of_text("user", "hi"),)


def sent(*messages: Message, quirks: Quirks | None = None) -> list[dict[str, Any]]:
    return render_messages(messages, "any", quirks or Quirks())


def part(quirks: Quirks, kind: Any, **more: Any) -> Any:
    """How one block of a user's message is written."""
    return sent(Message(role="user", content=(block(kind, **more),)), quirks=quirks)[0]["content"][0]


def answer(quirks: Quirks, *content: Any) -> Any:
    return sent(*HI, Message(role="assistant", content=content), quirks=quirks)[1]


PDF = {"media_type": "application/pdf", "data": "CCCC"}
WHERE = {"url": "https://a.example/x"}


@pytest.mark.parametrize(
    ("quirks", "kind", "data", "sent"),
    [
        ({}, "video", WHERE, {"type": "video_url", "video_url": WHERE}),
        (
            {},
            "video",
            {"media_type": "video/mp4", "data": "DD"},
            {"type": "video_url", "video_url": {"url": "data:video/mp4;base64,DD"}},
        ),
        (
            {"file_urls": True},
            "file",
            WHERE,
            {"type": "file", "file": {"filename": "a.pdf", "file_data": WHERE["url"]}},
        ),
        ({"file_part": "document_url"}, "file", WHERE, {"type": "document_url", "document_url": WHERE["url"]}),
        (
            {"file_part": "file_url"},
            "file",
            PDF,
            {"type": "file_url", "file_url": {"url": "data:application/pdf;base64,CCCC"}},
        ),
        ({"audio_part": "audio_url"}, "audio", WHERE, {"type": "audio_url", "audio_url": WHERE}),
        (
            {"audio_part": "string"},
            "audio",
            {"media_type": "audio/wav", "data": "BB"},
            {"type": "input_audio", "input_audio": "BB"},
        ),
        (
            {"audio_as_url": True},
            "audio",
            {"media_type": "audio/x-wav", "data": "BB"},
            {"type": "input_audio", "input_audio": {"data": "data:audio/x-wav;base64,BB", "format": "wav"}},
        ),
    ],
)
def test_media(quirks: dict[str, Any], kind: str, data: dict[str, Any], sent: dict[str, Any]) -> None:
    assert part(Quirks(**quirks), kind, name="a.pdf", data=data) == sent


@pytest.mark.parametrize(
    ("quirks", "kind", "data"),
    [
        ({"video_part": ""}, "video", WHERE),
        ({}, "file", WHERE),
        ({"file_part": ""}, "file", PDF),
        ({"audio_part": ""}, "audio", {"data": "BB"}),
        ({}, "audio", WHERE),
    ],
)
def test_media_that_a_server_does_not_take(quirks: dict[str, Any], kind: str, data: dict[str, Any]) -> None:
    with pytest.raises(ProviderError, match=kind):
        part(Quirks(**quirks), kind, data=data)


def test_cache_breakpoints() -> None:
    mark = {"type": "ephemeral", "ttl": "1h"}
    said = {"text": "long", "data": {"cache_control": mark}}

    assert part(Quirks(cache_field="cache_control"), "text", **said) == {
        "type": "text", "text": "long", "cache_control": mark,
    }  # fmt: skip
    assert part(Quirks(cache_field="prompt_cache_breakpoint"), "text", **said)["prompt_cache_breakpoint"] == {
        "mode": "explicit"
    }
    marked = Message(role="user", content=(block("text", **said),))
    assert sent(marked) == [{"role": "user", "content": "long"}]


CALL = block("tool_call", "{}", id="call_1", name="now")
THOUGHT = block("reasoning", "hm")
CALLED = [{"id": "call_1", "type": "function", "function": {"name": "now", "arguments": "{}"}}]


@pytest.mark.parametrize(
    ("way", "content", "expected"),
    [
        ("", (THOUGHT, CALL), {"content": None}),
        ("reasoning_content", (THOUGHT, CALL), {"content": None, "reasoning_content": "hm"}),
        ("reasoning_content", (CALL,), {"content": None, "reasoning_content": ""}),
        ("reasoning", (THOUGHT, CALL), {"content": None, "reasoning": "hm"}),
        ("think_tags", (THOUGHT, block("text", "Yo"), CALL), {"content": "<think>\nhm\n</think>\n\nYo"}),
        (
            "thinking",
            (block("reasoning", "hm", data=replayed("openai_chat", {"signature": "s"})), block("text", "Yo"), CALL),
            {
                "content": [
                    {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}], "signature": "s"},
                    {"type": "text", "text": "Yo"},
                ]
            },
        ),
    ],
)
def test_reasoning_goes_back_beside_calls(way: Any, content: tuple[Any, ...], expected: dict[str, Any]) -> None:
    assert answer(Quirks(reasoning_back=way), *content) == {"role": "assistant", "tool_calls": CALLED, **expected}


@pytest.mark.parametrize("origin", [{"protocol": "anthropic_messages"}, {"protocol": "openai_chat", "provider": "x"}])
@pytest.mark.parametrize("way", ["reasoning_content", "reasoning", "think_tags", "thinking"])
def test_thoughts_of_others_do_not(way: Any, origin: dict[str, str]) -> None:
    theirs = block("reasoning", "hm", data={"replay": {**origin, "signature": "s"}})

    assert "hm" not in str(answer(Quirks(reasoning_back=way), theirs, block("text", "Yo"), CALL))


def test_reasoning_stays_here_without_calls() -> None:
    assert answer(Quirks(reasoning_back="reasoning_content"), THOUGHT, block("text", "Yo")) == {
        "role": "assistant", "content": "Yo",
    }  # fmt: skip


def test_the_state_of_a_provider_goes_back_to_it_alone() -> None:
    details = [{"type": "reasoning.encrypted", "data": "A"}]
    thought = block("reasoning", data=replayed("openai_chat", {"reasoning_details": details}))
    signed = block(
        "tool_call",
        "{}",
        id="call_1",
        name="now",
        data=replayed("openai_chat", {"extra_content": {"google": {"s": "t"}}}),
    )

    assert answer(Quirks(), thought, signed) == {
        "role": "assistant",
        "content": None,
        "reasoning_details": details,
        "tool_calls": [{**CALLED[0], "extra_content": {"google": {"s": "t"}}}],
    }
    foreign = block("reasoning", data=replayed("openai_chat", {"reasoning_details": details}, provider="other"))
    assert "reasoning_details" not in answer(Quirks(), foreign, CALL)


def test_free_text_tools_go_back_as_free_text() -> None:
    call = block("tool_call", '{"input": "SELECT \\"x\\""}', id="c", name="sql", data={"custom": True})

    assert answer(Quirks(), call)["tool_calls"] == [
        {"id": "c", "type": "custom", "custom": {"name": "sql", "input": 'SELECT "x"'}}
    ]


def test_ids_of_the_length_a_server_wants() -> None:
    messages = (
        *HI,
        Message(role="assistant", content=(CALL, block("tool_call", "{}", id="abcDEF123", name="now"))),
        Message(
            role="tool", content=(block("tool_result", "1", id="call_1"), block("tool_result", "2", id="abcDEF123"))
        ),
    )

    found = sent(*messages, quirks=Quirks(tool_id_length=9))

    ids = [call["id"] for call in found[1]["tool_calls"]]
    assert ids[1] == "abcDEF123"
    assert len(ids[0]) == 9
    assert [result["tool_call_id"] for result in found[2:]] == ids
