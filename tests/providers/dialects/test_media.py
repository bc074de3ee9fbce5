"""An address that holds its data is data: protocols that take no addresses take it, the others get it as it was."""

import json
from typing import Any

import pytest

from providers.adapters import get_adapter
from providers.contract.errors import ProviderError
from providers.contract.messages import ChatRequest, ContentBlock, Message
from providers.contract.spec import MediaRule, ProviderSpec
from providers.dialects.media import check_media, with_data

PICTURE = "data:image/gif;name=a.gif;base64,BBBB"
SPEC = ProviderSpec(slug="any", name="Any", base_url="https://host.example/v1")


def asked(**data: Any) -> ChatRequest:
    picture = ContentBlock(kind="image", data=data)
    return ChatRequest(model_id="m", messages=(Message.of_text("user", "hi"), Message(role="user", content=(picture,))))


@pytest.mark.parametrize(
    ("data", "read"),
    [
        ({"url": PICTURE}, {"media_type": "image/gif", "data": "BBBB"}),
        (
            {"url": PICTURE, "media_type": "image/png", "detail": "low"},
            {"media_type": "image/png", "detail": "low", "data": "BBBB"},
        ),
        ({"url": "data:image/gif,BBBB"}, {"url": "data:image/gif,BBBB"}),
    ],
)
def test_what_it_says_becomes_data(data: dict[str, Any], read: dict[str, Any]) -> None:
    assert with_data(asked(**data)).messages[1].content[0].data == read


@pytest.mark.parametrize("data", [{"url": "https://host/data:"}, {"data": "BBBB"}, {}])
def test_everything_else_is_left_as_it_is(data: dict[str, Any]) -> None:
    request = asked(**data)

    assert with_data(request) is request


DATA = {
    "openai_chat": {"type": "image_url", "image_url": {"url": "data:image/gif;base64,BBBB"}},
    "openai_responses": {"type": "input_image", "image_url": "data:image/gif;base64,BBBB", "detail": "auto"},
    "anthropic_messages": {
        "type": "image",
        "source": {"type": "base64", "media_type": "image/gif", "data": "BBBB"},
    },
    "gemini_generate": {"inlineData": {"mimeType": "image/gif", "data": "BBBB"}},
    "cohere_v2": {"type": "image_url", "image_url": {"url": "data:image/gif;base64,BBBB"}},
    "bedrock_converse": {"image": {"format": "gif", "source": {"bytes": "BBBB"}}},
    "ollama_chat": ["BBBB"],
}


@pytest.mark.parametrize("protocol", DATA)
def test_all_protocols_that_see_take_it(protocol: str) -> None:
    body = get_adapter(protocol).render(asked(url=PICTURE), SPEC).body

    assert json.dumps(DATA[protocol]) in json.dumps(body)


RULES = {"image": MediaRule(types=("image/png", "image/jpeg"), most=6), "pdf": MediaRule(most=3)}


@pytest.mark.parametrize(
    ("kind", "data", "said"),
    [
        ("image", {"data": "BBBB", "media_type": "image/bmp"}, "Any takes no image/bmp. Convert the file to one of"),
        ("image", {"url": "https://h/a", "media_type": "image/bmp"}, "Any takes no image/bmp"),
        ("image", {"url": "data:image/bmp;base64,BBBB"}, "Any takes no image/bmp"),
        ("image", {"data": "B" * 12, "media_type": "image/png"}, r"image/png\) has 0.0 MiB; Any takes"),
        ("file", {"data": "B" * 8, "media_type": "application/pdf"}, "application/pdf"),
        ("image", {"data": "B" * 8, "media_type": "image/JPG; q=1"}, ""),
        ("image", {"url": "https://h/a"}, ""),
        ("file", {"data": "B" * 80, "media_type": "text/plain"}, ""),
        ("audio", {"data": "B" * 80, "media_type": "audio/ogg"}, ""),
    ],
)
def test_files_that_a_provider_does_not_take_are_refused_before(kind: Any, data: dict[str, Any], said: str) -> None:
    spec = SPEC.model_copy(update={"media": RULES})
    block = ContentBlock(kind=kind, name="a", data=data)
    request = ChatRequest(model_id="m", messages=(Message(role="user", content=(block,)),))

    if not said:
        check_media(request, spec)
        return
    with pytest.raises(ProviderError, match=said) as caught:
        get_adapter("openai_chat").render(request, spec)
    assert caught.value.code == "unsupported"
