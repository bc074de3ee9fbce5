"""The contracts of .importlinter hold, and each of them catches a wrong import planted for it."""

import os
import re
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WRONG_IMPORTS = {
    "site": ("compare_site/env.py", "compare_site.valkey"),
    "comparisons": ("compare_site/comparisons/fold.py", "compare_site.comparisons.transitions"),
    "library": ("compare_site/library/models.py", "compare_site.library.exchange"),
    "providers": ("providers/dialects/errors.py", "providers.models"),
    "doors": ("compare_site/comparisons/snapshot.py", "providers.vault"),
    "reusable": ("providers/resolve/targets.py", "compare_site.comparisons.models"),
    "pure": ("providers/contract/spec.py", "django.db"),
    "adapters": ("providers/adapters/planted/__init__.py", "providers.adapters.openai_chat"),
    "demo": ("compare_site/demo/wire.py", "compare_site.comparisons.models"),
    "one-http-client": ("providers/resolve/listing.py", "httpx"),
    "one-redis-client": ("compare_site/health.py", "redis"),
}
"""Contract -> where a wrong import is planted, and what is imported there."""


def lint(folder: Path) -> str:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": ""})
    return done.stdout + done.stderr


def contracts() -> dict[str, str]:
    """Id -> name of every contract."""
    parser = ConfigParser()
    parser.read(ROOT / ".importlinter")
    prefix = "importlinter:contract:"
    return {name.removeprefix(prefix): parser[name]["name"] for name in parser if name.startswith(prefix)}


@pytest.fixture(scope="module")
def report_with_wrong_imports(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("planted")
    shutil.copy(ROOT / ".importlinter", folder)
    for package in ("compare_site", "providers"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("*.pyc", "locale"))
    for path, imported in WRONG_IMPORTS.values():
        target = folder / path
        target.parent.mkdir(exist_ok=True)
        target.write_text(f"{target.read_text() if target.exists() else ''}\nimport {imported}\n")
    return lint(folder)


def test_all_contracts_are_kept() -> None:
    report = lint(ROOT)

    assert "0 broken." in report, report


def test_every_contract_has_a_wrong_import() -> None:
    assert set(contracts()) == set(WRONG_IMPORTS)


@pytest.mark.parametrize("contract", sorted(WRONG_IMPORTS))
def test_a_planted_wrong_import_breaks_its_contract(contract: str, report_with_wrong_imports: str) -> None:
    name = contracts()[contract]
    path, imported = WRONG_IMPORTS[contract]
    importer = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    assert re.search(rf"^{re.escape(name)} BROKEN", report_with_wrong_imports, re.MULTILINE), report_with_wrong_imports
    sections = re.split(r"^(.+)\n-{3,}\n", report_with_wrong_imports, flags=re.MULTILINE)
    said = sections[sections.index(name) + 1]
    assert importer in said, said
    assert imported.split(".")[0] in said, said
