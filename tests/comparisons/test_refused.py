"""A clear refusal is a no of this model; whatever leaves a doubt says nothing."""

from typing import Any

import pytest

from compare_site.comparisons.refused import refused
from providers.contract.messages import ChatRequest, ContentBlock, Message, ReasoningParams
from providers.contract.routing import Routing, Upstreams
from providers.models import ChatModel
from tests.comparisons.driving import drive, started
from tests.fakes.provider_server import DONE, answers, delta, refuses
from tests.fakes.threaded import ThreadedProvider

TOOL = {"name": "f", "parameters": {"type": "object"}}


def asking(**wish: Any) -> ChatRequest:
    media = wish.pop("media", None)
    blocks = [ContentBlock(kind="text", text="hi")]
    if media is not None:
        blocks.append(ContentBlock(kind=media, data={"data": "AAAA", "media_type": "image/png"}))
    return ChatRequest(model_id="m", messages=(Message(role="user", content=tuple(blocks)),), **wish)


TOOLS, IMAGE = asking(tools=(TOOL,)), asking(media="image")
SCHEMA = asking(output={"method": "json_schema", "schema": {"type": "object"}})
THINKING = asking(reasoning=ReasoningParams(effort="high"))
CLEAR = [
    (TOOLS, 400, "registry.ollama.ai/library/gemma:2b does not support tools", "tools"),
    (TOOLS, 404, "No endpoints found that support tool use. To learn more about provider routing, visit: x", "tools"),
    (TOOLS, 400, "`tool calling` is not supported with this model", "tools"),
    (TOOLS, 400, "Tool calling is not supported with this model", "tools"),
    (TOOLS, 400, "This model doesn't support tool use.", "tools"),
    (IMAGE, 400, "this model does not support image input (ref: b8bd630e)", "image_input"),
    (IMAGE, 404, "No endpoints found that support image input", "image_input"),
    (
        asking(media="video"),
        400,
        "This model doesn't support the video content block that you provided. Update it and try again.",
        "video_input",
    ),
    (
        SCHEMA,
        400,
        "This model does not support response format `json_schema`. See docs.",
        "structured_output",
    ),
    (
        SCHEMA,
        400,
        "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
        "structured_output",
    ),
    (THINKING, 400, '"llama3:8b" does not support thinking', "reasoning"),
]
UNCLEAR = [
    (TOOLS, 500, "This model does not support tools"),
    (TOOLS, 429, "This model does not support tools"),
    (asking(), 400, "This model does not support tools"),
    (
        asking(tools=({"name": "x. This model doesn't support\nTOOLS. y"},)),
        400,
        "Invalid name: 'x. This model doesn't support TOOLS. y'",
    ),
    (asking(tools=(TOOL,), extra={"k": "does not support tools"}), 400, "Model m: k: 'does not support tools'"),
    (TOOLS, 400, "This model does not support tools when streaming"),
    (TOOLS, 400, "This model does not support tool_choice required"),
    (TOOLS, 400, "This model does not support tools of type web_search"),
    (TOOLS, 400, "The server does not support tools. Start it with --jinja"),
    (TOOLS, 400, "This endpoint does not support tools"),
    (TOOLS, 400, "This model does not support more than 128 tools"),
    (TOOLS, 400, "stream is not supported for this model"),
    (IMAGE, 400, "messages.0.content.1.image.source.base64.data: URL sources are not supported"),
    (IMAGE, 400, "This model does not support image URLs"),
    (IMAGE, 400, "This model does not support images larger than 5 MB"),
    (THINKING, 400, "This model does not support reasoning effort 'minimal'. Supported values are: low, high"),
    (THINKING, 400, "This model does not support reasoning_effort"),
    (SCHEMA, 400, "output_format.schema: For 'integer' type, property 'minimum' is not supported"),
    (
        asking(tools=(TOOL,), media="image"),
        400,
        "This model does not support tools.\nThis model does not support images.",
    ),
    (
        asking(media="image", routing=Routing(provider=Upstreams(only=("acme",)))),
        404,
        "No endpoints found that support image input",
    ),
]


@pytest.mark.parametrize(("request_", "status", "message", "name"), CLEAR)
def test_a_clear_refusal_denies_one_thing(request_: ChatRequest, status: int, message: str, name: str) -> None:
    assert refused({"status": status, "message": message}, request_) == name


@pytest.mark.parametrize(("request_", "status", "message"), UNCLEAR)
def test_what_leaves_a_doubt_denies_nothing(request_: ChatRequest, status: int, message: str) -> None:
    assert refused({"status": status, "message": message}, request_) is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("valkey")
def test_a_run_that_was_refused_teaches_it_and_an_answer_that_shows_it_teaches_better(
    owner: Any, upstream: ThreadedProvider
) -> None:
    model = upstream.as_rows()
    upstream.play(refuses(400, {"error": {"message": "This model does not support tools."}}))
    drive(started(owner, {"model": model, "tools": [TOOL]}))
    row = ChatModel.objects.get(model_id=model.partition("/")[2])
    known = row.known("tools")
    assert known is not None
    assert (known.value, known.source, bool(known.date)) == (False, "observed", True)
    call = {"index": 0, "id": "c", "function": {"name": "f", "arguments": "{}"}}
    upstream.play(answers(delta(tool_calls=[call]), delta(finish="tool_calls"), DONE))
    drive(started(owner, {"model": model, "tools": [TOOL]}))
    row.refresh_from_db()
    assert row.capabilities["tools"] is True
    upstream.play(refuses(400, {"error": {"message": "This model does not support tools."}}))
    drive(started(owner, {"model": model, "tools": [TOOL]}))
    row.refresh_from_db()
    assert row.capabilities["tools"] is True
