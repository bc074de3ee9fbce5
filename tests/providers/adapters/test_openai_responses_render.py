"""A request as a Responses body: the shapes are pinned, field by field."""

from typing import Any

import pytest

from providers.adapters.openai_responses.render import render
from providers.contract.errors import ProviderError
from providers.contract.messages import ChatRequest, Message, Params, ReasoningParams, RequestReport
from providers.contract.quirks import ResponsesQuirks
from providers.contract.spec import ProviderSpec
from tests.providers.adapters.openai_requests import MEDIA, PARAMETERS, SCHEMA, TOOLS, block, native, replayed, rich

HI = (Message.of_text("user", "hi"),)
FIXED = {"model", "input", "stream", "store"}


def body_and_report(quirks: ResponsesQuirks | None = None, **fields: Any) -> tuple[dict[str, Any], RequestReport]:
    spec = ProviderSpec(slug="any", name="Any", base_url="https://host/v1", responses=quirks or ResponsesQuirks())
    rendered = render(ChatRequest(**{"model_id": "m", "messages": HI, **fields}), spec)
    return rendered.body, rendered.report


def parameters(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in FIXED}


def items(*content: Any, quirks: ResponsesQuirks | None = None) -> list[Any]:
    """How an answer made of these blocks goes back."""
    found: list[Any] = body_and_report(quirks, messages=(*HI, Message(role="assistant", content=content)))[0]["input"]
    return found[1:]


def test_the_least() -> None:
    body, report = body_and_report()

    assert body == {"model": "m", "input": [{"role": "user", "content": "hi"}], "stream": True, "store": False}
    assert report.sent == {"model": "m", "stream": True, "store": False}


def test_everything() -> None:
    spec = ProviderSpec(slug="any", name="Any", base_url="https://host/v1")

    rendered = render(rich(), spec)

    assert (rendered.method, rendered.path, rendered.framing, rendered.streamed) == ("POST", "/responses", "sse", True)
    assert rendered.headers == {"content-type": "application/json", "accept": "text/event-stream"}
    assert rendered.body == {
        "model": "gpt-6-luna",
        "instructions": "Be kind.",
        "input": [
            {
                "role": "user",
                "content": [
                    {"type": "input_text", "text": "What is this?"},
                    {"type": "input_image", "image_url": "https://a.example/b.png", "detail": "low"},
                    {"type": "input_image", "image_url": "data:image/png;base64,AAAA", "detail": "auto"},
                    {"type": "input_audio", "input_audio": {"data": "BBBB", "format": "mp3"}},
                    {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,CCCC"},
                ],
            }
        ],
        "stream": True,
        "store": False,
        "max_output_tokens": 99,
        "service_tier": "flex",
        "parallel_tool_calls": False,
        "reasoning": {"effort": "low"},
        "tools": [
            {
                "type": "function",
                "name": "weather",
                "description": "Tells the weather.",
                "parameters": PARAMETERS,
                "strict": True,
            },
            {"type": "function", "name": "mcp_like", "parameters": PARAMETERS, "strict": False},
            TOOLS[2],
        ],
        "tool_choice": {"type": "function", "name": "weather"},
        "text": {"format": {"type": "json_schema", "name": "Person", "schema": SCHEMA, "strict": True}},
        "include": ["reasoning.encrypted_content"],
    }
    assert rendered.report.sent.keys() == rendered.body.keys() - {"input", "instructions"}
    assert rendered.report.renamed == {
        "max_tokens": "max_output_tokens", "reasoning_effort": "reasoning.effort", "output": "text.format",
    }  # fmt: skip


def test_what_responses_does_not_know_is_said() -> None:
    body, report = body_and_report(
        params=Params(stop=("x",), seed=1, temperature=0),
        reasoning=ReasoningParams(effort="none", budget=9, exclude=True),
        modalities=("text", "image"),
    )

    assert parameters(body) == {"temperature": 0, "reasoning": {"effort": "none"}}
    assert set(report.dropped) == {"stop", "seed", "reasoning_budget", "reasoning_exclude", "modalities"}


def test_sampling_is_dropped_only_while_the_model_reasons() -> None:
    quirks = ResponsesQuirks(
        reasons_by_default="^o3", rejects_while_reasoning=("temperature",), encrypted_reasoning=False
    )
    warm = {"params": Params(temperature=1)}

    assert body_and_report(quirks, **warm)[0]["temperature"] == 1
    assert "temperature" not in body_and_report(quirks, model_id="o3-mini", **warm)[0]
    none = ReasoningParams(effort="none")
    assert body_and_report(quirks, model_id="o3-mini", reasoning=none, **warm)[0]["temperature"] == 1
    report = body_and_report(quirks, reasoning=ReasoningParams(effort="low"), **warm)[1]
    assert report.dropped == {"temperature": "this model does not take it while it reasons"}


def test_reasoning() -> None:
    body, report = body_and_report(
        ResponsesQuirks(efforts=("low", "high")), reasoning=ReasoningParams(effort="max", summary="detailed")
    )

    assert body["reasoning"] == {"effort": "high", "summary": "detailed"}
    assert report.clamped == {"reasoning_effort": {"from": "max", "to": "high"}}
    off = body_and_report(reasoning=ReasoningParams(enabled=False))[0]
    assert off["reasoning"] == {"effort": "none"}
    assert "include" not in off
    plain = body_and_report(ResponsesQuirks(summaries=False), reasoning=ReasoningParams(summary="auto"))
    assert "reasoning" not in plain[0]
    assert "reasoning_summary" in plain[1].dropped


def test_probabilities_are_asked_for_twice() -> None:
    body, report = body_and_report(params=Params(logprobs=True, top_logprobs=3))

    assert parameters(body) == {"top_logprobs": 3, "include": ["message.output_text.logprobs"]}
    assert "logprobs" in report.renamed
    assert parameters(body_and_report(params=Params(logprobs=False))[0]) == {}


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        ("any", "required"),
        ("auto", "auto"),
        ({"type": "function", "function": {"name": "weather"}}, {"type": "function", "name": "weather"}),
        ({"name": "sql"}, {"type": "custom", "name": "sql"}),
        ({"type": "web_search"}, {"type": "web_search"}),
        (None, None),
    ],
)
def test_tool_choice(choice: Any, sent: Any) -> None:
    body, _ = body_and_report(tools=TOOLS, tool_choice=choice)

    assert body.get("tool_choice") == sent
    assert "tool_choice" not in body_and_report(tool_choice=choice)[0]


