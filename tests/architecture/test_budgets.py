"""Sizes that warn early: a file that passes one is listed in budgets.toml with its reason, or split."""

import ast
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINES = (("tests/js/", ".js", 600), ("tests/", ".py", 600), ("static/", ".js", 250), ("", ".py", 400), ("", ".js", 250))
"""The first row that fits a file gives its limit."""
CATALOG_LINES = 80
FUNCTION_LINES = 60
PARAMETERS = 6
WORDS = ("TO" + "DO", "FIX" + "ME", "XX" + "X")


def tracked(*patterns: str) -> list[str]:
    """Files of the project: known to git or new and not ignored."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [name for name in names if "/migrations/" not in name and (ROOT / name).is_file()]


def limit_of(name: str) -> int:
    if name.startswith("providers/catalog/") and name.endswith(".toml"):
        return CATALOG_LINES
    return next((most for prefix, suffix, most in LINES if name.startswith(prefix) and name.endswith(suffix)), 0)


def findings(name: str, text: str) -> Iterator[tuple[str, str]]:
    """(budget, what is wrong) of one file."""
    limit = limit_of(name)
    count = len(text.splitlines())
    if limit and count > limit:
        yield "lines", f"{count} lines, at most {limit}"
    if not name.endswith(".py"):
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                yield "function", f"{node.name} has {length} lines, at most {FUNCTION_LINES}"
            if parameters(node) > PARAMETERS and not name.startswith("tests/"):
                yield "parameters", f"{node.name} has {parameters(node)} parameters, at most {PARAMETERS}"


def parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    named = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return len([argument for argument in named if argument.arg not in {"self", "cls"}])


def exceptions() -> list[dict[str, Any]]:
    return list(tomllib.loads((ROOT / "budgets.toml").read_text()).get("exception", []))


def test_no_file_passes_a_budget_without_a_reason() -> None:
    allowed = {(entry["path"], entry["budget"]) for entry in exceptions()}
    wrong = [
        f"{name}: {said}"
        for name in tracked("*.py", "*.js", "providers/catalog/*.toml")
        for budget, said in findings(name, (ROOT / name).read_text(encoding="utf-8"))
        if (name, budget) not in allowed
    ]

    assert wrong == []


def test_every_exception_is_needed_and_has_a_reason() -> None:
    for entry in exceptions():
        assert len(entry["reason"]) > 20, f"{entry['path']} needs a real reason"
        text = (ROOT / entry["path"]).read_text(encoding="utf-8")
        assert entry["budget"] in {budget for budget, _ in findings(entry["path"], text)}, f"{entry} is not needed"


def test_nothing_is_left_to_do() -> None:
    names = tracked("*.py", "*.js", "*.css", "*.html", "*.toml", "*.sh", "Makefile", "Dockerfile")
    wrong = [
        f"{name}:{number}"
        for name in names
        for number, line in enumerate((ROOT / name).read_text(encoding="utf-8").splitlines(), 1)
        if any(word in line for word in WORDS) and not name.startswith("tests/js")
    ]

    assert wrong == [], "open an issue instead of leaving a note"


@pytest.mark.parametrize(
    ("name", "text", "budget"),
    [
        ("compare_site/a.py", "x = 1\n" * 401, "lines"),
        ("tests/test_a.py", "x = 1\n" * 601, "lines"),
        ("static/js/a.js", "x;\n" * 251, "lines"),
        ("providers/catalog/a.toml", "x = 1\n" * 81, "lines"),
        ("compare_site/a.py", "def f():\n" + "    x = 1\n" * 60, "function"),
        ("compare_site/a.py", "def f(a, b, c, *, d, e, f, g): ...\n", "parameters"),
    ],
)
def test_what_is_too_large_is_found(name: str, text: str, budget: str) -> None:
    assert [found for found, _ in findings(name, text)] == [budget]
