"""Which texts are found, and what becomes of translations when the sources change."""

import polib

from scripts.extract_messages import Text, all_texts, merge, of_errors, of_python, of_reasons, of_script, of_template


def test_python() -> None:
    source = '_("One")\ngettext_lazy("Two")\nngettext("%d day", "%d days", n)\npgettext("verb", "Run")\n_(variable)\n'
    source += 'SetupError("server", "It broke.")\nProviderError(code, message)\n'

    assert set(of_python(source)) == {
        Text("One"),
        Text("Two"),
        Text("%d day", plural="%d days"),
        Text("Run", context="verb"),
    }
    assert set(of_errors(source)) == {Text("It broke.")}


def test_reasons_of_adapters() -> None:
    source = 'fields.dropped["seed"] = "this model has no seed"\nWHY = {"n": "one; two, and three"}\n'
    source += (
        'raise Odd(code, "This is a sentence.")\nname = f"part of a{text}"\nre.compile("not_?found|does not exist")\n'
    )

    assert set(of_reasons(source)) == {Text("this model has no seed"), Text("one; two, and three")}


def test_templates() -> None:
    source = (
        '{% translate "It\'s here" as x %}{% translate "Run" context "verb" %}'
        "{% blocktranslate count n=n %}{{ n }} day{% plural %}{{ n }} days{% endblocktranslate %}"
        "{% blocktranslate trimmed %}\n  two\n  lines\n{% endblocktranslate %}"
    )

    assert set(of_template(source)) == {
        Text("It's here"),
        Text("Run", context="verb"),
        Text("%(n)s day", plural="%(n)s days"),
        Text("two lines"),
    }


def test_scripts() -> None:
    source = """t("Stop"); x.format(t('It\\'s {n}', { n })); tn("{n} day", "{n} days", n); input("no"); it("no")"""

    assert set(of_script(source)) == {Text("Stop"), Text("It's {n}"), Text("{n} day", plural="{n} days")}


def test_translations_stay_and_lost_texts_go() -> None:
    catalog = polib.POFile()
    catalog.append(polib.POEntry(msgid="Stop", msgstr="停止"))
    catalog.append(polib.POEntry(msgid="Gone", msgstr="没有"))
    catalog.append(polib.POEntry(msgid="Run", msgctxt="verb", msgstr="运行"))

    merged = merge(catalog, {Text("Stop"): ["a.js"], Text("New"): ["b.js"], Text("Run", context="verb"): ["c.py"]})

    assert {(entry.msgid, entry.msgstr) for entry in merged} == {("Stop", "停止"), ("New", ""), ("Run", "运行")}


def test_a_text_that_another_catalog_has_is_translated_once() -> None:
    own, other = polib.POFile(), polib.POFile()
    own.append(polib.POEntry(msgid="Stop", msgstr="停止"))
    other.append(polib.POEntry(msgid="Stop", msgstr="停"))
    other.append(polib.POEntry(msgid="It broke.", msgstr="断了。"))

    merged = merge(own, {Text("Stop"): ["a.js"], Text("It broke."): ["b.py"]}, other)

    assert {(entry.msgid, entry.msgstr) for entry in merged} == {("Stop", "停止"), ("It broke.", "断了。")}


def test_the_project_has_texts_of_both_kinds() -> None:
    texts = all_texts()

    assert len(texts["django"]) > 100
    assert len(texts["djangojs"]) > 100
