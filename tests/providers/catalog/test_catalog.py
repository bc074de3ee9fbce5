"""Every catalog file is found by itself, is right, and stays data."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from providers.adapters import get_adapter
from providers.catalog import FOLDER, load_catalog, read_spec
from providers.contract.errors import SetupError
from providers.contract.messages import ChatRequest, Message
from providers.contract.spec import ProviderSpec
from providers.contract.templates import fill_spec, values_of
from providers.transport.addresses import is_public
from providers.transport.origin import parse_origin

FILES = sorted(FOLDER.glob("*.toml"))
EXPECTED = {"openai", "openrouter", "groq", "deepseek", "mistral", "xai", "together", "fireworks", "nvidia"} | {
    "huggingface", "perplexity", "ollama", "llama-cpp", "vllm", "litellm-proxy", "gemini", "vertex", "cohere",
}  # fmt: skip


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def spec(request: Any) -> ProviderSpec:
    """As an administrator has completed it."""
    facts = read_spec(request.param)
    return fill_spec(
        facts, values_of(facts.settings, {setting.name: setting.default or "x1" for setting in facts.settings})
    )


def test_all_files_are_loaded() -> None:
    assert set(load_catalog()) == {path.stem for path in FILES}
    assert set(load_catalog()) >= EXPECTED


def test_it_can_be_called(spec: ProviderSpec) -> None:
    request = ChatRequest(model_id="any/model:id", messages=(Message.of_text("user", "hi"),))

    rendered = get_adapter(spec.protocol).render(request, spec)

    asked = rendered.body.get("model") or rendered.body.get("modelUri") or unquote(rendered.path)
    assert asked == "any/model:id" or "/any/model:id" in asked
    assert parse_origin(spec.base_url + rendered.path)


def test_addresses(spec: ProviderSpec) -> None:
    where = parse_origin(spec.base_url)
    local = where.host in {"localhost", "127.0.0.1"}

    assert not spec.base_url.endswith("/")
    assert local or where.scheme == "https" or (spec.warning and not spec.enabled)
    assert local or not re.fullmatch(r"[\d.]+", where.host) or is_public(where.host)
    assert all(url == "" or url.startswith("https://") for url in (spec.docs_url, spec.keys_url))
    assert spec.docs_url


def test_keys(spec: ProviderSpec) -> None:
    pieces = [name for auth in (spec.auth, *spec.also_auth) for names in auth.env.values() for name in names]
    assert spec.env_key or pieces or not spec.enabled or spec.auth.keyless_too
    assert all(re.fullmatch(r"[A-Z][A-Z0-9_]+", name) for name in (*spec.env_key, *pieces, *spec.env_base_url))
    assert not {name.lower() for name in spec.headers} & {"authorization", "x-api-key", "api-key", "cookie"}
    assert spec.auth.kind != "bearer" or spec.keys_url


def test_models(spec: ProviderSpec) -> None:
    assert len({model.id for model in spec.models}) == len(spec.models)
    own = any(setting.name == "resource" for setting in spec.settings)  # deployments have names of one's own
    assert own or parse_origin(spec.base_url).scheme == "http" or 2 <= len(spec.models) <= 4
    for model in spec.models:
        assert set(model.prices or {}) <= {"input", "output", "cache_read", "cache_creation"}


@pytest.mark.parametrize(
    "text",
    [
        'slug = "other"\nname = "x"\nbase_url = "https://x"',
        "slug = ",
        'slug = "bad"\nname = 3\nbase_url = "https://x"',
        'slug = "bad"\nname = "x"\nbase_url = "https://x"\nkey = "x"',
        'slug = "bad"\nname = "x"\nbase_url = "https://x"\n[quirks]\ntemperature_max = "2"',
    ],
)
def test_a_file_that_is_wrong_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text)

    with pytest.raises(SetupError) as caught:
        read_spec(path)

    assert "bad.toml" in caught.value.message