def test_tools_of_the_provider_are_passed_on() -> None:
    tools = ({"type": "web_search", "search_context_size": "low"}, {"type": "code_interpreter", "container": "c"})

    assert body_and_report(tools=tools)[0]["tools"] == list(tools)


def test_structured_output_by_each_method() -> None:
    assert body_and_report(output={"method": "json_mode"})[0]["text"] == {"format": {"type": "json_object"}}
    body, _ = body_and_report(output={"method": "function_calling", "schema": SCHEMA, "strict": True})
    assert body["tool_choice"] == {"type": "function", "name": "Person"}
    assert [(tool["name"], tool["strict"], tool["parameters"]) for tool in body["tools"]] == [("Person", True, SCHEMA)]
    assert "text" not in body


def test_the_system_text_as_a_message() -> None:
    messages = (Message.of_text("system", "A"), Message.of_text("system", "B"), *HI, Message.of_text("system", "C"))

    body, _ = body_and_report(messages=messages)
    assert body["instructions"] == "A\n\nB"
    assert [item["role"] for item in body["input"]] == ["user", "system"]
    body, _ = body_and_report(ResponsesQuirks(system="developer"), messages=messages)
    assert "instructions" not in body
    assert [item["role"] for item in body["input"]] == ["developer", "developer", "user", "developer"]


def test_what_has_no_form_is_said_not_dropped() -> None:
    for part in (block("video", data={"url": "https://a.example/"}), block("audio"), block("file")):
        with pytest.raises(ProviderError) as caught:
            body_and_report(messages=(Message(role="user", content=(part,)),))
        assert caught.value.code == "unsupported"
    sound = block("audio", data={"data": "AAAA", "media_type": "audio/wav"})
    with pytest.raises(ProviderError, match="audio"):
        body_and_report(ResponsesQuirks(audio=False), messages=(Message(role="user", content=(sound,)),))
    where = block("file", data={"url": "https://a.example/a.pdf"})
    [said] = body_and_report(messages=(Message(role="user", content=(where,)),))[0]["input"]
    assert said["content"] == [{"type": "input_file", "file_url": "https://a.example/a.pdf"}]


def test_cache_breakpoints() -> None:
    marked = block("text", "long", data={"cache_control": {"type": "ephemeral", "ttl": "30m"}})

    [said] = body_and_report(messages=(Message(role="user", content=(marked,)),))[0]["input"]

    assert said["content"] == [
        {"type": "input_text", "text": "long", "prompt_cache_breakpoint": {"mode": "explicit", "ttl": "30m"}}
    ]


