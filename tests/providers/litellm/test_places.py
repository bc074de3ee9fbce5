"""Each way in which LiteLLM names a deployment, and where that is here."""

from typing import Any

import pytest

from providers.catalog import load_catalog
from providers.litellm.config import Entry
from providers.litellm.places import SLUGS, Place, Unusable, place_of


def place(model: str, **params: Any) -> Place:
    return place_of(Entry(0, "g", model, {"model": model, **params}, {}), load_catalog())


def test_every_name_leads_to_a_provider_of_the_catalog() -> None:
    assert {slug for slug in SLUGS.values() if slug} <= set(load_catalog())


@pytest.mark.parametrize(
    ("model", "params", "expected"),
    [
        ("openai/gpt-4o", {}, ("openai", "gpt-4o", "")),
        ("gpt-4o", {}, ("openai", "gpt-4o", "")),
        ("o3-mini", {}, ("openai", "o3-mini", "")),
        ("claude-opus-5", {}, ("anthropic", "claude-opus-5", "")),
        ("gemini-3-pro", {}, ("vertex", "gemini-3-pro", "")),
        ("gemini/gemini-3-pro", {}, ("gemini", "gemini-3-pro", "")),
        ("openai/gpt-4o", {"api_base": "https://api.openai.com/v1/"}, ("openai", "gpt-4o", "")),
        ("openai/x", {"api_base": "https://api.groq.com/openai/v1"}, ("groq", "x", "")),
        ("openai/x", {"api_base": "https://my.example/v1"}, ("", "x", "https://my.example/v1")),
        ("my-model", {"api_base": "https://my.example/v1"}, ("", "my-model", "https://my.example/v1")),
        (
            "org/x",
            {"custom_llm_provider": "openai", "api_base": "https://m.example"},
            ("", "org/x", "https://m.example"),
        ),
        ("anthropic/c", {"api_base": "https://gw.example/v1/messages"}, ("anthropic", "c", "https://gw.example")),
        ("ollama/llama3:8b", {"api_base": "http://o:11434"}, ("ollama", "llama3:8b", "http://o:11434/v1")),
        ("openrouter/anthropic/claude", {}, ("openrouter", "anthropic/claude", "")),
        ("hosted_vllm/org/m", {"api_base": "http://v:8000/v1"}, ("vllm", "org/m", "http://v:8000/v1")),
        ("together_ai/meta/x", {"base_url": "https://t.example/v1"}, ("together", "meta/x", "https://t.example/v1")),
    ],
)
def test_provider_model_and_address(model: str, params: dict[str, Any], expected: tuple[str, str, str]) -> None:
    found = place(model, **params)
    assert (found.slug, found.model_id, found.base_url) == expected


@pytest.mark.parametrize(
    ("params", "slug", "base_url", "account"),
    [
        (
            {"api_base": "https://corp.openai.azure.com/", "api_version": "2024-10-21"},
            *("azure-openai-classic", "", {"resource": "corp", "api_version": "2024-10-21"}),
        ),
        ({"api_base": "https://corp.openai.azure.com/openai/v1/"}, "azure-openai", "", {"resource": "corp"}),
        (
            {"api_base": "https://corp.openai.azure.com", "api_version": "preview"},
            *("azure-openai", "", {"resource": "corp"}),
        ),
        (
            {"api_base": "https://apim.corp.example/team", "api_version": "2024-02-01"},
            *("azure-openai-classic", "https://apim.corp.example/team/openai"),
            {"resource": "apim", "api_version": "2024-02-01"},
        ),
    ],
)
def test_azure(params: dict[str, Any], slug: str, base_url: str, account: dict[str, str]) -> None:
    found = place("azure/my-deployment", **params)
    assert (found.slug, found.model_id, found.base_url, found.account) == (slug, "my-deployment", base_url, account)


def test_other_credentials_of_azure() -> None:
    base = {"api_base": "https://corp.openai.azure.com/"}
    assert place("azure/x", azure_ad_token="t", **base).kind == "bearer"  # a test
    client = place("azure/x", client_id="i", client_secret="s", tenant_id="t-1", **base)  # a test
    assert (client.kind, dict(client.pieces)) == ("client_credentials", {"client_id": "i", "client_secret": "s"})
    assert client.account["tenant"] == "t-1"


def test_bedrock() -> None:
    found = place(
        "bedrock/converse/us-west-2/anthropic.claude", aws_access_key_id="a", aws_secret_access_key="b"
    )  # a test
    assert (found.model_id, dict(found.account), found.kind) == ("anthropic.claude", {"region": "us-west-2"}, "sigv4")
    assert dict(found.pieces) == {"access_key_id": "a", "secret_access_key": "b"}
    assert place("bedrock/invoke/amazon.nova").protocol == "bedrock_invoke"
    assert dict(place("anthropic.claude-3", aws_profile_name="team").pieces) == {"profile": "team"}
    assert dict(place("bedrock/arn:aws:bedrock:x/y").pieces) == {"profile": "default"}


def test_vertex() -> None:
    found = place("vertex_ai/claude-5@1", vertex_project="p", vertex_location="europe-west1", vertex_credentials="{}")
    assert (found.protocol, dict(found.account)) == ("messages", {"project": "p", "location": "europe-west1"})
    assert (found.kind, dict(found.pieces)) == ("google", {"account": "{}"})
    assert place("vertex_ai/gemini-3-pro").protocol == "auto"
    assert place("vertex_ai/meta/llama").protocol == "chat"


def test_an_account_that_an_address_tells() -> None:
    found = place("databricks/dbrx", api_base="https://adb-1.azuredatabricks.net/serving-endpoints")
    assert (dict(found.account), found.base_url) == ({"host": "adb-1.azuredatabricks.net"}, "")


@pytest.mark.parametrize(
    ("model", "params", "words"),
    [
        ("replicate/x/y", {}, "“replicate” has no counterpart"),
        ("watsonx/x", {}, "“watsonx” has no counterpart"),
        ("something-odd", {}, "no counterpart"),
        ("azure/x", {}, "no api_base"),
        ("custom_openai/x", {}, "no api_base"),
        ("openai/", {}, "No model"),
        ("bedrock/agent/x", {}, "no chat models"),
        ("bedrock/x", {"aws_role_name": "arn:..."}, "aws_role_name is not supported"),
    ],
)
def test_what_has_no_counterpart_is_refused_with_the_reason(model: str, params: dict[str, Any], words: str) -> None:
    with pytest.raises(Unusable, match=words):
        place(model, **params)
