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


async def test_an_id_that_is_made_and_listed_is_told_once(transport: Transport, provider: FakeProvider) -> None:
    parts = [{"provider": "acme", "context_length": 8}]
    provider.play(refuses(200, {"data": [{"id": "m", "providers": parts}, {"id": "m:acme", "name": "M"}]}))
    spec = {"listed": {"parts": "providers", "part_name": "provider"}}

    assert [each.id for each in await list_facts(listing(spec, provider), transport)] == ["m", "m:acme"]


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


def of_catalog(slug: str, provider: FakeProvider) -> Target:
    spec = load_catalog()[slug].model_copy(update={"base_url": provider.base_url, "auth": Auth()})
    return target_for(provider.base_url, spec=spec)


async def test_a_litellm_proxy_tells_of_each_name_what_all_its_deployments_agree_on(
    transport: Transport, provider: FakeProvider
) -> None:
    def info(name: str, **facts: Any) -> dict[str, Any]:
        return {"model_name": name, "litellm_params": {"model": "x"}, "model_info": facts}

    told = [
        info(
            "one", supports_function_calling=True, supports_vision=None, max_input_tokens=1000, input_cost_per_token=0
        ),
        info("two", supports_function_calling=True, supports_vision=True, input_cost_per_token=2e-6),
        info("two", supports_function_calling=True, supports_vision=False, input_cost_per_token=2e-6),
        info("not-listed", supports_vision=True),
    ]
    told[1]["model_info"]["output_cost_per_token"] = told[2]["model_info"]["output_cost_per_token"] = 8e-6
    provider.play(refuses(200, {"data": [{"id": "one"}, {"id": "two"}]}), refuses(200, {"data": told}))
    one, two = await list_facts(of_catalog("litellm-proxy", provider), transport)

    assert provider.requests[1].path == "/v1/model/info"
    assert (one.capabilities, one.context_window, one.prices) == ({"tools": True}, 1000, None)
    assert (two.capabilities, two.prices) == ({"tools": True}, {"input": "2", "output": "8"})


async def test_a_proxy_that_keeps_its_facts_to_itself_still_lists_its_models(
    transport: Transport, provider: FakeProvider
) -> None:
    provider.play(refuses(200, {"data": [{"id": "one"}]}), refuses(403, {"error": "admins only"}))
    assert [each.id for each in await list_facts(of_catalog("litellm-proxy", provider), transport)] == ["one"]


async def test_xai_prices_are_in_ten_thousandths_of_a_dollar_a_million(
    transport: Transport, provider: FakeProvider
) -> None:
    entry = {
        "id": "grok-3",
        "input_modalities": ["text"],
        "prompt_text_token_price": 30000,
        "cached_prompt_text_token_price": 7500,
        "completion_text_token_price": 150000,
    }
    provider.play(refuses(200, {"models": [entry]}))
    (grok,) = await list_facts(of_catalog("xai", provider), transport)

    assert provider.requests[0].path == "/v1/language-models"
    assert grok.prices == {"input": "3", "output": "15", "cache_read": "0.75"}
    assert grok.capabilities == {"image_input": False}


async def test_a_model_that_several_serve_can_what_all_of_them_can(
    transport: Transport, provider: FakeProvider
) -> None:
    def part(name: str, **facts: Any) -> dict[str, Any]:
        return {"provider": name, "status": "live", "supports_structured_output": True, **facts}

    served = [
        part("fast", context_length=8192, supports_tools=True, pricing={"input": 0.25, "output": 1.25}),
        part("slow", context_length=131072, supports_tools=False, pricing={"input": 0.1, "output": 0.4}),
        part("gone", context_length=1, supports_tools=False, status="staging"),
    ]
    entry = {"id": "org/m", "architecture": {"input_modalities": ["text", "image"]}, "providers": served}
    provider.play(refuses(200, {"data": [entry, {"id": "org/alone", "providers": []}]}))
    found = {each.id: each for each in await list_facts(of_catalog("huggingface", provider), transport)}

    assert set(found) == {"org/m", "org/m:fast", "org/m:slow", "org/alone"}
    whole = found["org/m"]
    assert whole.capabilities == {"structured_output": True, "image_input": True}
    assert (whole.context_window, whole.prices) == (8192, None)
    assert found["org/m:fast"].capabilities["tools"] is True
    assert found["org/m:slow"].prices == {"input": "0.1", "output": "0.4"}
