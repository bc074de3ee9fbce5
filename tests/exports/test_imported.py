"""Our own file comes back in; whatever else comes is refused with the place that is wrong."""

import copy
import json
import tempfile
from typing import Any

import pytest
from pydantic import ValidationError

from compare_site.comparisons import actions, snapshot
from compare_site.comparisons.models import Comparison, SpendEntry
from compare_site.exports import source
from compare_site.exports.actions import import_comparison
from compare_site.exports.formats import KINDS
from compare_site.exports.imported import NoDocument, read_document
from tests.comparisons.driving import drive
from tests.exports.rows import made

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.usefixtures("valkey")]


@pytest.fixture
def file(owner: Any) -> dict[str, Any]:
    comparison = made(owner, metadata={"ticket": "7"}, system="Be brief.", settings={"params": {"temperature": 0}})
    with tempfile.TemporaryFile() as written:
        KINDS["json"].write(source.read(comparison), written)
        written.seek(0)
        return dict(json.loads(written.read()))


def read(value: Any) -> Any:
    return read_document(json.dumps(value).encode())


def test_a_comparison_comes_back_as_another_ones_and_can_be_run_again(file: dict[str, Any], stranger: Any) -> None:
    imported = import_comparison(stranger.pk, read(file))
    state = snapshot.state_of(imported.comparison)

    assert imported.unknown == ["nobody/unknown"]
    assert imported.comparison.owner == stranger
    assert imported.comparison.pk != file["comparison"]["id"]
    for name in ("title", "tags", "metadata", "system", "settings"):
        assert state[name] == file["comparison"][name], name
    for ours, theirs in zip(state["runs"], file["runs"], strict=True):
        for name in ("text", "status", "usage", "cost", "timings", "finish_reason", "sample", "attempt", "phases"):
            assert ours[name] == theirs[name], name
        assert ours["metadata"]["imported"]["run"] == theirs["id"]
        assert ours["id"] not in {run["id"] for run in file["runs"]}
    assert state["runs"][3]["parent"] == state["runs"][1]["id"]
    # It was paid elsewhere.
    assert not imported.comparison.runs.exclude(cost=None).exists()
    assert not SpendEntry.objects.filter(comparison_id=imported.comparison.pk).exists()

    newest = imported.comparison.runs.filter(turn__position=1)
    for run in newest:
        actions.rerun(run)
    again = [run for run in drive(imported.comparison) if run["attempt"] == 2 and run["turn"] == newest[0].turn_id]
    assert [run["status"] for run in again] == ["finished", "failed"]
    assert "nobody" in again[1]["error"]["message"]
    assert "imported" not in again[0]["metadata"]


def test_what_was_running_is_interrupted(file: dict[str, Any], owner: Any) -> None:
    file["runs"][0]["status"] = "running"
    imported = import_comparison(owner.pk, read(file))
    run = imported.comparison.runs.get(turn__position=0, column__position=0, attempt=1)

    assert (run.state, run.error_code) == ("interrupted", "incomplete")


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ("runs.0.column", "elsewhere", "runs.0"),
        ("runs.0.sample", 1, "runs.0"),
        ("runs.0.parent", "self", "runs.0"),
        ("runs.1.attempt", 1, "runs"),
        ("turns.0.parent", "t", "turns.0"),
        ("turns.1.parent", None, "turns.1"),
        ("format", "other", ""),
        ("version", 2, ""),
    ],
)
def test_parts_that_do_not_belong_together(file: dict[str, Any], path: str, value: Any, place: str) -> None:
    if value == "self":
        value = file["runs"][0]["id"]
    with pytest.raises(NoDocument) as raised:
        read(changed(file, path, value))
    assert raised.value.field == place


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("runs.2.usage", {"input": -1}),
        ("runs.2.usage", {"input": 10**16}),
        ("runs.2.cost", {"amount": "-1", "source": "reported"}),
        ("runs.2.cost", {"amount": "1e300", "source": "reported"}),
        ("runs.2.status", "great"),
        ("runs.2.content", [{"index": 0, "kind": "script"}]),
        ("columns.0.model", ""),
        ("columns.0.samples", 33),
        ("columns.0.overrides", {"params": {"temperature": 99}}),
        ("columns.0.overrides", {"api_key": "x"}),
        ("comparison.settings", {"base_url": "http://x"}),
        ("comparison.metadata", {"a": 1}),
        ("turns.0.messages", []),
        ("runs", [{"id": str(number)} for number in range(2001)]),
    ],
)
def test_values_that_nobody_could_have_asked_or_answered(file: dict[str, Any], path: str, value: Any) -> None:
    with pytest.raises(ValidationError) as raised:
        read(changed(file, path, value))
    place = ".".join(str(part) for part in raised.value.errors()[0]["loc"])
    assert place.startswith(path)


@pytest.mark.parametrize("raw", [b"", b"\xff", b"[]", b"NaN", b'{"format": 1e999}', b"[" * 100_000, b"{}"])
def test_what_is_no_file_of_ours(raw: bytes) -> None:
    with pytest.raises(NoDocument):
        read_document(raw)


def test_what_no_database_holds_is_made_harmless(file: dict[str, Any], owner: Any) -> None:
    raw = json.dumps(changed(file, "runs.0.content.0.text", "a\x00b\ud800"))
    imported = import_comparison(owner.pk, read_document(raw.encode()))

    assert snapshot.state_of(imported.comparison)["runs"][0]["text"] == "a\ufffdb\ufffd"


def test_nothing_is_written_of_what_asks_for_too_much(file: dict[str, Any], owner: Any) -> None:
    for column in file["columns"]:
        column["samples"] = 20
    before = Comparison.objects.count()
    with pytest.raises(actions.Refused):
        import_comparison(owner.pk, read(file))
    assert Comparison.objects.count() == before


def changed(file: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The file with one value replaced."""
    file = copy.deepcopy(file)
    *way, last = path.split(".")
    place: Any = file
    for step in way:
        place = place[int(step) if step.isdigit() else step]
    place[int(last) if last.isdigit() else last] = value
    return file
