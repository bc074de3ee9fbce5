"""Messages as Converse takes them."""

from typing import Any

import pytest

from providers.adapters.bedrock_converse.content import called, conversation
from providers.adapters.bedrock_converse.render import render
from providers.contract.adapter import RenderedRequest
from providers.contract.errors import ProviderError
from providers.contract.messages import ChatRequest, Message
from providers.contract.spec import ProviderSpec


def said(*messages: tuple[str, list[dict[str, Any]]]) -> tuple[list[Any], list[Any]]:
    return conversation([Message.model_validate({"role": role, "content": blocks}) for role, blocks in messages])


def one(block: dict[str, Any]) -> list[dict[str, Any]]:
    _, [turn] = said(("user", [block]))
    return list(turn["content"])


def text(value: str, **data: Any) -> dict[str, Any]:
    return {"kind": "text", "text": value, "data": data or None}


def test_neighbours_of_one_role_are_one_message_and_blank_texts_go() -> None:
    system, turns = said(
        ("system", [text("Be kind.")]),
        ("user", [text("a")]),
        ("assistant", [text("  \n")]),
        ("user", [text("b")]),
        ("assistant", [text("c")]),
    )

    assert system == [{"text": "Be kind."}]
    assert turns == [
        {"role": "user", "content": [{"text": "a"}, {"text": "b"}]},
        {"role": "assistant", "content": [{"text": "c"}]},
    ]


def test_breakpoints_follow_what_they_are_asked_for() -> None:
    marked = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}

    system, [turn] = said(("system", [text("s", **marked)]), ("user", [text("a", cache_control={"type": "ephemeral"})]))

    assert system[1] == {"cachePoint": {"type": "default", "ttl": "1h"}}
    assert turn["content"][1] == {"cachePoint": {"type": "default"}}
    assert one(text(" ", **marked) | {"text": "x", "data": {"cache_control": {"ttl": "5m"}}})[1] == {
        "cachePoint": {"type": "default"}
    }


def test_calls_and_results() -> None:
    call = {"kind": "tool_call", "id": "t1", "name": "f", "text": '{"a": 1}'}
    odd = {"kind": "tool_call", "id": "t2", "name": "g", "text": "[1"}
    stored = {"kind": "tool_call", "id": "t3", "name": "f", "data": {"arguments": {"b": 2}}}
    failed = {"kind": "tool_result", "id": "t2", "text": "no", "data": {"is_error": True}}

    _, turns = said(
        ("user", [text("go")]),
        ("assistant", [text("ok"), call, odd, stored]),
        ("tool", [{"kind": "tool_result", "id": "t1", "text": "yes"}, failed]),
        ("user", [text("and?")]),
    )

    assert turns[1]["content"][1:] == [
        {"toolUse": {"toolUseId": "t1", "name": "f", "input": {"a": 1}}},
        {"toolUse": {"toolUseId": "t2", "name": "g", "input": {"arguments": "[1"}}},
        {"toolUse": {"toolUseId": "t3", "name": "f", "input": {"b": 2}}},
    ]
    assert turns[2] == {
        "role": "user",
        "content": [
            {"toolResult": {"toolUseId": "t1", "content": [{"text": "yes"}]}},
            {"toolResult": {"toolUseId": "t2", "content": [{"text": "no"}], "status": "error"}},
            {"text": "and?"},
        ],
    }
    assert called(turns) == ["f", "g"]


