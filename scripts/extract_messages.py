"""Brings the texts of the sources into the catalogs, without gettext's programs.

``django``: templates and Python; ``djangojs``: scripts. Texts that are gone are dropped, new ones come in untranslated.
"""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "compare_site" / "locale"
LANGUAGES = ("zh_Hans",)
ONE = {"gettext", "gettext_lazy", "gettext_noop", "_"}
MANY = {"ngettext", "ngettext_lazy"}
IN_CONTEXT = {"pgettext", "pgettext_lazy"}
ERRORS = {"ProviderError", "SetupError"}
"""Made in modules that know no Django, translated where they are shown: the sentence is the second argument."""
TOLD = {"Unusable", "BadConfig"}
"""The same, with values; the sentence is the first argument."""
REASONED = ("providers/adapters/*.py", "providers/dialects/*.py", "compare_site/comparisons/history_chain.py")
STRING = r"""("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\$]|\\.)*`)"""
SCRIPT_ONE = re.compile(rf"(?<![\w.$])t\(\s*{STRING}")
REASON = re.compile(r"(?![A-Z]{2})[A-Za-z][\w'-]*[,;]?(?: [\w'-]+[,;]?){2,}")
SCRIPT_MANY = re.compile(rf"(?<![\w.$])tn\(\s*{STRING}\s*,\s*{STRING}")


@dataclass(frozen=True, slots=True)
class Text:
    """A text to translate."""

    text: str
    plural: str = ""
    context: str = ""


OF_DJANGO = (
    Text("Model name"),
    Text("Add link"),
    Text("Change or view list link"),
    Text("After you’ve created a user, you’ll be able to edit more user options."),
    Text("Error:"),
    Text("Forgotten your login credentials?"),
    Text(
        "This password is too short. It must contain at least %d character.",
        plural="This password is too short. It must contain at least %d characters.",
    ),
)
"""What Django's own Chinese catalogs lack and people may see."""


def of_python(source: str) -> Iterator[Text]:
    """Calls of the gettext family with literal arguments."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        words = [value.value for value in node.args if isinstance(value, ast.Constant) and isinstance(value.value, str)]
        if name in ONE and words:
            yield Text(words[0])
        elif name in MANY and len(words) > 1:
            yield Text(words[0], plural=words[1])
        elif name in IN_CONTEXT and len(words) > 1:
            yield Text(words[1], context=words[0])


def of_errors(source: str) -> Iterator[Text]:
    """Sentences of errors. Forms and API show them by Django's catalog, the card of a run by that of the scripts."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        words = [value.value for value in node.args if isinstance(value, ast.Constant) and isinstance(value.value, str)]
        if name in ERRORS and len(words) > 1:
            yield Text(words[1])
        elif name in TOLD and words:
            yield Text(words[0])


def of_reasons(source: str) -> Iterator[Text]:
    """Why something was left out of a request, which the card of a run says: words of at least three, no sentence."""
    tree = ast.parse(source)
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) and id(node) not in parts else None
        if isinstance(text, str) and REASON.fullmatch(text):
            yield Text(text)


def of_template(source: str) -> Iterator[Text]:
    """What Django's own extraction sees, read as the Python-like text that it makes of a template."""
    from django.utils.translation.template import templatize

    for line in templatize(source).splitlines():
        for call in re.finditer(rf"\b(n?p?gettext|_)\(u?{STRING}(?:\s*,\s*u?{STRING})?", line):
            first, second = _plain(call[2]), _plain(call[3]) if call[3] else ""
            if call[1] == "pgettext":
                yield Text(second, context=first)
            else:
                yield Text(first, plural=second if call[1] == "ngettext" else "")


def of_catalog(source: str) -> Iterator[Text]:
    """What a provider of the catalog warns of."""
    warning = tomllib.loads(source).get("warning")
    if warning:
        yield Text(warning)


