"""The rows of history as people read them: headings, excerpts, counts and money in the reader's language."""

from typing import Any

import pytest
from django.utils import translation

from compare_site.comparisons.listing import HEADING, MODELS_SHOWN, heading_of, money, rows_of

ITEM = {
    "id": "a" * 32,
    "title": "",
    "prompt": "Why?",
    "tags": ["x"],
    "models": ["demo/fast"],
    "turns": 1,
    "states": {"finished": 1},
    "cost": None,
    "unknown_costs": 0,
    "metadata": {},
    "pinned": False,
    "trashed_at": None,
    "created_at": "2025-11-21T03:00:00.123456+00:00",
}


def row(**changes: Any) -> dict[str, Any]:
    (made,) = rows_of([{**ITEM, **changes}])
    return made


@pytest.mark.parametrize(
    ("title", "prompt", "heading", "excerpt"),
    [
        ("", "One line", "One line", ""),
        ("", "  First\nsecond\nthird ", "First", "second\nthird"),
        ("A title", "First\nsecond", "A title", "First\nsecond"),
        ("", "", "Comparison", ""),
        ("", "\n\n", "Comparison", ""),
        ("", "y" * HEADING, "y" * HEADING, ""),
    ],
)
def test_a_heading_is_the_title_or_how_the_prompt_begins(title: str, prompt: str, heading: str, excerpt: str) -> None:
    made = row(title=title, prompt=prompt)
    assert (made["heading"], made["excerpt"]) == (heading, excerpt)


def test_a_long_first_line_is_shortened_and_shown_whole_below() -> None:
    prompt = "word " * 40
    made = row(prompt=prompt)
    assert made["heading"].endswith("…")
    assert len(made["heading"]) <= HEADING + 1
    assert made["excerpt"] == prompt.strip()


def test_what_a_button_does_is_said_with_the_heading_as_it_is() -> None:
    labels = row(title="100 % of %(title)s “x”")["labels"]
    assert labels["choose"] == "Select “100 % of %(title)s “x””"
    with translation.override("zh-hans"):
        assert row(title="A")["labels"]["keep"] == "置顶“A”"


def test_copies_of_a_model_are_counted_and_many_models_cut() -> None:
    assert row(models=["a", "b", "a", "a"])["models"] == ["a ×3", "b"]
    made = row(models=[f"m{number}" for number in range(MODELS_SHOWN + 3)])
    assert (len(made["models"]), made["more_models"]) == (MODELS_SHOWN, 3)
    assert row()["more_models"] == 0


def test_states_are_told_in_the_order_of_a_run_s_life() -> None:
    assert row(states={"failed": 1, "finished": 3, "queued": 2})["summary"] == "2 queued · 3 finished · 1 failed"
    assert row(states={})["summary"] == ""


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0", "$0"),
        ("0.0000000001", "$0.00000000010"),
        ("0.00012345", "$0.00012"),
        ("0.0123456", "$0.0123"),
        ("0.999", "$0.9990"),
        ("1", "$1.00"),
        ("1234.5", "$1234.50"),
    ],
)
def test_money_has_the_digits_that_matter(amount: str, shown: str) -> None:
    assert money({"amount": amount, "currency": "USD"}) == shown


def test_unknown_money_is_not_zero() -> None:
    assert money(None) == ""
    assert row()["cost"] == ""
    assert row(cost={"amount": "0.5"})["cost"] == "$0.5000"


def test_a_sum_says_what_is_estimated_of_it_and_what_it_leaves_out() -> None:
    estimated = {"amount": "0.3016", "source": "estimated"}
    assert row(cost=estimated)["cost"] == "≈ $0.3016"
    assert row(cost=estimated, unknown_costs=1)["cost"] == "≈ $0.3016 + 1 unknown"
    assert row(cost={"amount": "2", "source": "computed"}, unknown_costs=3)["cost"] == "$2.00 + 3 unknown"
    assert row(unknown_costs=3)["cost"] == "3 runs of unknown cost"


def test_a_page_is_named_by_its_title_or_its_first_prompt() -> None:
    turns = [{"messages": [{"content": [{"text": "ctx"}]}, {"content": [{"text": "Tell"}, {"text": " me\nmore"}]}]}]
    assert heading_of("T", turns) == "T"
    assert heading_of("", turns) == "Tell me"
    assert heading_of("", []) == "Comparison"


def test_words_follow_the_reader() -> None:
    with translation.override("zh-hans"):
        translated = row(states={"finished": 2})["summary"]
    assert "2" in translated
    assert row()["url"].endswith(f"/c/{ITEM['id']}/")
    assert row()["created"].isoformat() == ITEM["created_at"]
