"""Tests mirror the tree: whoever changes a module finds its tests by its name."""

from pathlib import Path

from tests.architecture.test_budgets import ROOT, tracked

NO_TESTS_OF_THEIR_OWN = {"__init__", "__main__", "apps", "urls", "routing", "settings", "admin"}
"""Wiring, which the tests of what is wired cover."""
COVERED_ELSEWHERE: dict[str, str] = {
    "compare_site/management/commands/web.py": "tests/test_up.py",
    "compare_site/management/commands/worker.py": "tests/test_up.py",
    "compare_site/management/commands/up.py": "tests/test_up.py",
}
"""Module -> the tests that cover it, where one test needs several modules at once."""


def expected(name: str) -> set[str]:
    """Where the tests of a module may be: beside its path under tests/, or named after its package."""
    path = Path(name)
    folders = [part for part in path.parent.parts if part not in {"compare_site", "management", "commands"}]
    places = {Path("tests", *folders), Path("tests", *folders[:1])}
    if "management" in path.parts:
        places |= {Path("tests", *folders, "commands"), Path("tests")}
    parent = path.parent.name
    return {str(place / f"test_{stem}.py") for place in places for stem in (path.stem, f"{parent}_{path.stem}", parent)}


def test_every_module_has_its_test_module() -> None:
    there = set(tracked("tests/*.py", "tests/**/*.py"))
    missing = []
    for name in tracked("compare_site/*.py", "compare_site/**/*.py", "providers/*.py", "providers/**/*.py"):
        if Path(name).stem in NO_TESTS_OF_THEIR_OWN:
            continue
        places = {COVERED_ELSEWHERE[name]} if name in COVERED_ELSEWHERE else expected(name)
        if not places & there:
            missing.append(f"{name}: none of {sorted(places)}")

    assert missing == []


def test_no_entry_has_outlived_its_module() -> None:
    assert [name for name in COVERED_ELSEWHERE if not (ROOT / name).exists()] == []
