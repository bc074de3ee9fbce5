"""What the schema itself promises: ids that cannot be guessed, one run an attempt, and what goes with what."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils import timezone

from compare_site.comparisons.models import Column, Comparison, Run, RunRecord, Submission, Turn, new_id
from providers.models import ChatModel, Provider

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def run(owner: Any) -> Run:
    comparison = Comparison.objects.create(owner=owner)
    column = Column.objects.create(comparison=comparison, position=0, label="A", model="demo/fast")
    turn = Turn.objects.create(comparison=comparison, position=0, messages=[])
    return Run.objects.create(**parts(column, turn))


def parts(column: Column, turn: Turn, **more: Any) -> dict[str, Any]:
    now = timezone.now()
    values = {"column": column, "turn": turn, "model": column.model, "queued_at": now, "enqueued_at": now}
    return {"comparison": column.comparison, **values, **more}


def refused(make: Any) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make()


def test_ids_are_128_random_bits() -> None:
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(len(each) == 32 and int(each, 16) >= 0 for each in ids)


def test_positions_and_attempts_are_unique(run: Run) -> None:
    column, turn = run.column, run.turn
    refused(lambda: Run.objects.create(**parts(column, turn)))
    Run.objects.create(**parts(column, turn, attempt=2))
    Run.objects.create(**parts(column, turn, sample=1))
    refused(lambda: Column.objects.create(comparison=run.comparison, position=0, label="B", model="m"))
    refused(lambda: Turn.objects.create(comparison=run.comparison, position=0, messages=[]))


def test_a_submit_key_belongs_to_one_person(run: Run, owner: Any, stranger: Any) -> None:
    given = {"key": "k", "body_sha256": "x", "comparison": run.comparison, "created_at": Now()}
    Submission.objects.create(user=owner, **given)
    Submission.objects.create(user=stranger, **given)
    refused(lambda: Submission.objects.create(user=owner, **given))


def test_a_comparison_takes_all_of_it_away_and_a_parent_nothing(run: Run) -> None:
    child = Run.objects.create(**parts(run.column, run.turn, attempt=2, parent=run))
    RunRecord.objects.create(run=run)
    run.delete()
    child.refresh_from_db()
    assert child.parent_id is None
    assert not RunRecord.objects.exists()
    child.comparison.delete()
    assert not (Run.objects.exists())
    assert not (Column.objects.exists())
    assert not (Turn.objects.exists())


def test_a_model_that_is_deleted_leaves_its_columns(run: Run) -> None:
    provider = Provider.objects.create(slug="gone", name="Gone")
    column = run.column
    column.chat_model = ChatModel.objects.create(provider=provider, model_id="m")
    column.save()
    column.chat_model.delete()
    column.refresh_from_db()
    assert (column.chat_model_id, column.model) == (None, "demo/fast")


def test_rows_name_themselves(run: Run) -> None:
    assert str(run.comparison) == run.comparison.pk
    run.comparison.title = "T"
    assert str(run.comparison) == "T"
    assert "demo/fast" in str(run)
    assert "demo/fast" in str(run.column)
    assert str(run.turn)
    assert str(RunRecord(run=run)) == run.pk
