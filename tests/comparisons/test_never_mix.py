"""Follow-ups never mix: for generated trees, what the provider was asked is the chain of ``Run.parent``, byte for byte.

Real rows, a real worker loop, real HTTP to the simulated provider, which tells what each request said.
"""

import contextlib
import json
import random
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from compare_site.comparisons import actions, runner, takeover, worker_loop
from compare_site.comparisons.actions import Refused
from compare_site.comparisons.history_chain import NO_RESULTS
from compare_site.comparisons.models import Comparison, Run, Turn
from compare_site.comparisons.requests import AddTurn, StartComparison

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.usefixtures("valkey")]
MODELS = [
    "demo/fast@rate=0,tokens=6,delay=0",
    "demo/broken@rate=0,tokens=8,after=3,delay=0",
    "demo/tools@rate=0,delay=0",
    "demo/refuses@rate=0,delay=0",
]


@pytest.fixture(autouse=True)
def _end_the_loop() -> Iterator[None]:
    yield
    worker_loop.leave()


def drive(comparison: Comparison) -> None:
    runner.stream_turn(list(comparison.runs.filter(state="queued").values_list("pk", flat=True)))


def expected_messages(run: Run) -> list[dict[str, Any]]:
    """By the rule, written down once more: the parent's history, its turn, what it said if anything, this turn."""
    said: list[dict[str, Any]] = []
    parent = run.parent
    if parent is not None:
        said = expected_messages(parent)
        content = parent.record.state["content"]
        text = "".join(block["text"] for block in content if block["kind"] in {"text", "refusal"})
        if text:
            said.append({"role": "assistant", "content": text})
    return [*said, *({"role": "user", "content": message["content"][0]["text"]} for message in run.turn.messages)]


def plain(message: dict[str, Any]) -> dict[str, Any]:
    content = message["content"]
    if isinstance(content, list):
        content = "".join(part["text"] for part in content)
    return {"role": message["role"], "content": content}


def asked_of_the_provider(run: Run) -> list[dict[str, Any]] | None:
    state = run.record.state
    if not state["response_id"]:
        return None
    root = state["hops"][-1]["base_url"].removesuffix("/v1")
    with urllib.request.urlopen(f"{root}/_requests/{state['response_id']}") as reply:
        entry = json.load(reply)
    return [plain(message) for message in entry["body"]["messages"]]


def grow(comparison: Comparison, dice: random.Random, steps: int) -> None:
    for step in range(steps):
        runs = list(comparison.runs.select_related("column", "turn"))
        turns = list(Turn.objects.filter(comparison=comparison))
        move = dice.choice(["follow", "follow", "branch", "chosen", "rerun", "stop"])
        with contextlib.suppress(Refused):
            if move == "rerun":
                actions.rerun(dice.choice(runs), branch=dice.random() < 0.5)
            elif move == "chosen":
                actions.add_turn(
                    comparison, AddTurn(prompt=f"step {step} 问", history="chosen", chosen=dice.choice(runs).pk)
                )
            else:
                parent = dice.choice(turns).pk if move == "branch" else None
                actions.add_turn(comparison, AddTurn(prompt=f"step {step} \u2028 é", parent=parent))
        if move == "stop":
            for run in comparison.runs.filter(state="queued"):
                takeover.end_run(run, "cancelled")
        drive(comparison)


@pytest.mark.parametrize("seed", range(4))
def test_every_run_was_asked_with_its_own_history(owner: Any, seed: int) -> None:
    dice = random.Random(seed)
    columns: list[Any] = [{"model": dice.choice(MODELS), "samples": dice.choice([1, 1, 2])} for _ in range(3)]
    asked = StartComparison.model_validate({"prompt": f"seed {seed}", "models": columns})
    comparison, _ = actions.start_comparison(owner.pk, asked)
    drive(comparison)
    grow(comparison, dice, 8)
    checked = 0
    for run in Run.objects.filter(comparison=comparison).select_related("turn", "parent", "record"):
        said = asked_of_the_provider(run)
        if said is not None:
            assert json.dumps(said) == json.dumps(expected_messages(run)), run.pk
            checked += 1
    assert checked >= 6


def test_the_system_text_of_a_column_reaches_that_column_only(owner: Any) -> None:
    asked = StartComparison.model_validate(
        {
            "prompt": "hi",
            "system": "common",
            "models": [MODELS[0], {"model": MODELS[0], "system": "own"}, {"model": MODELS[0], "system": ""}],
        }
    )
    comparison, _ = actions.start_comparison(owner.pk, asked)
    drive(comparison)
    runs = comparison.runs.select_related("record", "turn").order_by("column__position")
    systems = [[m["content"] for m in asked_of_the_provider(run) or [] if m["role"] == "system"] for run in runs]
    assert systems == [["common"], ["own"], []]


def test_a_refusal_goes_along_and_calls_without_results_are_said_to_be_left_out(owner: Any) -> None:
    asked = StartComparison.model_validate({"prompt": "hi", "models": MODELS[2:]})
    comparison, _ = actions.start_comparison(owner.pk, asked)
    drive(comparison)
    actions.add_turn(comparison, AddTurn(prompt="why?"))
    drive(comparison)
    runs = comparison.runs.filter(turn__position=1).select_related("record").order_by("column__position")
    tools, refuses = runs
    said = asked_of_the_provider(refuses) or []
    assert [message["role"] for message in said] == ["user", "assistant", "user"]
    assert said[1]["content"]
    assert refuses.record.state["request_report"]["dropped"] == {}
    assert tools.record.state["request_report"]["dropped"] == NO_RESULTS
