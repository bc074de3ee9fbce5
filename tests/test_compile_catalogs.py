"""Catalogs become what Django reads."""

from pathlib import Path

import polib

from scripts.compile_catalogs import compile_all


def test_every_catalog_is_compiled(tmp_path: Path) -> None:
    folder = tmp_path / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Stop"\nmsgstr "停止"\n'
    )

    assert compile_all(tmp_path) == [folder / "django.mo"]
    assert [(entry.msgid, entry.msgstr) for entry in polib.mofile(str(folder / "django.mo"))] == [("Stop", "停止")]
