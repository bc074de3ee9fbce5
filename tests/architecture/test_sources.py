"""What never stands in a tracked file: registries' addresses, paths of a machine, third parties' files."""

import json
import re

from tests.architecture.test_budgets import ROOT, tracked

LOCKS = (
    "requirements/*.txt",
    "requirements/*.in",
    "package.json",
    "package-lock.json",
    ".npmrc",
    "Dockerfile",
    "compose.yaml",
)
REGISTRY = re.compile(r"--(?:extra-)?index-url|--find-links|https?://[\w.]*(?:pypi|pythonhosted|npmjs|npmmirror)[\w.]*")
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:home|Users|root|work)/\w")


def test_locks_name_no_registry() -> None:
    wrong = [name for name in tracked(*LOCKS) if REGISTRY.search((ROOT / name).read_text())]

    assert wrong == []


def test_the_npm_lock_has_hashes_and_no_addresses() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]

    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if name and "integrity" not in entry] == []


def test_every_python_package_is_pinned_with_hashes() -> None:
    for name in tracked("requirements/*.txt"):
        text = (ROOT / name).read_text()
        pins = re.findall(r"^[a-z0-9][\w.-]*==", text, re.MULTILINE)
        hashed = re.findall(r"^[a-z0-9][\w.-]*==.*\\\n\s+--hash=sha256:", text, re.MULTILINE)
        assert pins, name
        assert len(pins) == len(hashed), name


def test_no_path_of_a_machine() -> None:
    names = [name for name in tracked() if not name.endswith((".png", ".woff2", ".ico"))]
    wrong = [name for name in names if MACHINE_PATH.search((ROOT / name).read_text(encoding="utf-8", errors="ignore"))]

    assert wrong == []


def test_no_third_party_files() -> None:
    wrong = [name for name in tracked() if re.search(r"\.min\.(js|css)$|(^|/)node_modules/|(^|/)vendor/", name)]

    assert wrong == []
