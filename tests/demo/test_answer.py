"""What the simulated provider says."""

import json

from compare_site.demo.answer import DEFAULT_TOOL, Answer, digest_of, tool_of
from compare_site.demo.grammar import plan_of


def _text(model: str, nonce: str = "demo-1", digest: str = "d", kind: str = "text") -> str:
    answer = Answer(nonce, model, plan_of(model), digest, asked=1)
    return "".join(text for each, text in answer.pieces() if each == kind)


def test_text_is_a_function_of_nonce_model_and_history() -> None:
    text = _text("fast")

    assert text == _text("fast")
    assert text.startswith("demo-1")
    assert text.removeprefix("demo-1") != _text("fast", nonce="demo-2").removeprefix("demo-2")
    assert text[-200:] != _text("flaky")[-200:]
    assert text[-200:] != _text("fast", digest="e")[-200:]


def test_with_a_seed_only_the_nonce_differs() -> None:
    first, second = _text("fast@seed=7"), _text("fast@seed=7", nonce="demo-2")

    assert first.removeprefix("demo-1") == second.removeprefix("demo-2")
    assert first.removeprefix("demo-1") != _text("fast@seed=8").removeprefix("demo-1")


def test_lengths_that_were_asked_for_are_exact() -> None:
    for model, kind, count in (
        ("long@tokens=8000", "text", 8000),
        ("thinker@reasoning=120", "reasoning", 120),
        ("markdown@tokens=900", "text", 900),
    ):
        answer = Answer("demo-1", model, plan_of(model), "d", asked=1)

        assert sum(each == kind for each, _ in answer.pieces()) == count


def test_an_answer_of_usual_length_ends_with_a_sentence() -> None:
    for model, kind, least in (("fast", "text", 240), ("thinker", "reasoning", 120), ("thinker", "text", 160)):
        answer = Answer("demo-1", model, plan_of(model), "d", asked=1)
        tokens = [text for each, text in answer.pieces() if each == kind]

        assert least <= len(tokens) < least + 40
        assert tokens[-1].endswith(".")


def test_the_digest_sees_every_change_of_the_history() -> None:
    history = [{"role": "user", "content": "a"}]

    assert digest_of(history) == digest_of([{"content": "a", "role": "user"}])
    assert digest_of(history) != digest_of([*history, *history])
    assert digest_of(history) != digest_of([{"role": "user", "content": "a "}])


def test_a_tool_call_has_arguments_of_the_declared_types() -> None:
    function = {
        "name": "f",
        "parameters": {"properties": {"n": {"type": "integer"}, "s": {"type": "string"}, "odd": 1}},
    }
    answer = Answer("demo-1", "tools", plan_of("tools"), "d", 1, tool=tool_of({"tools": [{"function": function}]}))
    arguments = "".join(text for kind, text in answer.pieces() if kind == "arguments")

    assert json.loads(arguments) == {"n": 7, "s": "demo-1", "odd": "demo-1"}
    assert tool_of({"tools": ["nonsense"]}) is DEFAULT_TOOL
