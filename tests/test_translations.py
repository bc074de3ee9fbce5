"""Every text is in the catalogs and translated with its placeholders; no template, script or module has one outside."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import django
import polib
import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import label_for_field
from django.test import Client, override_settings
from django.urls import get_resolver
from django.utils import translation

from scripts.compile_catalogs import compile_all
from scripts.extract_messages import (
    IN_CONTEXT,
    LANGUAGES,
    LOCALE,
    MANY,
    OF_DJANGO,
    ONE,
    ROOT,
    STRING,
    Text,
    all_texts,
    sources,
)

pytestmark = pytest.mark.slow
DOMAINS = ("django", "djangojs")
CATALOGS = [(language, domain) for language in LANGUAGES for domain in DOMAINS]
PERCENT = re.compile(r"%(?:\(\w+\))?[sd]")
BRACES = re.compile(r"\{\w+\}")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
SAME = {"JSON", "JSON schema", "TTFT", "HTTP {status}", "Top p", "top p", "{n} of {most}", "%(number)d %(state)s"}
SAME |= {
    "{n} of {m}",
    "%(n)d of %(m)d",
    "{what} {where}:",
    "%(spent)s of %(most)s",
    "PDF",
    "Schema",
    "JSON lines",
    "key=value",
}
SAME |= {"JavaScript, fetch", "Python, LangChain", "Python, openai"}
"""Names and signs that Chinese developers write in the same letters."""


texts_of_sources = cache(all_texts)


def catalog(language: str, domain: str) -> polib.POFile:
    return polib.pofile(str(LOCALE / language / "LC_MESSAGES" / f"{domain}.po"))


def translations(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


# Catalogs


@pytest.mark.parametrize("domain", DOMAINS)
def test_catalogs_have_just_the_texts_of_the_sources(domain: str) -> None:
    wanted = set(texts_of_sources()[domain])
    for language in LANGUAGES:
        there = {Text(e.msgid, e.msgid_plural, e.msgctxt or "") for e in catalog(language, domain)}
        assert (wanted - there, there - wanted) == (set(), set()), "run: make messages"


@pytest.mark.parametrize(("language", "domain"), CATALOGS)
def test_nothing_is_untranslated(language: str, domain: str) -> None:
    entries = catalog(language, domain)

    assert [e.msgid for e in entries if not all(map(str.strip, translations(e)))] == []
    assert [e.msgid for e in entries if e.fuzzy or e.obsolete or e.flags] == []
    assert [e.msgid for e in entries if e.msgid_plural and set(e.msgstr_plural) != {0}] == []
    same = {e.msgid for e in entries if not CHINESE.search("".join(translations(e)))}
    assert {msgid for msgid in same - SAME if not msgid.startswith("OpenRouter: provider (")} == set()


def test_what_the_chinese_of_django_lacks_is_ours() -> None:
    """Its newest texts of the administration and of passwords come before their translations."""
    lacking = set()
    for app in ("admin", "auth"):
        folder = Path(django.__file__).parent / "contrib" / app / "locale"
        english, chinese = (polib.pofile(str(folder / name / "LC_MESSAGES/django.po")) for name in ("en", "zh_Hans"))
        lacking |= {entry.msgid for entry in english} - {entry.msgid for entry in chinese if entry.translated()}

    assert {msgid for msgid in lacking if "email" not in msgid and "you are:" not in msgid} == {
        t.text for t in OF_DJANGO
    }


@pytest.mark.parametrize(("language", "domain"), CATALOGS)
def test_placeholders_are_kept(language: str, domain: str) -> None:
    signs = PERCENT if domain == "django" else BRACES
    wrong = []
    for entry in catalog(language, domain):
        many = entry.msgid_plural
        meant = sorted(signs.findall(many or entry.msgid))
        wrong += [entry.msgid for text in translations(entry) if sorted(signs.findall(text)) != meant]
        if domain == "django" and "%(" not in (many or entry.msgid):  # without names, their order counts
            wrong += [e for e in translations(entry) if signs.findall(e) != signs.findall(many or entry.msgid)]

    assert wrong == []


@pytest.mark.parametrize(("language", "domain"), CATALOGS)
def test_chinese_has_chinese_signs(language: str, domain: str) -> None:
    """No ASCII comma, colon, bracket or question mark after a Chinese character, and … for three dots."""
    found = [
        e.msgid for e in catalog(language, domain) for t in translations(e) if re.search(r"[一-鿿][,:;?!()]|\.\.\.", t)
    ]

    assert found == []


# Sources


def test_scripts_translate_only_literals() -> None:
    """``t(variable)`` cannot be found by the extraction; nor can a template with ``${}``."""
    call = re.compile(rf"(?<![\w.$])tn?\((?!\s*{STRING})")
    dynamic = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in sources("static/js/*.js")
        if path.name != "i18n.js"
        for line in _code(path).split("\n")
        if call.search(line)
    ]
    assert dynamic == []


def test_scripts_show_no_text_of_their_own() -> None:
    """Titles, labels, placeholders and children of elements are never plain words."""
    shown = re.compile(
        r"""(?:\btitle|"aria-label"|\bplaceholder|textContent|ariaLabel|ariaDescription)\s*[:=]\s*["'`](?!title")[A-Za-z]"""
    )
    child = re.compile(r"""\},\s*["'`][A-Z]?[a-z]+(?: [a-z]+)*["'`]\s*[,)]""")
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in sources("static/js/*.js")
        for line in _code(path).split("\n")
        if shown.search(line) or ("el(" in line and child.search(line))
    ]
    assert found == []


