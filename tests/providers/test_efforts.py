"""How hard a model can be told to think: what is offered goes out as it was asked for."""

import pytest

from providers.adapters import get_adapter
from providers.catalog import load_catalog
from providers.contract.messages import ChatRequest, Effort, Message, Params, ReasoningParams
from providers.resolve.doors import as_asked
from providers.resolve.efforts import efforts_taken


def offered(slug: str, model_id: str, protocol: str = "") -> str:
    spec = load_catalog()[slug]
    found = as_asked(spec, protocol or spec.protocol)
    return " ".join(efforts_taken(found.model_dump_json(exclude={"models"}), found.protocol, model_id) or ())


@pytest.mark.parametrize(
    ("slug", "model_id", "protocol", "efforts"),
    [
        ("openai", "gpt-6-astra", "", "low medium high xhigh"),
        ("openai", "gpt-6-astra", "openai_responses", "low medium high xhigh max"),
        ("openai", "gpt-6-luna", "", "none low medium high xhigh"),
        ("openai", "gpt-5.4-pro", "", "medium high xhigh"),
        ("openai", "gpt-5-mini", "", "minimal low medium high"),
        ("openai", "o3", "openai_responses", "low medium high"),
        ("xai", "grok-4.3", "", "none low medium high"),
        ("xai", "grok-4.7", "openai_responses", "low medium high xhigh"),
        ("groq", "openai/gpt-oss-20b", "", "low medium high"),
        ("moonshot", "kimi-k3", "", "low high max"),
        ("anthropic", "claude-opus-5-5", "", "low medium high xhigh max"),
        ("gemini", "gemini-3.1-pro-preview", "", "low medium high"),
        ("writer", "palmyra-x5", "", ""),
    ],
)
def test_each_model_has_its_own(slug: str, model_id: str, protocol: str, efforts: str) -> None:
    assert offered(slug, model_id, protocol) == efforts


@pytest.mark.parametrize("protocol", ["openai_chat", "openai_responses"])
@pytest.mark.parametrize(("model_id", "effort", "sent"), [("gpt-6-astra", "none", False), ("gpt-6-luna", "none", True)])
def test_who_cannot_stop_thinking_takes_no_temperature(
    protocol: str, model_id: str, effort: Effort, sent: bool
) -> None:
    said = (Message.of_text("user", "?"),)
    wish = ReasoningParams(effort=effort)
    request = ChatRequest(model_id=model_id, messages=said, reasoning=wish, params=Params(temperature=0.5))

    report = get_adapter(protocol).render(request, load_catalog()["openai"]).report

    assert ("temperature" in report.sent) is sent
    assert ("reasoning_effort" in report.clamped) is not sent


def test_where_nobody_says_what_is_taken_it_is_unknown() -> None:
    facts = load_catalog()["databricks"].model_dump_json(exclude={"models"})
    assert efforts_taken(facts, "openai_chat", "databricks-gpt-6-1-terra") is None


def test_facts_that_no_check_has_seen_leave_it_unknown() -> None:
    assert efforts_taken('{"slug": "<b>", "name": "x", "base_url": "javascript:alert(1)"}', "openai_chat", "m") is None
