"""Compiles every catalog of texts (.po) to what Django reads (.mo), without gettext's programs."""

from pathlib import Path

import polib

LOCALE = Path(__file__).resolve().parent.parent / "compare_site" / "locale"


def compile_all(folder: Path = LOCALE) -> list[Path]:
    """The files written."""
    written = []
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        polib.pofile(str(source)).save_as_mofile(str(target))
        written.append(target)
    return written


if __name__ == "__main__":
    compile_all()