def _code(path: Path) -> str:
    """A script without its comments."""
    return re.sub(r"/\*.*?\*/|(?<=\s)//[^\n]*", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)


COLLECTED = {"error.message", "error.text", "obj.spec.warning"}


def test_python_translates_only_literals() -> None:
    """But for messages made where no Django is, and warnings of the catalog; the extraction collects those."""
    dynamic = []
    for path in sources("compare_site/*.py", "providers/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
            if name not in ONE | MANY | IN_CONTEXT:
                continue
            assert isinstance(node, ast.Call)
            first = node.args[0]
            if not isinstance(first, ast.Constant) and ast.unparse(first) not in COLLECTED:
                dynamic.append(f"{path.relative_to(ROOT)}:{node.lineno}: {ast.unparse(node)}")

    assert dynamic == []


def test_the_page_knows_why_adapters_leave_parameters_out() -> None:
    known = {entry.msgid for entry in catalog(LANGUAGES[0], "djangojs")}
    reason = re.compile(r"""\.dropped\[[^\]]+\] = "([^"]+)\"""")
    reasons = {text for path in sources("providers/adapters/*.py") for text in reason.findall(path.read_text())}

    assert reasons
    assert reasons - known == set()


BLOCKS = re.compile(
    r"{%\s*blocktrans(?:late)?\b.*?{%\s*endblocktrans(?:late)?\s*%}|{%\s*comment\b.*?{%\s*endcomment\s*%}", re.DOTALL
)
ATTRIBUTES = re.compile(r"{%\s*block body_attributes\s*%}.*?{%\s*endblock\b.*?%}")
TAGS = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)
VISIBLE = {"title", "placeholder", "aria-label", "aria-description", "alt", "data-empty", "data-common", "value"}
PROTOCOLS = {"Chat Completions", "Responses", "Messages"}
EXAMPLES = {'{"top_k": 40}', '{"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]}'}
WITHOUT = re.compile(r'^[\[{]+".*[\]}]+$|^demo/fast$')
"""More examples: JSON, and the name of a model."""
NOT_WORDS = {"Touchstone", "JSON", "≤ $1 / M", "≥ 128k", *PROTOCOLS, *EXAMPLES}
"""What stays as it is in every language, besides keys (<kbd>), commands (<code>) and the names of languages."""


class _Words(HTMLParser):
    """Collects visible words of a template whose tags of Django were taken out."""

    QUIET = frozenset({"kbd", "code", "script", "style"})
    VOID = frozenset({"input", "meta", "link", "br", "rect", "path", "circle", "use"})
    VALUES = frozenset({"submit", "button", "reset"})

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._quiet: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        for name, value in given.items():
            if name in VISIBLE and (name != "value" or given.get("type") in self.VALUES):
                self._add(value or "")
        if tag not in self.VOID and (self._quiet or tag in self.QUIET or (tag != "html" and "lang" in given)):
            self._quiet.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        return

    def handle_endtag(self, tag: str) -> None:
        if self._quiet and tag == self._quiet[-1]:
            self._quiet.pop()

    def handle_data(self, data: str) -> None:
        if not self._quiet:
            self._add(data)

    def _add(self, text: str) -> None:
        said = text.strip(" \n·:–—#?")
        if re.search(r"[^\W\d_]", said) and said not in NOT_WORDS and not WITHOUT.match(said):
            self.words.append(said)


