"""Static files: everything hashed, every import of every script reaches a hashed file, nothing else of node_modules."""

import json
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.template import Context, Template
from django.test import override_settings

from compare_site import staticfiles
from tests.stack import collect, static_root

ROOT = Path(__file__).resolve().parents[1]
IMPORT = re.compile(r"""(?<![-\w.])(?:from|import)\s*\(?\s*["']([^"']+)["']""")
COMMENT = re.compile(r"/\*.*?\*/|^\s*//[^\n]*", re.DOTALL | re.MULTILINE)
HASHED = re.compile(r"\.[0-9a-f]{12}(\.|$)")
URL = re.compile(r"""url\(\s*["']?([^"')]+)""")


@pytest.fixture(scope="module")
def collected() -> dict[str, str]:
    """Name -> hashed name."""
    collect()
    paths: dict[str, str] = json.loads((static_root() / "staticfiles.json").read_text())["paths"]
    return paths


@pytest.fixture(scope="module")
def imports(collected: dict[str, str]) -> dict[str, str]:
    """The import map of the collected files."""
    storage = "compare_site.staticfiles.Storage"
    with override_settings(STATIC_ROOT=static_root(), STORAGES={"staticfiles": {"BACKEND": storage}}):
        staticfiles.import_map.cache_clear()
        text = staticfiles.import_map()
    staticfiles.import_map.cache_clear()
    staticfiles.import_map_hash.cache_clear()
    found: dict[str, str] = json.loads(text)["imports"]
    return found


def scripts(collected: dict[str, str]) -> list[str]:
    return [name for name in collected if name.startswith("js/") and name.endswith(".js")]


def test_every_script_and_library_is_there_under_a_hashed_name(collected: dict[str, str]) -> None:
    assert set(staticfiles.VENDOR_FILES) <= set(collected)
    assert "js/main.js" in collected
    for name, hashed in collected.items():
        assert HASHED.search(hashed), name
        assert (static_root() / hashed).exists()
        assert not (static_root() / name).exists(), f"{name} would be served under a name that may be stale"


def test_scripts_are_served_as_they_were_written(collected: dict[str, str]) -> None:
    for name in scripts(collected):
        assert (static_root() / collected[name]).read_bytes() == (ROOT / "static" / name).read_bytes()


def test_every_import_reaches_a_hashed_file(collected: dict[str, str], imports: dict[str, str]) -> None:
    lost = []
    for name in scripts(collected):
        for target in IMPORT.findall(COMMENT.sub("", (static_root() / collected[name]).read_text())):
            relative = target.startswith(".")
            key = "/static/" + str(Path("/", name).parent.joinpath(target).resolve())[1:] if relative else target
            if "{" in key or "*" in key:
                continue
            if key not in imports:
                lost.append(f"{name} imports {target}")

    assert lost == []
    hashed = {f"/static/{path}" for path in collected.values()}
    assert set(imports.values()) <= hashed


def test_every_address_in_a_style_sheet_is_hashed(collected: dict[str, str]) -> None:
    lost = []
    for name, hashed in collected.items():
        if name.endswith(".css") and not name.startswith("admin/"):
            text = (static_root() / hashed).read_text()
            targets = [target for target in URL.findall(text) if not target.startswith(("data:", "%23"))]
            lost += [f"{name}: {target}" for target in targets if not HASHED.search(target)]

    assert lost == []


@pytest.mark.parametrize("name", ["vendor/marked.esm.js.map", "marked/lib/marked.esm.js", "vendor/../package.json"])
def test_nothing_else_of_node_modules_is_found(name: str) -> None:
    assert finders.find(name) is None


def test_the_finder_finds_libraries() -> None:
    assert str(finders.find("vendor/marked.js")).endswith("node_modules/marked/lib/marked.esm.js")


def test_the_map_cannot_end_its_script_element() -> None:
    with override_settings(STATIC_URL="/static/"):
        assert "<" not in staticfiles.import_map()


def test_while_developing_only_bare_names_are_mapped() -> None:
    mapped = json.loads(staticfiles.import_map())["imports"]

    assert set(mapped) == set(staticfiles.BARE_NAMES)
    assert mapped["marked"] == "/static/vendor/marked.js"
    assert not staticfiles.is_collected()


def test_the_page_has_the_map_that_the_policy_allows() -> None:
    page = Template("{% load touchstone %}{% import_map %}").render(Context())

    assert page == f'<script type="importmap">{staticfiles.import_map()}</script>'
