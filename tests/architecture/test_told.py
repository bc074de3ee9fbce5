"""Sentences with which a run can end and that name things are known again by the page, which translates them."""

import ast
import re
from collections.abc import Iterator

from tests.architecture.test_budgets import ROOT, tracked

FOLDERS = ("compare_site/comparisons/*.py", "providers/*.py", "providers/*/*.py", "providers/*/*/*.py")
ELSEWHERE = re.compile(
    r"providers/(catalog|litellm|management|admin|migrations)/|/(litellm_import|discovered|setup|structured_form)\.py"
    r"|providers/(forms|checks|admission_form)|adapters/__init__|/(permits|rights|actions|uploads|keeping|openai_responses/stream)\.py"
)
"""No run comes there: administration, set-up, what a form or the API is told."""
MADE = {"ProviderError", "SetupError"}
PERCENT = re.compile(r"%(?:\(\w+\))?s")


COMPOSED = {
    "No connection to {}{} within {} seconds.",
    "Waited {} seconds in Touchstone's own line for {}{}. Nothing was sent. Run it again when less is going on, or ask "
    "an administrator to raise the limits.",
    "{} {}",
}
"""A part of these is there or not: the page knows both forms."""


def shape(node: ast.expr) -> str | None:
    """The sentence with ``{}`` for what it names; None if it names nothing."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        return shape(node.left)
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_" and isinstance(node.args[0], ast.Constant):
        text = str(node.args[0].value)
        return PERCENT.sub("{}", text) if PERCENT.search(text) else None
    return None


def sentences(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        found: list[ast.expr] = []
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in MADE and len(node.args) > 1:
            found = [node.args[1]]
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "message":
            found = [node.value]
        yield from (said for each in found if (said := shape(each)))


def test_the_page_knows_every_sentence_of_a_run_that_names_something() -> None:
    script = (ROOT / "static/js/core/told.js").read_text(encoding="utf-8")
    known = {re.sub(r"\{\w+\}", "{}", text) for text in re.findall(r'=> t\("([^"]+)"\)', script)}
    said = {
        sentence: path
        for path in tracked(*FOLDERS)
        if not ELSEWHERE.search(str(path))
        for sentence in sentences((ROOT / path).read_text(encoding="utf-8"))
    }
    assert len(said) > 40
    unknown = {sentence: path for sentence, path in said.items() if sentence not in known | COMPOSED}
    assert not unknown, f"write these into static/js/core/told.js, with a name in each pair of braces: {unknown}"
