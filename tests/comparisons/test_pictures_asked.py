"""A picture in a prompt or an answer, from the messages of the API to what three kinds of provider receive."""

from typing import Any

import pytest

from compare_site.comparisons import actions, forecast
from compare_site.comparisons.estimates import MEDIA_TOKENS
from compare_site.comparisons.history_chain import NO_PICTURES
from compare_site.comparisons.models import Run
from compare_site.comparisons.requests import AddTurn
from providers.models import ChatModel
from providers.resolve import NewProvider, set_up_provider
from tests.comparisons.driving import drive, started
from tests.fakes.provider_server import DONE, answers, delta, frame
from tests.fakes.threaded import ThreadedProvider

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
PICTURE = {"kind": "image", "data": {"data": PNG, "media_type": "image/png"}}
CHAT = answers(delta("A dot.", finish="stop"), DONE)
MESSAGES = answers(
    frame({"type": "message_start", "message": {"id": "m", "model": "model-1", "usage": {"input_tokens": 9}}}),
    frame({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
    frame({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "A dot."}}),
    frame({"type": "content_block_stop", "index": 0}),
    frame({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 3}}),
    frame({"type": "message_stop"}),
)
GEMINI = answers(
    frame({"candidates": [{"content": {"role": "model", "parts": [{"text": "A dot."}]}, "finishReason": "STOP"}]})
)


def of_chat(body: Any) -> list[Any]:
    return [part["image_url"]["url"] for part in body["messages"][-1]["content"] if part["type"] == "image_url"]


def of_messages(body: Any) -> list[Any]:
    return [part["source"] for part in body["messages"][-1]["content"] if part["type"] == "image"]


def of_gemini(body: Any) -> list[Any]:
    return [part["inlineData"] for part in body["contents"][-1]["parts"] if "inlineData" in part]


@pytest.mark.django_db(transaction=True)
@pytest.mark.database
@pytest.mark.usefixtures("valkey")
@pytest.mark.parametrize(
    ("protocol", "script", "read", "sent"),
    [
        ("openai_chat", CHAT, of_chat, f"data:image/png;base64,{PNG}"),
        ("anthropic_messages", MESSAGES, of_messages, {"type": "base64", "media_type": "image/png", "data": PNG}),
        ("gemini_generate", GEMINI, of_gemini, {"mimeType": "image/png", "data": PNG}),
    ],
)
def test_a_picture_reaches_the_provider_in_its_own_shape(
    owner: Any, upstream: ThreadedProvider, protocol: str, script: Any, read: Any, sent: Any
) -> None:
    upstream.play(script)
    set_up_provider(NewProvider("seeing", protocol, upstream.provider.base_url), "a test")
    content = [{"kind": "text", "text": "What is it?"}, PICTURE]
    comparison = started(owner, "seeing/model-1", prompt=None, messages=[{"role": "user", "content": content}])
    (run,) = drive(comparison)
    assert read(upstream.received().json) == [sent]
    assert (run["status"], run["content"][0]["text"]) == ("finished", "A dot.")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("valkey")
def test_a_picture_in_an_answer_goes_along_with_the_next_words(owner: Any, upstream: ThreadedProvider) -> None:
    address = f"data:image/png;base64,{PNG}"
    image = {"type": "image_url", "image_url": {"url": address}}
    upstream.play(answers(delta("Here.", images=[image]), delta(finish="stop"), DONE))
    set_up_provider(NewProvider("drawing", "openai_chat", upstream.provider.base_url), "a test")
    comparison = started(owner, "drawing/model-1", prompt="Draw a dot.")
    drive(comparison)
    asked = AddTurn(prompt="Make it blue.")
    told = forecast.of_turn(comparison, asked)["columns"][0]["input_tokens"]
    ChatModel.objects.update(capabilities={"image_input": False}, overrides=["capabilities"])
    assert told - forecast.of_turn(comparison, asked)["columns"][0]["input_tokens"] == MEDIA_TOKENS
    ChatModel.objects.update(capabilities={})
    actions.add_turn(comparison, asked)
    run = drive(comparison)[-1]
    body = upstream.received(2).json
    assert of_chat(body) == [address]
    assert body["messages"][-2] == {"role": "assistant", "content": "Here."}
    assert run["request_report"]["dropped"] == {}

    ChatModel.objects.update(capabilities={"image_input": False})
    actions.rerun(Run.objects.get(pk=run["id"]))
    run = drive(comparison)[-1]
    body = upstream.received(3).json
    assert [message["content"] for message in body["messages"]] == ["Draw a dot.", "Here.", "Make it blue."]
    assert run["request_report"]["dropped"] == NO_PICTURES
