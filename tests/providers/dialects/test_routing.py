"""Session, trace and upstreams: sent where they are known, each by itself, and nothing that was not asked for."""

from typing import Any

import pytest
from pydantic import ValidationError

from providers.adapters import get_adapter
from providers.catalog import load_catalog
from providers.contract.adapter import RenderedRequest
from providers.contract.errors import SetupError
from providers.contract.messages import ChatRequest, Message, ReasoningParams
from providers.contract.routing import Routing, Trace
from providers.contract.spec import ProviderSpec
from providers.contract.templates import fill_spec
from providers.dialects.routing import with_routing

PROTOCOLS = ("openai_chat", "openai_responses", "anthropic_messages")
IDS = {"comparison": "c" * 22, "run": "r" * 22, "turn": "t" * 22, "column": "k" * 22}
UPSTREAMS = {
    "order": ["anthropic", "amazon-bedrock"],
    "only": ["anthropic", "amazon-bedrock", "google-vertex"],
    "ignore": ["azure"],
    "allow_fallbacks": False,
    "require_parameters": True,
    "data_collection": "deny",
    "zdr": True,
    "enforce_distillable_text": True,
    "quantizations": ["fp8", "bf16"],
    "sort": {"by": "latency", "partition": "none"},
    "max_price": {"prompt": "1.5", "completion": 3.0, "request": "0", "image": "0.01"},
    "preferred_min_throughput": {"p90": 20.0},
    "preferred_max_latency": 2.5,
    "options": {"anthropic": {"beta": ["x"]}},
}
PLUGINS = [
    {"id": "web", "engine": "exa", "max_results": 3, "include_domains": ["example.com"]},
    {"id": "file-parser", "pdf": {"engine": "mistral-ocr"}},
    {"id": "response-healing", "enabled": False},
]


def openrouter(**values: str) -> ProviderSpec:
    return fill_spec(load_catalog()["openrouter"], values)


def rendered(spec: ProviderSpec, protocol: str = "openai_chat", **fields: Any) -> RenderedRequest:
    request = ChatRequest(model_id="openai/gpt-6-astra", messages=(Message.of_text("user", "hi"),), ids=IDS, **fields)
    return with_routing(get_adapter(protocol).render(request, spec), request, spec)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_nothing_is_sent_that_was_not_asked_for(protocol: str) -> None:
    body = rendered(openrouter(), protocol).body

    assert not body.keys() & {"session_id", "trace", "provider", "models", "route", "plugins", "ids", "routing"}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_everything_as_it_is_documented(protocol: str) -> None:
    trace = {
        "trace_id": "t-1",
        "trace_name": "nightly",
        "span_name": "compare",
        "generation_name": "g",
        "parent_span_id": "p-1",
        "environment": {"stage": "test"},
    }
    routing = {"provider": UPSTREAMS, "models": ["a/b", "c/d"], "route": "fallback", "plugins": PLUGINS}
    done = rendered(
        openrouter(), protocol, routing=Routing.model_validate(routing), session_id="s-1", trace=Trace(**trace)
    )

    wanted = {**routing, "session_id": "s-1", "trace": trace}
    assert {name: done.body[name] for name in wanted} == wanted
    assert {name: done.report.sent[name] for name in wanted} == wanted
    assert done.report.dropped == {}


def test_reasoning_as_openrouter_says_it() -> None:
    effort = ReasoningParams(effort="xhigh", summary="detailed", exclude=True, enabled=True)
    assert rendered(openrouter(), reasoning=effort).body["reasoning"] == {
        "effort": "xhigh",
        "summary": "detailed",
        "exclude": True,
        "enabled": True,
    }
    assert rendered(openrouter(), reasoning=ReasoningParams(budget=2048)).body["reasoning"] == {"max_tokens": 2048}


def test_a_request_counts_more_than_what_is_set() -> None:
    assert rendered(openrouter(session_id="ours")).body["session_id"] == "ours"
    assert rendered(openrouter(session_id="ours"), session_id="mine").body["session_id"] == "mine"
    assert (
        rendered(openrouter(session_id="ours"), session_id="mine", extra={"session_id": "raw"}).body["session_id"]
        == "raw"
    )
    assert "trace" not in rendered(openrouter(session_id="ours")).body
    only_trace = rendered(openrouter(), trace=Trace(trace_id="t")).body
    assert only_trace["trace"] == {"trace_id": "t"}
    assert "session_id" not in only_trace


def test_ids_of_the_comparison_and_the_run_where_they_are_asked_for() -> None:
    done = rendered(
        openrouter(session_id="site-{comparison}"),
        trace=Trace.model_validate({"trace_id": "{comparison}", "span_name": "{column}/{run}", "x": ["{turn}", 1]}),
    )

    assert done.body["session_id"] == f"site-{IDS['comparison']}"
    assert done.body["trace"] == {
        "trace_id": IDS["comparison"],
        "span_name": f"{IDS['column']}/{IDS['run']}",
        "x": [IDS["turn"], 1],
    }
    assert rendered(openrouter(), session_id="{unknown}").body["session_id"] == "{unknown}"


@pytest.mark.parametrize(
    "fields",
    [{"session_id": "x" * 240 + "{comparison}"}, {"extra": {"session_id": "x" * 257}}, {}],
)
def test_a_session_id_that_is_too_long_is_refused(fields: dict[str, Any]) -> None:
    spec = openrouter(session_id="x" * 257) if not fields else openrouter()

    with pytest.raises(SetupError, match="at most 256 characters"):
        rendered(spec, **fields)
    with pytest.raises(ValidationError):
        rendered(openrouter(), session_id="x" * 257)
    assert len(rendered(openrouter(), session_id="x" * 256).body["session_id"]) == 256


def test_who_does_not_know_them_gets_none_and_the_report_says_so() -> None:
    groq = load_catalog()["groq"]
    done = rendered(
        groq,
        session_id="s",
        trace=Trace(trace_id="t"),
        routing=Routing.model_validate({"models": ["a/b"], "provider": {"zdr": True}}),
    )

    assert not done.body.keys() & {"session_id", "trace", "models", "provider"}
    assert set(done.report.dropped) == {"session_id", "trace", "routing.models", "routing.provider"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"provider": {"oder": ["x"]}},
        {"provider": {"data_collection": "maybe"}},
        {"provider": {"quantizations": ["fp99"]}},
        {"provider": {"max_price": {"prompt": "-1"}}},
        {"route": "anywhere"},
        {"plugins": [{"enabled": True}]},
        {"models": ["x"] * 65},
    ],
)
def test_what_is_misspelled_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Routing.model_validate(wrong)
