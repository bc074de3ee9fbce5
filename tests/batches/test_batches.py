"""A batch goes on by what its rows say: no input is started twice, none is forgotten, whoever dies meanwhile."""

import csv
import io
import json
import tempfile
from typing import Any

import pytest
from pydantic import ValidationError

from compare_site.batches import actions, files, pump, shown
from compare_site.batches.inputs import MOST_INPUTS, BadFile, StartBatch, read_csv, read_jsonl
from compare_site.batches.models import Batch, BatchInput
from compare_site.comparisons import events as ev
from compare_site.comparisons import journal, sweeper, takeover, transitions
from compare_site.comparisons.models import Comparison, Run, SpendEntry
from compare_site.comparisons.permits import Refused
from compare_site.library.actions import create_prompt
from compare_site.library.inputs import NewPrompt
from compare_site.valkey import sync_client
from tests.api.callers import drive
from tests.comparisons.driving import QUICK

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.usefixtures("valkey")]
FAILS = {"model": "demo/error@rate=0,delay=0", "params": {"max_retries": 0}}


def batch_of(user: Any, *inputs: Any, models: Any = (QUICK,), **fields: Any) -> Batch:
    asked = {"inputs": list(inputs) or ["one", "two", "three"], "models": list(models), **fields}
    return actions.start_batch(user.pk, StartBatch.model_validate(asked))


def states(batch: Batch) -> list[str]:
    return list(batch.inputs.order_by("index").values_list("state", flat=True))


def finish(batch: Batch) -> Batch:
    """As workers and the watch do, to the end."""
    for _round in range(50):
        drive()
        pump.pump_all()
        batch.refresh_from_db()
        if batch.state != Batch.State.RUNNING:
            return batch
    raise AssertionError(states(batch))


def test_thousands_of_refusals_hold_nobody_up(owner: Any) -> None:
    batch = batch_of(owner, *["x"] * (pump.MOST_STEPS + 2), max_concurrency=1)
    actions.stop_batch(batch)
    batch.inputs.update(comparison=None, asked={"prompt_version": "0" * 32, "variables": {"n": "1"}})
    actions.resume_batch(batch)

    assert states(batch).count("refused") == pump.MOST_STEPS
    pump.pump_all()
    batch.refresh_from_db()
    assert (batch.state, set(states(batch))) == ("done", {"refused"})


def test_what_is_shared_is_not_repeated_without_end(owner: Any) -> None:
    with pytest.raises(Refused) as raised:
        batch_of(owner, *["x"] * 600, system="s" * 1_000_000)

    assert (raised.value.status, raised.value.code, Batch.objects.count()) == (422, "too_large", 0)


def test_prompts_that_are_not_there_or_want_other_variables_start_nothing(owner: Any, stranger: Any) -> None:
    new = {"name": "Hello", "prompt": "Hello {name}"}
    version = create_prompt(owner.pk, NewPrompt.model_validate(new))[1].pk
    theirs = create_prompt(stranger.pk, NewPrompt.model_validate(new))[1].pk
    good = {"prompt_version": version, "variables": {"name": "Ada"}}
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"prompt_version": theirs}, "inputs.2.prompt_version"),
        ({"prompt_version": version, "variables": {}}, "inputs.2.variables.name"),
        ({"prompt_version": version, "variables": {"name": "x", "more": "y"}}, "inputs.2.variables.more"),
    ]
    for bad, place in wrong:
        with pytest.raises(Refused) as refused:
            batch_of(owner, "one", good, bad)
        assert (refused.value.status, refused.value.details[0]["field"]) == (422, place)
    assert not Batch.objects.exists()
    assert batch_of(owner, "one", good).total == 2


def test_a_small_file_of_millions_is_not_read_to_its_end() -> None:
    text = '"x"\n' * (MOST_INPUTS + 1) + "no JSON"
    asked = StartBatch.model_validate({"file": {"format": "jsonl", "text": text}, "models": [QUICK]})
    with pytest.raises(BadFile, match="At most"):
        asked.each()


