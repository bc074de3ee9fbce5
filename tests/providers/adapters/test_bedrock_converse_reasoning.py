"""How each family of models on Bedrock is told to think, and what it then no longer takes."""

from typing import Any

import pytest

from providers.adapters.bedrock_converse.reasoning import way_of
from providers.adapters.bedrock_converse.render import render_body
from providers.contract.messages import ChatRequest, Message, Params, ReasoningParams, RequestReport
from providers.contract.quirks import BedrockQuirks
from providers.contract.spec import ProviderSpec

SPEC = ProviderSpec(slug="any", name="Any", base_url="https://host", protocol="bedrock_converse")
ALL = Params(temperature=0.5, top_p=0.9, max_tokens=3000)


def told(model_id: str, wish: dict[str, Any] | None, params: Params = ALL) -> tuple[Any, Any, RequestReport]:
    reasoning = None if wish is None else ReasoningParams(**wish)
    request = ChatRequest(
        model_id=model_id, messages=(Message.of_text("user", "hi"),), params=params, reasoning=reasoning
    )
    body, report = render_body(request, SPEC)
    return body.get("additionalModelRequestFields"), body.get("inferenceConfig"), report


@pytest.mark.parametrize(
    ("model_id", "way"),
    [
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "thinking"),
        ("arn:aws:bedrock:us-east-1:1:inference-profile/jp.amazon.nova-2-lite-v1:0", "nova"),
        ("amazon.nova-micro-v1:0", None),
        ("openai.gpt-oss-20b-1:0", "reasoning_effort"),
        ("us.openai.gpt-6.1-terra", "reasoning.effort"),
        ("qwen.qwen3-32b-v1:0", "reasoning_config"),
        ("meta.llama3-8b-instruct-v1:0", None),
    ],
)
def test_ways(model_id: str, way: str | None) -> None:
    assert way_of(model_id, BedrockQuirks()) == way


@pytest.mark.parametrize(
    ("model_id", "effort", "fields", "clamped"),
    [
        ("openai.gpt-oss-20b", "max", {"reasoning_effort": "high"}, True),
        ("qwen.qwen3-32b", "none", {"reasoning_config": "none"}, False),
        ("us.openai.gpt-6.1-terra", "xhigh", {"reasoning": {"effort": "xhigh"}}, False),
        ("amazon.nova-2-lite", "low", {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "low"}}, False),
        ("amazon.nova-2-lite", "none", {"reasoningConfig": {"type": "disabled"}}, False),
    ],
)
def test_levels(model_id: str, effort: str, fields: dict[str, Any], clamped: bool) -> None:
    extra, config, report = told(model_id, {"effort": effort})

    assert extra == fields
    assert config == {"maxTokens": 3000, "temperature": 0.5, "topP": 0.9}
    assert ("reasoning_effort" in report.clamped) is clamped


def test_nova_takes_nothing_beside_high_effort() -> None:
    extra, config, report = told("us.amazon.nova-2-lite-v1:0", {"enabled": True, "effort": "max"})

    assert extra == {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "high"}}
    assert config is None
    assert set(report.dropped) == {"max_tokens", "temperature", "top_p"}
    assert set(report.renamed) == {"reasoning_effort"}


def test_on_and_off_without_a_level() -> None:
    assert told("openai.gpt-oss-20b", {"enabled": True})[0] == {"reasoning_effort": "medium"}
    assert told("qwen.qwen3-32b", {"enabled": False})[0] == {"reasoning_config": "none"}


def test_what_a_family_does_not_know_is_said() -> None:
    _, _, of_unknown = told("meta.llama3-8b", {"effort": "low"})
    _, _, of_budget = told("openai.gpt-oss-20b", {"budget": 2000, "summary": "auto", "exclude": True})

    assert set(of_unknown.dropped) == {"reasoning_effort"}
    assert set(of_budget.dropped) == {"reasoning_budget", "reasoning_summary", "reasoning_exclude"}


def test_claude_with_a_budget() -> None:
    extra, config, report = told("us.anthropic.claude-sonnet-4-5-20250929-v1:0", {"budget": 2000})

    assert extra == {"thinking": {"type": "enabled", "budget_tokens": 2000}}
    assert config == {"maxTokens": 3000}
    assert set(report.dropped) == {"temperature", "top_p"}


def test_claude_keeps_sampling_that_thinking_allows() -> None:
    params = Params(temperature=1, max_tokens=3000)

    _, config, report = told("anthropic.claude-sonnet-4-5-v1:0", {"effort": "low"}, params)

    assert config == {"maxTokens": 3000, "temperature": 1}
    assert report.dropped == {}


def test_a_newer_claude_decides_itself_and_takes_no_sampling() -> None:
    extra, config, report = told("global.anthropic.claude-sonnet-5-5", {"effort": "max"})

    assert extra["thinking"] == {"type": "adaptive", "display": "summarized"}
    assert extra["output_config"] == {"effort": "max"}
    assert config == {"maxTokens": 3000}
    assert report.renamed["reasoning_effort"] == "additionalModelRequestFields.output_config.effort"
    assert set(report.dropped) == {"temperature", "top_p"}


def test_an_older_claude_is_sampled_by_one_of_two() -> None:
    _, config, report = told("anthropic.claude-haiku-4-5-20251001-v1:0", None)
    _, oldest, _ = told("anthropic.claude-3-5-haiku-20241022-v1:0", None)

    assert config == {"maxTokens": 3000, "temperature": 0.5}
    assert set(report.dropped) == {"top_p"}
    assert oldest == {"maxTokens": 3000, "temperature": 0.5, "topP": 0.9}
