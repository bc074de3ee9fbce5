"""Lists of models as providers give them, with what they say of each; and tests of keys that cost nothing."""

import json
from typing import Any

import pytest

from providers.catalog import load_catalog
from providers.contract.errors import ProviderError
from providers.contract.resolved import Target
from providers.contract.spec import Auth, ProviderSpec
from providers.model_lists import check_key, list_facts, list_models
from providers.transport.http import Transport
from tests.fakes.calls import KEY, target_for
from tests.fakes.provider_server import FakeProvider, Reply, refuses


def listing(spec: dict[str, Any], provider: FakeProvider) -> Target:
    made = ProviderSpec(slug="fake", name="Fake", base_url=provider.base_url, auth=Auth(), **spec)
    return target_for(provider.base_url, spec=made)


@pytest.mark.parametrize(
    ("spec", "answer", "ids"),
    [
        ({}, {"data": [{"id": "b"}, {"id": "a"}, {"id": "b"}, {"name": "x"}, 7]}, ["a", "b"]),
        ({}, [{"id": "bare"}], ["bare"]),
        ({"models_items": ""}, [{"id": "bare"}], ["bare"]),
        ({"models_items": "result.models", "models_id": "name"}, {"result": {"models": [{"name": "n"}]}}, ["n"]),
        ({}, {"data": ["plain"]}, ["plain"]),
        ({}, {"data": []}, []),
        ({"models_strip": ("models/",)}, {"data": [{"id": "models/a"}, {"id": "my/models/b"}]}, ["a", "my/models/b"]),
    ],
)
async def test_lists_of_models(
    transport: Transport, provider: FakeProvider, spec: dict[str, Any], answer: Any, ids: list[str]
) -> None:
    provider.play(refuses(200, answer))

    assert await list_models(listing(spec, provider), transport) == ids
    assert provider.requests[0].path == "/v1/models"
    assert provider.requests[0].headers["authorization"] == f"Bearer {KEY}"


async def test_an_id_that_repeats_the_key_is_not_listed(transport: Transport, provider: FakeProvider) -> None:
    """Ids become rows that everybody reads; so does what a list says of a model."""
    said = [{"id": "a", "name": f"of {KEY}"}, {"id": KEY}, {"id": f"tuned-{KEY}-1"}]
    provider.play(refuses(200, {"data": said}))

    assert await list_models(listing({}, provider), transport) == ["a"]
    assert KEY not in repr(await list_facts(listing({}, provider), transport))


@pytest.mark.parametrize(("body", "code"), [(b"<html>", "malformed_stream"), (b'{"models": 3}', "malformed_stream")])
async def test_a_list_that_is_none(transport: Transport, provider: FakeProvider, body: bytes, code: str) -> None:
    async def script(reply: Reply) -> None:
        await reply.whole(200, body)

    provider.play(script)

    with pytest.raises(ProviderError) as caught:
        await list_models(listing({}, provider), transport)
    assert caught.value.code == code


async def test_a_provider_without_a_list(transport: Transport, provider: FakeProvider) -> None:
    for question in (list_models, check_key):
        with pytest.raises(ProviderError) as caught:
            await question(listing({"models_path": ""}, provider), transport)
        assert caught.value.code == "unsupported"
    assert provider.connections == 0


async def test_a_good_key(transport: Transport, provider: FakeProvider) -> None:
    provider.play(refuses(200, {"data": [{"id": "a"}]}))

    assert await check_key(listing({}, provider), transport) == 1


async def test_a_refused_key_is_refused_where_lists_are_public(transport: Transport, provider: FakeProvider) -> None:
    provider.play(refuses(401, {"error": {"message": f"bad key {KEY}"}}))

    with pytest.raises(ProviderError) as caught:
        await check_key(listing({"check_path": "/key"}, provider), transport)

    assert caught.value.code == "authentication"
    assert KEY not in json.dumps(caught.value.as_dict())
    assert [received.path for received in provider.requests] == ["/v1/key"]


