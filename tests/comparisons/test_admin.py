"""Lists of comparisons and runs in the admin: filtered without looking at all rows first."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from compare_site.comparisons.models import Column, Comparison, Run, Turn

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def browser(admin: Any) -> Client:
    client = Client()
    client.force_login(admin)
    return client


@pytest.fixture
def runs(owner: Any) -> list[Run]:
    """One that finished and one that was refused."""
    comparison = Comparison.objects.create(owner=owner, title="Why is the sky blue?")
    turn = Turn.objects.create(comparison=comparison, position=0, messages=[])
    made = []
    for position, (model, error) in enumerate([("demo/fast", ""), ("demo/slow", "rate_limited")]):
        column = Column.objects.create(comparison=comparison, position=position, label="A", model=model)
        now = timezone.now()
        run = Run(comparison=comparison, column=column, turn=turn, model=model, queued_at=now, enqueued_at=now)
        run.state, run.error_code = ("failed", error) if error else ("finished", "")
        run.save()
        made.append(run)
    return made


def test_runs_are_filtered_by_their_error(browser: Client, runs: list[Run]) -> None:
    page = browser.get(reverse("admin:comparisons_run_changelist"), {"error_code": "rate_limited"})

    assert [run.pk for run in page.context["cl"].queryset] == [runs[1].pk]
    assert b"spend_limit" in page.content, "every code can be chosen"


@pytest.mark.parametrize("name", ["run", "comparison"])
def test_a_list_asks_nothing_of_all_rows_but_their_number(browser: Client, runs: list[Run], name: str) -> None:

    with CaptureQueriesContext(connection) as asked:
        assert browser.get(reverse(f"admin:comparisons_{name}_changelist")).status_code == 200

    said = [query["sql"].upper() for query in asked.captured_queries]
    assert not [sql for sql in said if "DISTINCT" in sql and "COMPARISONS_" in sql and "API_KEY" not in sql]
    assert sum("COUNT(" in sql and f"COMPARISONS_{name.upper()}" in sql for sql in said) <= 1