THOUGHT = native(type="reasoning", id="rs_1", summary=[], encrypted_content="gAAA")
CALL = block("tool_call", '{"a":1}', id="call_1", name="add", data=native(type="function_call", id="fc_1"))


def test_an_answer_goes_back_as_it_came() -> None:
    said = native(type="message", id="msg_1", phase="commentary")
    search = {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search"}}

    assert items(
        block("reasoning", "hm", data=THOUGHT),
        block("server_tool", data={"input": {}, **native(**search)}),
        block("text", "Let me ", data=said),
        block("text", "see.", data=said),
        block("citation", data={"url": "https://a.example/"}),
        CALL,
    ) == [
        {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAA"},
        search,
        {
            "type": "message",
            "id": "msg_1",
            "role": "assistant",
            "status": "completed",
            "phase": "commentary",
            "content": [
                {"type": "output_text", "text": "Let me ", "annotations": []},
                {"type": "output_text", "text": "see.", "annotations": []},
            ],
        },
        {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "add", "arguments": '{"a":1}'},
    ]


def test_ids_go_only_with_reasoning_that_can_be_read_again() -> None:
    raw = native(type="reasoning", id="rs_1", summary=[], content=[{"type": "reasoning_text", "text": "hm"}])

    assert items(block("reasoning", "hm", data=raw), CALL) == [
        {"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "hm"}]},
        {"type": "function_call", "call_id": "call_1", "name": "add", "arguments": '{"a":1}'},
    ]
    assert items(block("text", "Yes", data=native(type="message", id="msg_1")), CALL)[0] == {
        "role": "assistant", "content": "Yes",
    }  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [
        replayed("openai_responses", {"item": {"type": "reasoning", "encrypted_content": "g"}}, provider="other"),
        replayed("anthropic_messages", {"signature": "s"}),
        None,
    ],
)
def test_nobody_gets_the_state_of_another(data: Any) -> None:
    assert items(block("reasoning", "hm", data=data), block("text", "Yes")) == [{"role": "assistant", "content": "Yes"}]


def test_a_picture_goes_back_with_its_data() -> None:
    made = {"data": "AAAA", "media_type": "image/png", **native(type="image_generation_call", id="ig_1")}

    assert items(block("reasoning", data=THOUGHT), block("image", data=made))[1] == {
        "type": "image_generation_call", "id": "ig_1", "result": "AAAA",
    }  # fmt: skip


def test_results_answer_in_the_kind_of_their_call() -> None:
    custom = block("tool_call", '{"input": "SELECT \\"x\\""}', id="call_2", name="sql", data={"custom": True})
    picture = {"content": [{"kind": "image", "data": {"url": "https://a.example/i.png"}}]}
    results = (
        block("tool_result", "2", id="call_1"),
        block("tool_result", "rows", id="call_2"),
        block("tool_result", "", id="call_3", data=picture),
    )
    calls = Message(role="assistant", content=(CALL, custom))

    body, _ = body_and_report(messages=(*HI, calls, Message(role="tool", content=results)))

    assert body["input"][1:] == [
        {"type": "function_call", "call_id": "call_1", "name": "add", "arguments": '{"a":1}'},
        {"type": "custom_tool_call", "call_id": "call_2", "name": "sql", "input": 'SELECT "x"'},
        {"type": "function_call_output", "call_id": "call_1", "output": "2"},
        {"type": "custom_tool_call_output", "call_id": "call_2", "output": "rows"},
        {
            "type": "function_call_output",
            "call_id": "call_3",
            "output": [{"type": "input_image", "image_url": "https://a.example/i.png", "detail": "auto"}],
        },
    ]


def test_calls_together_where_a_server_wants_it() -> None:
    quirks = ResponsesQuirks(calls_together=True)

    found = items(CALL, block("text", "and"), CALL, quirks=quirks)

    assert [item.get("type", "message") for item in found] == ["message", "function_call", "function_call"]


def test_media_alone_is_a_list() -> None:
    assert len(body_and_report(messages=(MEDIA,))[0]["input"][0]["content"]) == 5


def test_stored_answers_and_other_doors() -> None:
    body, _ = body_and_report(ResponsesQuirks(store=None))
    assert "store" not in body
    spec = ProviderSpec(
        slug="a", name="A", base_url="https://h/v1", responses=ResponsesQuirks(path="/x"), headers={"x-title": "T"}
    )
    rendered = render(ChatRequest(model_id="m", messages=HI, stream=False), spec)
    assert (rendered.path, rendered.streamed, rendered.headers["x-title"]) == ("/x", False, "T")
    assert rendered.headers["accept"] == "application/json"