OPENROUTER = {
    "id": "anthropic/claude-sonnet-5",
    "name": "Anthropic: Claude Sonnet 5",
    "context_length": 1000000,
    "architecture": {"input_modalities": ["text", "image", "file"], "output_modalities": ["text"]},
    "pricing": {"prompt": "0.000003", "completion": "0.000015", "input_cache_read": "0.0000003", "image": "0"},
    "supported_parameters": ["max_tokens", "tools", "tool_choice", "reasoning", "response_format"],
}
ENTRIES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "openrouter",
        OPENROUTER,
        {
            "label": "Anthropic: Claude Sonnet 5",
            "capabilities": {
                "tools": True,
                "structured_output": False,
                "json_mode": True,
                "logprobs": False,
                "reasoning": True,
                "image_input": True,
                "audio_input": False,
                "video_input": False,
                "pdf_input": True,
            },
            "context_window": 1000000,
            "prices": {"input": "3", "output": "15", "cache_read": "0.3"},
        },
    ),
    (
        "openrouter",
        {"id": "x:free", "pricing": {"prompt": "0", "completion": "0"}},
        {"prices": {"input": "0", "output": "0"}},
    ),
    ("openrouter", {"id": "openrouter/auto", "pricing": {"prompt": "-1", "completion": "-1"}}, {"prices": None}),
    (
        "mistral",
        {
            "id": "mistral-small-latest",
            "name": "mistral-small-2603",
            "max_context_length": 131072,
            "capabilities": {"completion_chat": True, "function_calling": True, "vision": False},
        },
        {
            "label": "mistral-small-2603",
            "context_window": 131072,
            "capabilities": {"tools": True, "image_input": False},
        },
    ),
    ("groq", {"id": "openai/gpt-oss-120b", "context_window": 131072, "active": True}, {"context_window": 131072}),
    (
        "together",
        {"id": "m", "display_name": "M", "context_length": 8192, "pricing": {"input": 0.18, "output": 0.5}},
        {"label": "M", "context_window": 8192, "prices": {"input": "0.18", "output": "0.5"}},
    ),
    ("together", {"id": "m", "pricing": {"input": 0, "output": 0, "hourly": 2}}, {"prices": None}),
    (
        "fireworks",
        {"id": "accounts/x", "context_length": 163840, "supports_image_input": False, "supports_tools": True},
        {"context_window": 163840, "capabilities": {"image_input": False, "tools": True}},
    ),
    (
        "anthropic",
        {
            "id": "claude-haiku-5-5",
            "display_name": "Claude Haiku 5.5",
            "max_input_tokens": 200000,
            "capabilities": {
                "image_input": {"supported": True},
                "pdf_input": {"supported": True},
                "structured_outputs": {"supported": False},
                "thinking": {"supported": True, "types": {}},
            },
        },
        {
            "label": "Claude Haiku 5.5",
            "context_window": 200000,
            "capabilities": {"image_input": True, "pdf_input": True, "structured_output": False, "reasoning": True},
        },
    ),
    (
        "gemini",
        {"name": "models/gemini-3.8-flash", "displayName": "Gemini 3.8 Flash", "inputTokenLimit": 9, "thinking": True},
        {"label": "Gemini 3.8 Flash", "context_window": 9, "capabilities": {"reasoning": True}},
    ),
    (
        "moonshot",
        {"id": "kimi-k3", "context_length": 262144, "supports_image_in": True, "supports_reasoning": True},
        {"context_window": 262144, "capabilities": {"image_input": True, "reasoning": True}},
    ),
    ("vllm", {"id": "q", "max_model_len": 40960}, {"context_window": 40960}),
    ("llama-cpp", {"id": "g", "meta": {"n_ctx_train": 32768}}, {"context_window": 32768}),
    ("openai", {"id": "gpt-6-luna", "object": "model", "owned_by": "openai"}, {}),
    ("openai", {"id": "m", "context_length": True, "thinking": "yes", "capabilities": 7, "name": 5}, {}),
    ("openai", {"id": "m", "context_length": -1, "features": [None, 3, {}], "input_modalities": "image"}, {}),
    ("openrouter", {"id": "m", "pricing": {"prompt": "NaN", "completion": "1e400"}}, {}),
    ("openrouter", {"id": "m", "pricing": {"prompt": True, "completion": [1]}}, {}),
]


@pytest.mark.parametrize(("slug", "entry", "said"), ENTRIES, ids=range(len(ENTRIES)))
async def test_what_lists_say(
    transport: Transport, provider: FakeProvider, slug: str, entry: dict[str, Any], said: dict[str, Any]
) -> None:
    spec = load_catalog()[slug]
    facts: dict[str, Any] = {
        "models_items": spec.models_items,
        "models_id": spec.models_id,
        "models_strip": spec.models_strip,
        "listed": spec.listed,
    }
    provider.play(refuses(200, {spec.models_items: [entry]} if spec.models_items else [entry]))

    (found,) = await list_facts(listing(facts, provider), transport)

    nothing = {"label": "", "capabilities": {}, "context_window": None, "prices": None}
    assert {name: getattr(found, name) for name in nothing} == {**nothing, **said}


async def test_ollama_tells_what_a_model_can_when_asked_for_it(transport: Transport, provider: FakeProvider) -> None:
    shown = {
        "qwen3:8b": {
            "capabilities": ["completion", "tools", "thinking"],
            "model_info": {"general.architecture": "qwen3", "qwen3.context_length": 40960},
            "thinking": {"values": [False, True]},
        },
        "llava": {"capabilities": ["completion", "vision"]},
    }

    async def script(reply: Reply) -> None:
        if reply.request.path == "/v1/models":
            body: Any = {"data": [{"id": name} for name in (*shown, "gone")]}
        else:
            assert (reply.request.method, reply.request.path) == ("POST", "/api/show")
            body = shown.get(reply.request.json["model"])
        await reply.whole(200 if body else 404, json.dumps(body or {"error": "not found"}).encode())

    provider.play(script)
    found = {
        each.id: each
        for each in await list_facts(listing({"listed": load_catalog()["ollama"].listed}, provider), transport)
    }

    assert found["qwen3:8b"].capabilities == {
        "tools": True,
        "reasoning": True,
        "image_input": False,
        "audio_input": False,
    }
    assert found["qwen3:8b"].context_window == 40960
    assert found["llava"].capabilities["image_input"] is True
    assert found["llava"].capabilities["tools"] is False
    assert found["gone"].capabilities == {}
