"""The tags of the page's frame."""

import json
from pathlib import Path

import polib
import pytest
from django.template import Context, Template
from django.test import override_settings
from django.utils import translation

from compare_site.templatetags.touchstone import messages_of


def render(language: str) -> str:
    with translation.override(language):
        return Template("{% load touchstone %}{% messages_catalog %}").render(Context())


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    folder = tmp_path / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    file = polib.POFile()
    file.metadata = {"Content-Type": "text/plain; charset=utf-8", "Plural-Forms": "nplurals=1; plural=0;"}
    file.append(polib.POEntry(msgid="Stop </script>", msgstr="停止 </script>"))
    file.append(polib.POEntry(msgid="Not yet", msgstr=""))
    file.append(polib.POEntry(msgid="{n} answer", msgid_plural="{n} answers", msgstr_plural={0: "{n} 个回答"}))
    file.save_as_mofile(str(folder / "djangojs.mo"))
    return tmp_path


def test_english_needs_no_catalog() -> None:
    assert render("en") == ""


def test_another_language_is_a_data_block(catalog: Path) -> None:
    with override_settings(LOCALE_PATHS=[catalog]):
        messages_of.cache_clear()
        page = render("zh-hans")
    messages_of.cache_clear()

    assert page.startswith('<script id="ts-messages" type="application/json">')
    assert page.count("</script>") == 1
    body = json.loads(page.split(">", 1)[1].rsplit("<", 1)[0])
    assert body == {"Stop </script>": "停止 </script>", "{n} answer": ["{n} 个回答"]}
