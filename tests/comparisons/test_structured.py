"""An answer that must be JSON: refused at the door if nobody can give it, asked for by the right method, checked."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from compare_site.comparisons import actions
from compare_site.comparisons.fold import Block, RunFold
from compare_site.comparisons.requests import AddTurn
from compare_site.comparisons.structured import OutputInput, function_name, read_answer, with_method
from providers.contract.errors import SetupError
from providers.contract.messages import ChatRequest, Message
from providers.models import ChatModel
from tests.comparisons.driving import drive, started
from tests.fakes.provider_server import DONE, answers, delta
from tests.fakes.threaded import ThreadedProvider

PERSON = {
    "title": "Person",
    "type": "object",
    "properties": {"name": {"type": "string"}, "home": {"$ref": "#/$defs/Place"}},
    "required": ["name"],
    "$defs": {"Place": {"type": "object", "properties": {"city": {"type": "string", "pattern": "^[A-Z]"}}}},
}


def asking(**fields: Any) -> ChatRequest:
    output = OutputInput.model_validate({"schema": PERSON, **fields}).model_dump(by_alias=True, exclude_none=True)
    return ChatRequest(model_id="m", messages=(Message.of_text("user", "hi"),), output=output)


def answered(text: str, kind: str = "text") -> RunFold:
    return RunFold(id="r", content=[Block(index=0, kind=kind, text=text)])


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ({"method": "json_mode", "strict": True}, "strict goes with"),
        ({"method": "json_mode", "strict": False, "schema": PERSON}, "strict goes with"),
        ({}, "a schema is needed"),
        ({"method": "function_calling"}, "a schema is needed"),
        ({"schema": {"type": "nothing"}}, "no JSON Schema"),
        ({"schema": {"patternProperties": {"^(a+)+$": {}}}}, "patternProperties"),
        ({"method": "xml", "schema": PERSON}, "Input should be"),
        ({"schema": PERSON, "more": 1}, "Extra inputs"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(output: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        OutputInput.model_validate(output)


@pytest.mark.parametrize(
    ("capabilities", "method"),
    [
        ({}, "json_schema"),
        ({"structured_output": True}, "json_schema"),
        ({"structured_output": False}, "function_calling"),
        ({"structured_output": False, "tools": False}, "json_mode"),
    ],
)
def test_auto_takes_the_strictest_method_a_model_has(capabilities: dict[str, bool], method: str) -> None:
    assert with_method(asking(), capabilities)[1] == method


def test_a_schema_as_a_function() -> None:
    request, method = with_method(asking(method="function_calling", strict=True), {})
    assert method == "function_calling"
    assert request.output is None
    assert request.tools == ({"name": "Person", "parameters": PERSON, "strict": True},)
    assert request.tool_choice == {"name": "Person"}
    taken = request.model_copy(update={"output": asking(method="function_calling").output})
    with pytest.raises(SetupError, match="beside other tools"):
        with_method(taken, {})


@pytest.mark.parametrize("title", ["two words", "日本", "", None, 5])
def test_names_that_no_provider_takes(title: Any) -> None:
    assert function_name({"title": title}) == "answer"


@pytest.mark.parametrize("text", ['{"name": "Ada"}', '```json\n{"name": "Ada"}\n```', ' \n{"name": "Ada"}'])
def test_an_answer_that_keeps_to_its_schema(text: str) -> None:
    found = read_answer(answered(text), {"schema": PERSON}, "json_schema")
    assert found == {"method": "json_schema", "parsed": {"name": "Ada"}, "errors": []}


def test_errors_say_where() -> None:
    found = read_answer(answered('{"home": {"city": "paris"}}'), {"schema": PERSON}, "json_schema")
    assert [(error["path"], "name" in error["message"]) for error in found["errors"]] == [
        ("$", True),
        ("$.home.city", False),
    ]


@pytest.mark.parametrize("text", ["", "Sure! {}", "{", "[" * 100_000])
def test_no_json_is_said_so(text: str) -> None:
    found = read_answer(answered(text), {"schema": PERSON}, "json_schema")
    assert found["parsed"] is None
    assert len(found["errors"]) == 1


def test_a_called_function_is_the_answer() -> None:
    found = read_answer(answered('{"name": "Ada"}', "tool_call"), {"schema": PERSON}, "function_calling")
    assert found["parsed"] == {"name": "Ada"}


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"$ref": "http://127.0.0.1:1/schema.json"}, "refers to something"),
        ({"$ref": "#"}, "nested too deeply"),
        ({"pattern": "(?=a)b"}, "cannot be checked"),
    ],
)
def test_schemas_that_lead_astray(schema: dict[str, Any], words: str) -> None:
    (error,) = read_answer(answered('"text"'), {"schema": schema}, "json_schema")["errors"]
    assert words in error["message"]


def test_a_pattern_of_exponential_time_is_answered_at_once() -> None:
    schema = {"pattern": "^(a+)+$"}
    (error,) = read_answer(answered(json.dumps("a" * 5000 + "!")), {"schema": schema}, "json_schema")["errors"]
    assert "does not match" in error["message"]


def test_the_number_of_errors_is_bounded() -> None:
    schema = {"items": {"type": "string"}}
    found = read_answer(answered(json.dumps([1] * 1000)), {"schema": schema}, "json_schema")
    assert len(found["errors"]) == 50


@pytest.mark.django_db(transaction=True)
@pytest.mark.database
@pytest.mark.usefixtures("valkey")
class TestThroughTheWorker:
    """As the provider sees it, and as everybody sees the run."""

    def test_a_schema_goes_out_and_the_answer_comes_back_checked(self, owner: Any, upstream: ThreadedProvider) -> None:
        upstream.play(answers(delta('{"name": 5}', finish="stop"), DONE))
        comparison = started(owner, upstream.as_rows(), output={"schema": PERSON, "strict": True})
        (run,) = drive(comparison)
        wire = upstream.received().json["response_format"]
        assert wire == {"type": "json_schema", "json_schema": {"name": "Person", "schema": PERSON, "strict": True}}
        assert run["parsed"] == {"name": 5}
        assert run["validation"]["method"] == "json_schema"
        assert [error["path"] for error in run["validation"]["errors"]] == ["$.name"]

    def test_an_answer_that_was_not_asked_to_be_json_has_no_verdict(
        self, owner: Any, upstream: ThreadedProvider
    ) -> None:
        (run,) = drive(started(owner, upstream.as_rows()))
        assert (run["parsed"], run["validation"]) == (None, None)

    def test_tool_results_go_to_the_calls_of_each_column_by_id_or_name(
        self, owner: Any, upstream: ThreadedProvider
    ) -> None:
        call = {"index": 0, "id": "c1", "function": {"name": "weather", "arguments": '{"city": "Oslo"}'}}
        upstream.play(answers(delta(tool_calls=[call], finish="tool_calls"), DONE))
        tools = [{"name": "weather", "parameters": {"type": "object"}}]
        model = {"model": upstream.as_rows(), "params": {"max_retries": 0}}
        comparison = started(owner, model, tools=tools)
        drive(comparison)
        results = [
            {"kind": "tool_result", "name": "weather", "text": "rain"},
            {"kind": "tool_result", "id": "other", "text": "not this one"},
        ]
        asked = {"messages": [{"role": "tool", "content": results}]}
        actions.add_turn(comparison, AddTurn.model_validate(asked))
        drive(comparison)
        messages = upstream.received(2).json["messages"]
        assert [message["role"] for message in messages] == ["user", "assistant", "tool"]
        assert messages[1]["tool_calls"][0]["id"] == "c1"
        assert messages[1]["tool_calls"][0]["function"]["arguments"] == '{"city": "Oslo"}'
        assert messages[2] == {"role": "tool", "tool_call_id": "c1", "content": "rain"}

    def test_results_without_a_call_end_in_a_named_error(self, owner: Any, upstream: ThreadedProvider) -> None:
        comparison = started(owner, upstream.as_rows())
        drive(comparison)
        results = [{"kind": "tool_result", "id": "c1", "text": "rain"}]
        asked = {"messages": [{"role": "tool", "content": results}]}
        actions.add_turn(comparison, AddTurn.model_validate(asked))
        *_, last = drive(comparison)
        assert last["error"]["code"] == "bad_request"
        assert "called no tool" in last["error"]["message"]
        assert len(upstream.requests) == 1

    def test_what_a_model_is_known_not_to_take_is_refused_before_anything_is_sent(
        self, owner: Any, upstream: ThreadedProvider
    ) -> None:
        model = upstream.as_rows()
        started(owner, model)
        ChatModel.objects.filter(model_id="model-1").update(capabilities={"image_input": False})
        image = {"kind": "image", "data": {"url": "https://pictures.example/cat.png"}}
        content = [{"kind": "text", "text": "What is it?"}, image]
        comparison = started(owner, model, prompt=None, messages=[{"role": "user", "content": content}])
        (run,) = drive(comparison)
        assert run["error"]["code"] == "unsupported"
        assert "image input" in run["error"]["message"]
        assert upstream.requests == []