def words_of(template: str) -> list[str]:
    """Visible text of a template that goes through no tag of translation."""
    reader = _Words()
    reader.feed(TAGS.sub("", ATTRIBUTES.sub("", BLOCKS.sub("", template))))
    return reader.words


def test_templates_have_no_text_outside_translations() -> None:
    found = {
        str(path.relative_to(ROOT)): words_of(path.read_text(encoding="utf-8")) for path in sources("templates/*.html")
    }

    assert {name: words for name, words in found.items() if words} == {}


@pytest.mark.parametrize(
    "template",
    [
        "<p>Hello</p>",
        '<button title="Hello">{% translate "x" %}</button>',
        '<input placeholder="Hello">',
        '<b>{% translate "x" %} Hello</b>',
        '<kbd>Enter</kbd><b aria-label="Hello">{{ x }}</b>',
        '<input type="submit" value="Hello">',
        "<p>{% blocktranslate %}x{% endblocktranslate %}Hello</p>",
    ],
)
def test_text_in_a_template_is_found(template: str) -> None:
    assert words_of(template) == ["Hello"]


# What people get


@pytest.fixture
def chinese(tmp_path: Path) -> Iterator[None]:
    """The Chinese of the sources as they are, whatever set-up compiled before."""
    for language, domain in CATALOGS:
        target = tmp_path / language / "LC_MESSAGES" / f"{domain}.po"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((LOCALE / language / "LC_MESSAGES" / f"{domain}.po").read_bytes())
    compile_all(tmp_path)
    with override_settings(LOCALE_PATHS=[tmp_path]), translation.override("zh-hans"):
        yield


OURS = {"accounts", "comparisons", "sharing", "providers"}
NAMES = {"id", "ID", "Id"}


@pytest.mark.usefixtures("chinese")
def test_every_name_in_our_admin_is_chinese() -> None:
    assert get_resolver().url_patterns  # the addresses of the site load the admin modules
    english = []
    for model, pages in admin.site._registry.items():
        options: Any = model._meta
        if options.app_label not in OURS:
            continue
        shown = [str(options.verbose_name), str(options.verbose_name_plural), str(options.app_config.verbose_name)]
        for inline in (pages, *(inline(model, admin.site) for inline in pages.inlines)):
            places: Any = inline
            names = [*(places.fields or ()), *getattr(places, "list_display", ()), *places.readonly_fields]
            shown += [str(label_for_field(name, places.model, places)) for name in names]
            shown += [str(places.model._meta.verbose_name)]
        for action in pages.actions or ():
            shown.append(str(getattr(pages, str(action)).short_description))
        english += [f"{options.label}: {name}" for name in shown if not CHINESE.search(name) and name not in NAMES]

    assert english == []


WORD = re.compile(r"[A-Za-z]{2,}")
PLAIN = {"Touchstone", "English", "manage", "py", "signin", "link", "Cookie", "Ctrl", "JavaScript", "API", "Django"}


def visible(html: str) -> str:
    """The text of a page that people see, with the labels of what has no text."""
    without = re.sub(r"<(script|style|noscript|code)\b.*?</\1>", " ", html, flags=re.DOTALL)
    labels = re.findall(r'(?:title|aria-label|placeholder)="([^"]*)"', without)
    return " ".join([re.sub(r"<[^>]*>", " ", without), *labels])


@pytest.mark.django_db
@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize("path", ["/accounts/sign-in/", "/accounts/link/none/", "/no/such/page/", "/admin/login/"])
def test_pages_for_strangers_are_chinese(path: str) -> None:
    page = Client(headers={"Accept-Language": "zh-CN,zh;q=0.9"}).get(path, follow=True)
    text = visible(page.content.decode())

    assert CHINESE.search(text)
    assert set(WORD.findall(text)) - PLAIN == set()
    assert page.headers["Content-Language"] == "zh-hans"


@pytest.mark.django_db
@pytest.mark.usefixtures("chinese")
def test_scripts_get_the_chinese_texts() -> None:
    from compare_site.templatetags.touchstone import messages_of

    messages_of.cache_clear()
    given = messages_of("zh-hans")
    messages_of.cache_clear()

    wanted = {entry.msgid for entry in catalog("zh_Hans", "djangojs")}
    assert wanted - set(given) == set()
    assert given["Stop"] == "停止"
    assert given["{n} model"] == ["{n} 个模型"]
    assert messages_of("en") == {}


def test_both_languages_are_offered() -> None:
    assert [code for code, _name in settings.LANGUAGES] == ["en", "zh-hans"]
