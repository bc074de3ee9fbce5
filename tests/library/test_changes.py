"""Differences of two texts, as people read them."""

from compare_site.library.changes import Line, changed_lines

TEN = "\n".join(str(number) for number in range(10))


def test_the_same_text_has_no_changes() -> None:
    assert changed_lines(TEN, TEN) == []


def test_a_changed_line_stands_among_its_neighbours() -> None:
    assert changed_lines(TEN, TEN.replace("5", "five")) == [
        Line("left_out", "3"),
        Line("same", "3"),
        Line("same", "4"),
        Line("removed", "5"),
        Line("added", "five"),
        Line("same", "6"),
        Line("same", "7"),
        Line("left_out", "2"),
    ]


def test_two_changes_far_apart_leave_out_what_is_between() -> None:
    lines = changed_lines(TEN, TEN.replace("0", "zero").replace("9", "nine"))

    assert [line for line in lines if line.kind == "left_out"] == [Line("left_out", "4")]
    assert [line.text for line in lines if line.kind == "added"] == ["zero", "nine"]


def test_something_from_nothing_is_added_only() -> None:
    assert changed_lines("", "a\nb") == [Line("added", "a"), Line("added", "b")]
    assert changed_lines("a", "") == [Line("removed", "a")]


def test_very_long_texts_are_not_compared() -> None:
    old, new = "\n".join(["x"] * 3000), "\n".join(["y"] * 3000)

    assert [line.kind for line in changed_lines(old, new)] == ["removed"] * 3000 + ["added"] * 3000