def test_inputs_are_asked_a_few_at_a_time_and_told_as_they_end(owner: Any) -> None:
    batch = batch_of(owner, "one", {"prompt": "two", "system": "s", "metadata": {"k": "v"}}, "three", max_concurrency=2)

    assert states(batch) == ["started", "started", "waiting"]
    assert Run.objects.filter(state="queued").count() == 2
    pump.pump_all()
    assert states(batch) == ["started", "started", "waiting"]
    drive()
    pump.pump_all()
    assert states(batch) == ["ended", "ended", "started"]
    assert [item["index"] for item in shown.results_of(batch, -1).items] == [0, 1]
    assert finish(batch).state == "done"

    results = shown.results_of(batch, -1)
    assert [item["index"] for item in results.items] == [0, 1, 2]
    assert [item["seq"] for item in results.items] == [1, 2, 3]
    assert results.items[1]["answers"][0]["status"] == "finished"
    assert len(results.items[1]["answers"][0]["text"]) > 20
    assert shown.results_of(batch, 2).items[0]["index"] == 2
    comparison = batch.inputs.get(index=1).comparison
    assert comparison is not None
    assert (comparison.system, comparison.metadata) == ("s", {"k": "v", "batch": batch.pk, "index": "1"})
    said = shown.summary(batch)
    assert (said["state"], said["total"], said["cursor"]) == ("done", 3, 3)
    assert said["counts"] == {"waiting": 0, "started": 0, "ended": 3, "refused": 0, "failed": 0, "differ": 0}
    assert (said["cost"], said["unknown_costs"]) == (None, 3)
    run = comparison.runs.get()
    comparison.runs.update(cost="0.5", cost_source="estimated")
    SpendEntry.objects.filter(pk=run.pk).update(amount="0.5", source="estimated")
    said = shown.summary(batch)
    assert said["cost"] == {"amount": "0.5", "currency": "USD", "source": "estimated"}
    assert shown.figures(said)[-1] == ("Cost", "≈ $0.5000, 2 unknown")


def _taken_by_the_dead(run_ids: list[str]) -> None:
    """A worker took these runs, said so, and died."""
    for run in transitions.claim(run_ids, "a worker without a lease"):
        state = takeover.blank_fold(run).model_dump_json()
        part = journal.Part(run.pk, run.fence, [ev.encode(ev.RunStarted(run=run.pk, at=1))])
        sync_client().eval(*journal.append_args(run.comparison_id, [part], checkpoints=[(run.pk, state)]))


def test_a_dead_worker_and_two_watches_start_nothing_twice(owner: Any) -> None:
    batch = batch_of(owner, *map(str, range(6)), max_concurrency=3)
    going = list(Run.objects.filter(state="queued").values_list("pk", flat=True))
    _taken_by_the_dead(going)
    for _sweep in range(3):
        sweeper.sweep()
        pump.pump(batch.pk)
    assert states(batch).count("started") == 3
    for _round in range(20):
        drive()
        sweeper.sweep()
        sweeper.sweep()
    batch.refresh_from_db()

    assert (batch.state, set(states(batch))) == ("done", {"ended"})
    assert Comparison.objects.count() == 6
    assert sorted(comparison.metadata["index"] for comparison in Comparison.objects.all()) == list("012345")
    assert Run.objects.count() == 6
    assert set(Run.objects.values_list("state", flat=True)) == {"finished"}


def test_stop_and_resume(owner: Any) -> None:
    batch = batch_of(owner, max_concurrency=2)
    batch = actions.stop_batch(batch)

    assert (batch.state, states(batch)) == ("stopped", ["waiting"] * 3)
    assert set(Run.objects.values_list("state", flat=True)) == {"cancelled"}
    pump.pump_all()
    assert states(batch) == ["waiting"] * 3
    batch = actions.resume_batch(batch)
    assert states(batch) == ["started", "started", "waiting"]
    assert finish(batch).state == "done"
    assert Comparison.objects.count() == 3
    assert [item["answers"][0]["attempt"] for item in shown.inputs_of(batch, "all", "", -1).items] == [2, 2, 1]


def test_what_failed_is_asked_again_and_comes_again(owner: Any) -> None:
    batch = finish(batch_of(owner, "one", "two", models=(QUICK, FAILS)))
    assert shown.summary(batch)["counts"]["failed"] == 2
    assert [item["index"] for item in shown.inputs_of(batch, "failed", "", -1).items] == [0, 1]
    batch = finish(actions.retry_failed(batch))

    assert Run.objects.count() == 6
    assert [item["seq"] for item in shown.results_of(batch, 2).items] == [3, 4]
    Run.objects.update(state="finished")
    batch = finish(actions.retry_failed(batch))
    with pytest.raises(Refused) as refused:
        actions.retry_failed(batch)
    assert refused.value.code == "nothing_failed"


