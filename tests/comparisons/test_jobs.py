"""What runs are given before they are driven: by few queries, each its own, and one mistake spoils one run only."""

import time
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from compare_site.comparisons import actions, jobs, takeover, transitions
from compare_site.comparisons.models import Column, Comparison, Run
from compare_site.comparisons.requests import AddTurn
from providers.contract.errors import SetupError
from tests.comparisons.driving import QUICK, drive, queued, started

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.usefixtures("valkey")]
WORKER = "w" * 32


def prepared(comparison: Comparison) -> list[jobs.Job]:
    """In the order of the columns."""
    found = jobs.prepare(transitions.claim(queued(comparison), WORKER))
    return sorted(found, key=lambda job: job.run.column.position)


def texts(job: jobs.Job) -> list[tuple[str, str]]:
    assert job.ask is not None
    return [(message.role, message.text) for message in job.ask.request.messages]


def follow_up(comparison: Comparison, **fields: Any) -> None:
    actions.add_turn(comparison, AddTurn.model_validate({"prompt": "more", **fields}))


def test_common_settings_and_those_of_a_column_make_one_request(owner: Any) -> None:
    own = {"model": QUICK, "params": {"temperature": 0, "seed": None}, "system": "own", "extra": {"x": [1]}}
    comparison = started(owner, QUICK, own, system="common", params={"temperature": 0.5, "max_tokens": 9})
    plain, special = prepared(comparison)

    assert texts(plain) == [("system", "common"), ("user", "hi")]
    assert texts(special) == [("system", "own"), ("user", "hi")]
    assert plain.ask is not None
    assert special.ask is not None
    assert (plain.ask.request.params.temperature, plain.ask.request.params.max_tokens) == (0.5, 9)
    assert (special.ask.request.params.temperature, special.ask.request.params.max_tokens) == (0, 9)
    assert special.ask.request.extra == {"x": [1]}


def test_a_turn_s_own_system_text_wins_and_may_be_none_at_all(owner: Any) -> None:
    comparison = started(owner, {"model": QUICK, "system": "column"}, system="common")
    drive(comparison)
    follow_up(comparison, system="")
    (job,) = prepared(comparison)
    assert [role for role, _ in texts(job)] == ["user", "assistant", "user"]


@pytest.mark.parametrize("columns", [2, 12])
def test_the_number_of_queries_does_not_grow_with_columns_or_turns(owner: Any, columns: int) -> None:
    comparison = started(owner, *[QUICK] * columns)
    drive(comparison)
    for _ in range(2):
        follow_up(comparison)
        drive(comparison)
    follow_up(comparison)
    rows = transitions.claim(queued(comparison), WORKER)
    with CaptureQueriesContext(connection) as asked:
        found = jobs._gather(rows)
    assert len(found) == columns
    assert len(asked) <= 9


def test_histories_are_oldest_first_and_leave_out_what_has_no_text(owner: Any) -> None:
    comparison = started(owner, QUICK, QUICK)
    first = drive(comparison)
    follow_up(comparison)
    for run in comparison.runs.filter(state="queued"):
        takeover.end_run(run, "cancelled")
    follow_up(comparison, prompt="last")

    for job, answered in zip(prepared(comparison), first, strict=True):
        assert texts(job) == [("user", "hi"), ("assistant", answered["text"]), ("user", "more"), ("user", "last")]


def test_a_stored_setting_that_is_nonsense_ends_its_own_run_only(owner: Any) -> None:
    comparison = started(owner, QUICK, QUICK)
    Column.objects.filter(comparison=comparison, position=0).update(overrides={"params": {"top_p": "much"}})
    bad, good = prepared(comparison)
    assert isinstance(bad.target, SetupError)
    assert bad.target.code == "bad_request"
    assert not isinstance(good.target, SetupError)


def test_a_turn_that_cannot_be_read_ends_its_runs_by_name(owner: Any, caplog: pytest.LogCaptureFixture) -> None:
    comparison = started(owner, QUICK)
    rows = transitions.claim(queued(comparison), WORKER)
    rows[0].column.overrides = "not an object"  # type: ignore[assignment]
    (job,) = jobs.prepare(rows)
    assert isinstance(job.target, SetupError)
    assert (job.target.code, job.target.message) == ("server", jobs.OURS)
    assert "runs not prepared: AttributeError" in caplog.text


def test_the_clock_of_a_run_starts_when_it_was_queued(owner: Any) -> None:
    comparison = started(owner, QUICK)
    run = comparison.runs.get()
    (row,) = transitions.claim([run.pk], WORKER)
    (job,) = jobs.prepare([row])
    waited = row.waited.total_seconds() * 1000  # type: ignore[attr-defined]
    assert job.at() >= round(waited, 1) >= 0
    job.claimed_at -= 2.0
    assert job.at() >= waited + 2000
    assert job.claimed_at < time.monotonic()


def test_patience_is_for_a_database_that_is_away_and_nothing_else() -> None:
    tries: list[int] = []

    def third_time() -> str:
        tries.append(1)
        if len(tries) < 3:
            raise OperationalError("away")
        return "there"

    def broken() -> None:
        raise ValueError("broken")

    assert jobs.patiently(third_time) == "there"
    with pytest.raises(ValueError, match="broken"):
        jobs.patiently(broken)
    assert Run.objects.count() == 0
