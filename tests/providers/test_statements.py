"""Statements side by side: the strongest counts, and who says nothing any more has said nothing."""

from providers.contract.statements import SOURCES, Known, Statements, strongest, with_statements, without_source


def test_the_strongest_counts() -> None:
    said: Statements = {}
    for day, source in enumerate(reversed(SOURCES), 1):
        said = with_statements(said, source, {"tools": bool(day % 2)}, f"2026-11-0{day}")
        assert strongest(said, "tools") == Known(bool(day % 2), source, f"2026-11-0{day}")
    assert strongest(said, "reasoning") is None


def test_what_a_source_says_no_more_is_taken_back() -> None:
    said = with_statements({}, "model list", {"tools": True, "logprobs": False}, "2026-11-01")
    now = with_statements(said, "model list", {"tools": False}, "2026-11-02")

    assert now == {"tools": {"model list": {"value": False, "date": "2026-11-02"}}}
    assert said["tools"]["model list"]["value"] is True, "values of before are not changed"
    both = with_statements(said, "administrator", {"tools": None}, "2026-11-03", whole=False)
    assert strongest(both, "tools") == Known(None, "administrator", "2026-11-03")
    assert without_source(both, "administrator") == said