def of_script(source: str) -> Iterator[Text]:
    """``t("...")`` and ``tn("...", "...", n)``."""
    for call in SCRIPT_ONE.finditer(source):
        yield Text(_plain(call[1]))
    for call in SCRIPT_MANY.finditer(source):
        yield Text(_plain(call[1]), plural=_plain(call[2]))


def _plain(literal: str) -> str:
    quoted = literal if literal[0] != "`" else '"' + literal[1:-1].replace('"', '\\"').replace("\n", "\\n") + '"'
    return str(ast.literal_eval(quoted))


def sources(*patterns: str) -> list[Path]:
    """Files of the project: known to git or new and not ignored."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    return [ROOT / name for name in sorted(names) if name and (ROOT / name).is_file()]


def all_texts() -> dict[str, dict[Text, list[str]]]:
    """Domain -> text -> the files it stands in."""
    found: dict[str, dict[Text, list[str]]] = {"django": {text: ["django"] for text in OF_DJANGO}, "djangojs": {}}
    readers = (
        ("django", of_python, ("compare_site/*.py", "providers/*.py")),
        ("django", of_errors, ("compare_site/*.py", "providers/*.py")),
        ("djangojs", of_errors, ("compare_site/*.py", "providers/*.py")),
        ("djangojs", of_reasons, REASONED),
        ("django", of_catalog, ("providers/catalog/*.toml",)),
        ("django", of_template, ("templates/*.html",)),
        ("djangojs", of_script, ("static/js/*.js",)),
    )
    for domain, read, patterns in readers:
        for path in sources(*patterns):
            if path.name == "errors.py" and read is of_reasons:
                continue
            for text in read(path.read_text(encoding="utf-8")):
                name = str(path.relative_to(ROOT))
                places = found[domain].setdefault(text, [])
                if text.text and name not in places:
                    places.append(name)
    return {domain: {text: places for text, places in texts.items() if places} for domain, texts in found.items()}


def merge(catalog: polib.POFile, texts: dict[Text, list[str]], others: polib.POFile | None = None) -> polib.POFile:
    """A new catalog with exactly these texts and each translation of one of them, its own or from another catalog."""
    entries = [*(others or ()), *catalog]
    known = {(entry.msgid, entry.msgctxt or ""): entry for entry in entries if entry.translated()}
    merged = polib.POFile(wrapwidth=110)
    merged.metadata = catalog.metadata
    for text, places in sorted(texts.items(), key=lambda item: (item[1][0], item[0].text, item[0].context)):
        old = known.get((text.text, text.context))
        entry = polib.POEntry(
            msgid=text.text, msgctxt=text.context or None, occurrences=[(name, "") for name in places]
        )
        if text.plural:
            entry.msgid_plural = text.plural
            entry.msgstr_plural = (old.msgstr_plural if old else {}) or {0: ""}
        else:
            entry.msgstr = old.msgstr if old else ""
        merged.append(entry)
    return merged


def main() -> None:
    """Update every catalog and say how much is untranslated."""
    metadata = {
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": "nplurals=1; plural=0;",
    }
    for domain, texts in all_texts().items():
        for language in LANGUAGES:
            path = LOCALE / language / "LC_MESSAGES" / f"{domain}.po"
            path.parent.mkdir(parents=True, exist_ok=True)
            catalog = polib.pofile(str(path)) if path.exists() else polib.POFile()
            catalog.metadata = {**metadata, "Language": language, **catalog.metadata}
            merged = merge(catalog, texts, _others(path))
            merged.save(str(path))
            left = len(merged.untranslated_entries())
            sys.stdout.write(f"{path.relative_to(ROOT)}: {len(texts)} texts, {left} untranslated\n")


def _others(path: Path) -> polib.POFile:
    """The other catalogs of this language: a text that several need is translated once."""
    found = polib.POFile()
    for other in sorted(set(path.parent.glob("*.po")) - {path}):
        found.extend(entry for entry in polib.pofile(str(other)) if not entry.msgid_plural)
    return found


if __name__ == "__main__":
    main()