def test_only_its_own_state_goes_back() -> None:
    own = {"protocol": "bedrock_converse"}
    signed = {"kind": "reasoning", "text": "hm", "data": {"replay": {**own, "signature": "c2ln"}}}
    hidden = {"kind": "reasoning", "data": {"replay": {**own, "redactedContent": "c2Vj"}}}
    foreign = {"kind": "reasoning", "text": "hm", "data": {"replay": {"protocol": "other", "signature": "x"}}}
    bare = {"kind": "reasoning", "text": "hm"}
    use, result = {"toolUseId": "s", "name": "run", "type": "server_tool_use", "input": {}}, {"toolUseId": "s"}
    ran = {"kind": "server_tool", "id": "s", "data": {"replay": {**own, "toolUse": use, "toolResult": result}}}

    _, [turn] = said(("assistant", [signed, hidden, foreign, bare, ran, {"kind": "citation", "data": {"url": "u"}}]))

    assert turn["content"] == [
        {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "c2ln"}}},
        {"reasoningContent": {"redactedContent": "c2Vj"}},
        {"toolUse": use},
        {"toolResult": result},
    ]
    assert called([turn]) == []


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ({"kind": "image", "data": {"data": "AA==", "media_type": "image/jpg"}}, {"image": {"format": "jpeg"}}),
        ({"kind": "image", "data": {"data": "AA==", "media_type": "image/webp"}}, {"image": {"format": "webp"}}),
        ({"kind": "video", "data": {"data": "AA==", "media_type": "video/quicktime"}}, {"video": {"format": "mov"}}),
        ({"kind": "audio", "data": {"data": "AA==", "media_type": "audio/mpeg"}}, {"audio": {"format": "mp3"}}),
        (
            {"kind": "file", "name": "a.pdf", "data": {"data": "AA==", "media_type": "application/pdf"}},
            {"document": {"format": "pdf", "name": "a"}},
        ),
        (
            {"kind": "file", "name": "n.md", "data": {"data": "AA==", "citations": True}},
            {"document": {"format": "md", "name": "n", "citations": {"enabled": True}}},
        ),
    ],
)
def test_media(block: dict[str, Any], expected: dict[str, Any]) -> None:
    [(kind, inner)] = expected.items()

    assert one(block) == [{kind: {**inner, "source": {"bytes": "AA=="}}}]


def test_from_s3_but_from_no_other_address() -> None:
    [found] = one({"kind": "video", "data": {"url": "s3://bucket/a.mp4", "media_type": "video/mp4"}})

    assert found["video"]["source"] == {"s3Location": {"uri": "s3://bucket/a.mp4"}}
    with pytest.raises(ProviderError) as caught:
        one({"kind": "image", "data": {"url": "https://a/b.png", "media_type": "image/png"}})
    assert caught.value.code == "unsupported"


@pytest.mark.parametrize(
    "block",
    [
        {"kind": "file", "name": "a.exe", "data": {"data": "AA==", "media_type": "application/x-dosexec"}},
        {"kind": "image", "data": {"data": "AA=="}},
    ],
)
def test_what_cannot_be_sent_is_refused_before(block: dict[str, Any]) -> None:
    with pytest.raises(ProviderError):
        one(block)


def test_names_of_documents_are_plain_and_different() -> None:
    files = [
        {"kind": "file", "name": name, "data": {"data": "AA==", "media_type": "text/plain"}}
        for name in ("Zürich_2026.v1.txt", "Zürich_2026.v1.txt", "世界.txt", "", "a" * 300)
    ]

    _, [turn] = said(("user", files))

    names = [block["document"]["name"] for block in turn["content"]]
    assert names[:4] == ["Z rich 2026 v1", "Z rich 2026 v1 2", "document", "document 2"]
    assert len(names[4]) == 200


def test_a_document_without_words_gets_the_least_that_is_taken() -> None:
    data = {"data": "AA==", "cache_control": {"type": "ephemeral"}, "media_type": "application/pdf"}
    pdf = {"kind": "file", "name": "a.pdf", "data": data}
    result = {"kind": "tool_result", "id": "t1", "text": "done"}
    call = {"kind": "tool_call", "id": "t1", "name": "f", "text": "{}"}

    wordless = asked(("user", [{"kind": "text", "text": " "}, pdf]), ("assistant", [call]), ("tool", [result, pdf]))
    spoken = asked(("user", [pdf, {"kind": "text", "text": "Sum up."}]))

    first, _, last = wordless.body["messages"]
    assert first["content"][0] == {"text": "."}
    assert kinds(first) == ["text", "document", "cachePoint"]
    assert kinds(last) == ["toolResult", "text", "document", "cachePoint"]
    assert wordless.report.clamped == {"text": {"from": "", "to": "."}}
    assert kinds(spoken.body["messages"][0]) == ["document", "cachePoint", "text"]
    assert spoken.report.clamped == {}


def asked(*messages: tuple[str, list[dict[str, Any]]]) -> RenderedRequest:
    said = [{"role": role, "content": content} for role, content in messages]
    request = ChatRequest.model_validate({"model_id": "m", "messages": said})
    return render(request, ProviderSpec(slug="b", name="B", base_url="http://localhost"))


def kinds(turn: dict[str, Any]) -> list[str]:
    return [next(iter(block)) for block in turn["content"]]
