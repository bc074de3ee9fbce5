"""No place that shows text appears unseen: each module and template is in the table, with the test that reaches it."""

import re
from pathlib import Path

import pytest

from tests.security.xss import test_administration, test_pages, test_xss
from tests.security.xss.sinks import ADDRESSES, MODULES, TEMPLATES
from tests.stack import ROOT

SCRIPTS = ROOT / "static" / "js"
ADDRESS = re.compile(
    r"""(?:\b(?:href|src|srcset|poster|formaction|background|ping|srcdoc)\s*:\s(?!\s*(?:null|""|\{|string|any))
    |["'](?:xlink:)?(?:href|src|srcset|poster|action|formaction|background|ping|srcdoc|style)["']\s*,
    |\.(?:href|src|srcset|poster|action|formAction|background|ping|srcdoc)\s*=(?!=))""",
    re.VERBOSE,
)


def modules(root: Path = SCRIPTS) -> set[str]:
    return {
        path.relative_to(root).as_posix() for part in ("render", "elements") for path in (root / part).rglob("*.js")
    }


def templates() -> set[str]:
    folder = ROOT / "templates"
    inner = ROOT.glob("*/**/templates/**/*.html")
    assert not [path for path in inner if "node_modules" not in path.parts and ".venv" not in path.parts]
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*.html")}


def addresses(root: Path = SCRIPTS) -> dict[str, int]:
    found = {path.relative_to(root).as_posix(): len(ADDRESS.findall(path.read_text())) for path in root.rglob("*.js")}
    return {name: count for name, count in found.items() if count}


@pytest.mark.parametrize(("table", "there"), [(MODULES, modules()), (TEMPLATES, templates())])
def test_every_sink_is_in_the_table(table: dict[str, tuple[str, str]], there: set[str]) -> None:
    missing, gone = there - set(table), set(table) - there

    assert not missing, f"say in tests/security/xss/sinks.py how hostile text reaches {sorted(missing)}"
    assert not gone, f"not there any more: {sorted(gone)}"


def test_the_tests_of_the_table_exist() -> None:
    names = {test for table in (MODULES, TEMPLATES) for test, _what in table.values() if test}

    files = (test_administration, test_pages, test_xss)
    assert [name for name in names if not any(hasattr(file, name) for file in files)] == []


def test_attributes_that_can_load_something_are_known() -> None:
    assert addresses() == ADDRESSES


def test_a_new_module_and_a_new_address_are_seen(tmp_path: Path) -> None:
    """The control."""
    for part in ("render", "elements"):
        (tmp_path / part).mkdir()
    for number, line in enumerate(
        ("image.src = text;", 'el("a", { href: text });', 'link.setAttribute("href", text);', "frame.srcdoc = text;")
    ):
        (tmp_path / "elements" / f"new-{number}.js").write_text(line)

    assert modules(tmp_path) == {f"elements/new-{number}.js" for number in range(4)}
    assert addresses(tmp_path) == dict.fromkeys(modules(tmp_path), 1)