def test_what_cannot_be_started_is_told_and_the_rest_goes_on(owner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = batch_of(owner, max_concurrency=1)
    BatchInput.objects.filter(index=1).update(asked={"prompt": "x", "prompt_version": "gone"})
    BatchInput.objects.filter(index=2).update(asked={"prompt_version": "0" * 32, "variables": {}})
    assert finish(batch).state == "done"

    assert states(batch) == ["ended", "refused", "refused"]
    errors = [item["error"] and item["error"]["code"] for item in shown.results_of(batch, -1).items]
    assert errors == [None, "invalid", "unknown_prompt_version"]


def test_a_deleted_comparison_holds_nothing_up(owner: Any) -> None:
    batch = batch_of(owner, max_concurrency=1)
    Comparison.objects.all().delete()
    assert finish(batch).state == "done"
    assert shown.results_of(batch, -1).items[0]["error"]["code"] == "not_found"


def test_nothing_is_started_for_somebody_who_is_switched_off(owner: Any) -> None:
    batch = batch_of(owner, max_concurrency=1)
    owner.is_active = False
    owner.save()
    drive()
    pump.pump_all()
    assert states(batch) == ["started", "waiting", "waiting"]


def test_deleting_keeps_the_comparisons(owner: Any) -> None:
    batch = batch_of(owner)
    actions.delete_batch(batch)
    assert not Batch.objects.exists()
    assert set(Run.objects.values_list("state", flat=True)) == {"cancelled"}


@pytest.mark.parametrize(
    ("texts", "different"),
    [
        (["Paris.", " paris"], False),
        (["Paris", "Lyon"], True),
        (["one"], None),
        ([], None),
        (["巴黎。", "巴黎"], False),
        (["", "x"], True),
    ],
)
def test_answers_that_differ(texts: list[str], different: bool | None) -> None:
    assert pump.differs(texts) is different


def test_files_have_every_input(owner: Any) -> None:
    batch = finish(batch_of(owner, "=1+1", "two", models=(QUICK, FAILS)))
    BatchInput.objects.filter(index=1).update(comparison=None, state="waiting")
    with tempfile.TemporaryFile() as file:
        files.KINDS["csv"].write(batch, file)
        file.seek(0)
        rows = list(csv.DictReader(io.StringIO(file.read().decode("utf-8-sig"), newline="")))
    assert [(row["index"], row["column"], row["status"]) for row in rows] == [
        ("0", "A", "finished"),
        ("0", "B", "failed"),
        ("1", "", "not started"),
    ]
    assert rows[0]["prompt"] == "'=1+1"
    with tempfile.TemporaryFile() as file:
        files.KINDS["md"].write(batch, file)
        file.seek(0)
        assert file.read().decode().count("**Prompt**") == 1
    with tempfile.TemporaryFile() as file:
        files.KINDS["jsonl"].write(batch, file)
        file.seek(0)
        assert [json.loads(line)["index"] for line in file] == [0, 0, 1]


def test_a_table_is_read_whatever_its_delimiter() -> None:
    text = '\ufeffprompt;system;city\r\n"a;b\nc";s;Rome\r\n;;\r\nd;;\r\n'
    assert list(read_csv(text)) == [{"prompt": "a;b\nc", "system": "s", "metadata": {"city": "Rome"}}, {"prompt": "d"}]
    variables = list(read_csv("title,city\nt,Rome\n", as_variables=True))
    assert variables == [{"title": "t", "variables": {"city": "Rome"}}]


def test_lines_of_json() -> None:
    text = '"one"\n\n{"prompt": "two", "metadata": {"a": "b"}}\r\n'
    assert list(read_jsonl(text)) == [{"prompt": "one"}, {"prompt": "two", "metadata": {"a": "b"}}]


@pytest.mark.parametrize(
    ("reader", "text", "line"),
    [
        (read_csv, "question\nx", 1),
        (read_csv, "prompt,prompt\nx,y", 1),
        (read_csv, "prompt\na,b", 2),
        (read_csv, 'prompt\n"a', 2),
        (read_jsonl, '"a"\n{', 2),
        (read_jsonl, "[1]", 1),
        (read_jsonl, "NaN", 1),
    ],
)
def test_a_broken_file_is_told_by_its_line(reader: Any, text: str, line: int) -> None:
    with pytest.raises(BadFile) as raised:
        list(reader(text))
    assert raised.value.line == line


def test_nothing_is_written_of_a_batch_with_a_wrong_input(owner: Any) -> None:
    with pytest.raises(actions.BadInputs) as raised:
        batch_of(owner, "good", {"prompt": " "}, {"prompt": "x", "temperature": 3})
    assert [error["loc"][:2] for error in raised.value.errors] == [("inputs", 1), ("inputs", 2)]
    with pytest.raises(Refused):
        batch_of(owner, models=("nobody/nothing",))
    with pytest.raises(ValidationError):
        StartBatch.model_validate({"models": [QUICK]})
    assert not Batch.objects.exists()
