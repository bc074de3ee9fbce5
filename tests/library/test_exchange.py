"""Prompts as a file and back."""

from datetime import UTC, datetime
from typing import Any

import pytest

from compare_site.library import exchange
from compare_site.library.models import Prompt, PromptVersion

pytestmark = pytest.mark.database
FILE = {
    "format": "touchstone-prompts",
    "version": 1,
    "prompts": [
        {
            "name": "n",
            "versions": [
                {"prompt": "one", "created_at": "2024-01-02T03:04:05+08:00"},
                {"prompt": "two", "number": 7, "created_at": "2999-01-01T00:00:00Z"},
                {"prompt": "three {x}"},
            ],
        }
    ],
}


def test_numbers_and_times_are_kept_and_what_has_none_goes_on(owner: Any) -> None:
    made, skipped = exchange.import_prompts(owner.pk, exchange.LibraryFile.model_validate(FILE))

    assert (len(made), skipped) == (1, 0)
    versions = list(PromptVersion.objects.order_by("number"))
    assert [(each.number, each.variables) for each in versions] == [(1, []), (7, []), (8, ["x"])]
    assert versions[0].created_at == datetime(2024, 1, 1, 19, 4, 5, tzinfo=UTC)
    assert versions[1].created_at < datetime.now(UTC)
    assert Prompt.objects.get().search_text == "n\nthree {x}"


def test_the_same_twice_in_one_file_is_taken_once(owner: Any) -> None:
    twice = {**FILE, "prompts": FILE["prompts"] * 2}  # type: ignore[operator]

    assert exchange.import_prompts(owner.pk, exchange.LibraryFile.model_validate(twice))[1] == 1
