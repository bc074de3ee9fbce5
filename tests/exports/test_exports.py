"""Files of a comparison: what they hold, and that nobody who opens one runs what a model wrote."""

import csv
import io
import json
import tempfile
import zipfile
from typing import Any
from xml.etree import ElementTree

import pytest

from compare_site.comparisons.fold import RunFold
from compare_site.comparisons.models import Column, Comparison, Run, Turn
from compare_site.exports import source, tables
from compare_site.exports.formats import KINDS, Format
from compare_site.exports.markdown import inline, quoted
from compare_site.exports.sending import file_name
from compare_site.exports.source import Answer
from tests.exports.rows import FORMULAS, made

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey")]
NS = {"s": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def written(comparison: Comparison, kind: Format) -> bytes:
    with tempfile.TemporaryFile() as file:
        KINDS[kind].write(source.read(comparison), file)
        file.seek(0)
        return file.read()


def table(comparison: Comparison) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(written(comparison, "csv").decode("utf-8-sig"), newline="")))


def cells(workbook: bytes) -> tuple[list[dict[str, str]], bytes]:
    """The answers on the first sheet by field, and all of its XML."""
    book = zipfile.ZipFile(io.BytesIO(workbook))
    xml = book.read("xl/worksheets/sheet1.xml")
    rows = ElementTree.fromstring(xml).iterfind(".//s:row", NS)
    texts = [
        {cell.attrib["r"].rstrip("0123456789"): "".join(cell.itertext()) for cell in row.iterfind("s:c", NS)}
        for row in rows
    ]
    names = texts[0]
    return [{names[place]: text for place, text in row.items()} for row in texts[1:]], xml


def test_a_table_has_every_answer_with_what_is_known_of_it(owner: Any) -> None:
    rows = table(made(owner))

    assert list(rows[0]) == list(tables.FIELDS)
    assert [(row["turn"], row["column"], row["attempt"], row["newest"]) for row in rows] == [
        ("1", "A", "1", "no"),
        ("1", "A", "2", "yes"),
        ("1", "B", "1", "yes"),
        ("2", "A", "1", "yes"),
        ("2", "B", "1", "yes"),
    ]
    good, cut, failed = rows[1], rows[2], rows[4]
    assert (good["text"], good["complete"], good["note"], good["prompt"]) == ("one", "yes", "", "What is it?")
    assert (good["input_tokens"], good["output_tokens"], good["cost_usd"]) == ("3", "0", "0.0012")
    assert (cut["complete"], cut["note"], cut["cost_usd"], cut["cost_source"]) == (
        "no",
        "cut off: length",
        "",
        "unknown",
    )
    assert (cut["input_tokens"], cut["total_ms"]) == ("", "")
    assert (failed["status"], failed["error_code"], failed["complete"]) == ("failed", "rate_limited", "no")
    assert failed["note"] == "failed: rate_limited: =too many"


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_spreadsheet_takes_an_answer_for_a_formula(owner: Any, formula: str) -> None:
    comparison = made(owner, (formula, formula + ';=2"'), title=formula)

    for row in table(comparison)[1:3]:
        assert row["text"].startswith("'")
        assert row["title"] == f"'{formula}"
    rows, xml = cells(written(comparison, "xlsx"))
    assert b"<f>" not in xml
    assert b't="str"' not in xml
    assert [rows[1][name].replace("_x000D_", "").strip() for name in ("title", "text")] == [formula.strip()] * 2


def test_ordinary_text_is_left_as_it_is() -> None:
    for text in ("", "a=b", "中文", "é-", '"quoted"', "1-2"):
        assert tables.harmless(text) == text


def test_a_cell_says_when_it_cannot_hold_the_whole_text(owner: Any) -> None:
    long = "😀" * 20_000
    rows, _xml = cells(written(made(owner, (long, "short")), "xlsx"))
    text = rows[1]["text"]

    assert len(text.encode("utf-16-le")) // 2 <= tables.LONGEST_CELL
    assert "cut off here: 20000 characters" in text
    assert table(Comparison.objects.get())[1]["text"] == long


def test_a_document_has_the_newest_answers_and_says_which_are_not_complete(owner: Any) -> None:
    text = written(
        made(owner, ("# not a heading\r\n## Turn 9\u2028x", "<script>x</script>"), title="*a* <b>\n#x"), "md"
    )
    said = text.decode()

    assert said.splitlines()[0] == "# \\*a\\* \\<b\\> \\#x"
    assert "an older answer" not in said
    assert "> # not a heading\n> ## Turn 9\n> x\n" in said
    assert "> <script>x</script>" in said
    assert "**Not complete** (cut off: length)" in said
    assert "**Not complete** (failed: rate\\_limited: =too many)" in said
    assert [line for line in said.splitlines() if line.startswith("## ")] == ["## Turn 1", "## Turn 2"]
    assert "| 3 | 0 | $0.0012 (reported) | 0.01 s | 0.90 s |" in said
    assert "| unknown | unknown | unknown | unknown | unknown |" in said


def test_quotes_hold_every_line() -> None:
    assert quoted("a\rb\n\nc") == "> a\n> b\n>\n> c\n"
    assert inline("a\n|b|") == "a \\|b\\|"


def test_json_has_all_of_it(owner: Any) -> None:
    comparison = made(owner)
    read = json.loads(written(comparison, "json"))

    assert (read["format"], read["version"], read["comparison"]["title"]) == ("touchstone.comparison", 1, "A title")
    assert [column["model"] for column in read["columns"]] == ["demo/fast", "nobody/unknown"]
    assert [turn["parent"] for turn in read["turns"]] == [None, read["turns"][0]["id"]]
    assert [run["text"] for run in read["runs"]] == ["an older answer", "one", "two", "a follow-up", ""]
    assert read["runs"][2]["usage"] is None
    assert read["runs"][2]["note"] == "cut off: length"
    assert read["runs"][1]["trace"] == [[12.5, "text", 3]]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("", "touchstone-comparison-01234567.csv"),
        ("../../etc/passwd\x00\r\nX: y", "touchstone-etc-passwd-X-y-01234567.csv"),
        ('"; filename="evil.exe', "touchstone-filename-evil.exe-01234567.csv"),
        ("a\u202egnp.exe", "touchstone-a-gnp.exe-01234567.csv"),
        ("中文 标题", "touchstone-中文-标题-01234567.csv"),
        ("x" * 300, f"touchstone-{'x' * 60}-01234567.csv"),
    ],
)
def test_names_of_files_are_harmless(title: str, name: str) -> None:
    assert file_name(title, "comparison", "0123456789ab", "csv") == name


@pytest.mark.parametrize(("native", "note"), [("end_turn", ""), ("pause_turn", "cut off: pause_turn")])
def test_a_turn_that_may_be_gone_on_with_is_not_complete(native: str, note: str) -> None:
    fold = RunFold(id="r", status="finished", finish_reason="stop", native_finish_reason=native)
    answer = Answer(Run(), fold, Column(), Turn(), newest=True)

    assert (answer.complete, answer.note) == (note == "", note)
