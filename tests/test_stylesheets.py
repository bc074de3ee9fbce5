"""Style sheets in bundles: the same rules in the same order, in one file of the collected site."""

import json
import re
from pathlib import Path

import pytest
from django.template import Context, Template
from django.test import override_settings

from compare_site import stylesheets
from tests.stack import collect, static_root

ROOT = Path(__file__).resolve().parents[1]
URL = re.compile(r"url\([^)]*\)")
STORAGE = "compare_site.staticfiles.Storage"


def links(bundle: str) -> list[str]:
    page = Template('{% load touchstone %}{% bundle "' + bundle + '" %}').render(Context())
    return re.findall(r'<link rel="stylesheet" href="([^"]+)">', page)


@pytest.mark.parametrize("bundle", stylesheets.BUNDLES)
def test_a_collected_bundle_is_its_parts_in_their_order(bundle: str) -> None:
    collect()
    names = json.loads((static_root() / "staticfiles.json").read_text())["paths"]
    parts = [(ROOT / "static" / name).read_text() for name in stylesheets.sources(bundle)]

    joined = (static_root() / names[stylesheets.bundled(bundle)]).read_text()

    assert URL.sub("", joined) == URL.sub("", "\n".join(parts))


@pytest.mark.parametrize("bundle", stylesheets.BUNDLES)
def test_a_collected_page_asks_for_one_file_of_a_bundle(bundle: str) -> None:
    collect()
    with override_settings(STATIC_ROOT=static_root(), STORAGES={"staticfiles": {"BACKEND": STORAGE}}):
        found = links(bundle)

    assert len(found) == 1
    assert (static_root() / found[0].removeprefix("/static/")).is_file()


@pytest.mark.parametrize("bundle", stylesheets.BUNDLES)
def test_while_developing_a_page_names_the_parts(bundle: str) -> None:
    assert links(bundle) == [f"/static/{name}" for name in stylesheets.sources(bundle)]


def test_every_sheet_stands_in_at_most_one_bundle() -> None:
    names = [name for bundle in stylesheets.BUNDLES for name in stylesheets.sources(bundle)]

    assert len(names) == len(set(names))
    assert all((ROOT / "static" / name).is_file() for name in names)
