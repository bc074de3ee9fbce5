"""Answers as rows of a table, and tables as CSV, JSON lines and XLSX. Unknown is empty, never 0.

A spreadsheet must not take a text for a formula. In CSV such a text gets an apostrophe before it; in XLSX every text is
written as a text, whatever it begins with.
"""

import csv
import io
import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import IO, Any

import xlsxwriter

from compare_site.exports.source import Answer, Source, files_of, prompt_of

Cell = str | int | float | Decimal | bool | None
Row = Mapping[str, Cell]
FIELDS = (
    "comparison",
    "title",
    "turn",
    "prompt",
    "column",
    "model",
    "provider",
    "model_answered",
    "sample",
    "attempt",
    "newest",
    "imported",
    "status",
    "complete",
    "note",
    "finish_reason",
    "error_code",
    "text",
    "reasoning",
    "tool_calls",
    "refusal",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_creation_tokens",
    "reasoning_tokens",
    "cost_usd",
    "cost_source",
    "queued_ms",
    "ttft_ms",
    "ttfa_ms",
    "total_ms",
    "tokens_per_s",
    "attachments",
)
"""The first row of every table of answers; more may be added at the end."""
FORMULA = frozenset("=+-@|%\uff1d\uff0b\uff0d\uff20")
"""What a spreadsheet may begin a formula with, its full-width twins included."""
BOM = "\ufeff"
"""Without it Excel reads UTF-8 as something else."""
LONGEST_CELL = 32_767
"""UTF-16 units in a cell of Excel; a longer text would make it call the file damaged."""


def row_of(source: Source, answer: Answer) -> dict[str, Cell]:
    """One answer by ``FIELDS``."""
    fold, column = answer.fold, answer.column
    usage, cost, timings = fold.usage, fold.cost, fold.timings
    calls = [block for block in fold.content if block.kind == "tool_call"]
    said = [{"id": block.id, "name": block.name, "arguments": block.text} for block in calls]
    return {
        "comparison": source.comparison.pk,
        "title": source.comparison.title,
        "turn": answer.turn.position + 1,
        "prompt": prompt_of(answer.turn),
        "column": column.label,
        "model": column.model,
        "provider": column.chat_model.provider.name if column.chat_model else "",
        "model_answered": fold.model,
        "sample": answer.run.sample + 1,
        "attempt": answer.run.attempt,
        "newest": answer.newest,
        "imported": "imported" in fold.metadata,
        "status": fold.status,
        "complete": answer.complete,
        "note": answer.note,
        "finish_reason": fold.finish_reason,
        "error_code": (fold.error or {}).get("code"),
        "text": fold.text_of("text"),
        "reasoning": fold.text_of("reasoning"),
        "tool_calls": json.dumps(said, ensure_ascii=False) if said else None,
        "refusal": fold.text_of("refusal"),
        "input_tokens": usage.input if usage else None,
        "output_tokens": usage.output if usage else None,
        "cache_read_tokens": usage.cache_read if usage else None,
        "cache_creation_tokens": usage.cache_creation if usage else None,
        "reasoning_tokens": usage.reasoning if usage else None,
        "cost_usd": Decimal(cost.amount) if cost else None,
        "cost_source": cost.source if cost else "unknown",
        "queued_ms": timings.queued_ms,
        "ttft_ms": timings.ttft_ms,
        "ttfa_ms": timings.ttfa_ms,
        "total_ms": timings.total_ms,
        "tokens_per_s": timings.tokens_per_s,
        "attachments": json.dumps(files, ensure_ascii=False) if (files := files_of(answer.turn)) else None,
    }


def harmless(text: str) -> str:
    """``text`` as a CSV field that no spreadsheet runs: what looks like a formula gets an apostrophe before it."""
    if text[:1] in {"\t", "\r", "\n"}:
        return f"'{text}"
    for letter in text:
        if letter in FORMULA:
            return f"'{text}"
        # Spaces and what cannot be seen are skipped by some of them.
        if not letter.isspace() and unicodedata.category(letter) not in {"Cc", "Cf", "Zs"}:
            break
    return text


def _csv_cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return format(value, "f")
    return harmless(value) if isinstance(value, str) else str(value)


def csv_lines(fields: Sequence[str], rows: Iterable[Row]) -> Iterator[bytes]:
    """A table as CSV by RFC 4180, every field in quotes, in UTF-8 with its mark."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([harmless(name) for name in fields])
    buffer.seek(0)
    yield (BOM + buffer.read()).encode()
    for row in rows:
        buffer.seek(0)
        buffer.truncate()
        writer.writerow([_csv_cell(row.get(name)) for name in fields])
        yield buffer.getvalue().encode("utf-8", "replace")


def json_lines(rows: Iterable[Row]) -> Iterator[bytes]:
    """One JSON object a line; null = unknown."""
    for row in rows:
        yield (json.dumps(row, ensure_ascii=False, default=str) + "\n").encode("utf-8", "replace")


def write_xlsx(file: IO[bytes], sheets: Sequence[tuple[str, Sequence[str], Iterable[Row]]]) -> None:
    """Sheets of (name, fields, rows), a row at a time: only one of them is in memory."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(file, options) as book:
        bold = book.add_format({"bold": True})
        for name, fields, rows in sheets:
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            for place, field in enumerate(fields):
                sheet.write_string(0, place, shortened(field), bold)
            for number, row in enumerate(rows, 1):
                for place, field in enumerate(fields):
                    _write_cell(sheet, number, place, row.get(field))


def _write_cell(sheet: Any, row: int, place: int, value: Cell) -> None:
    if isinstance(value, bool):
        sheet.write_string(row, place, "yes" if value else "no")
    elif isinstance(value, int | float | Decimal):
        sheet.write_number(row, place, value)
    elif value:
        sheet.write_string(row, place, shortened(value))


def shortened(text: str) -> str:
    """``text`` as far as a cell holds it; what is cut off is said."""
    units = len(text.encode("utf-16-le", "surrogatepass")) // 2
    if units <= LONGEST_CELL:
        return text
    mark = f"\n[cut off here: {len(text)} characters, more than a cell holds; CSV and JSON have all of them]"
    room = (LONGEST_CELL - len(mark)) * 2
    return text.encode("utf-16-le", "surrogatepass")[:room].decode("utf-16-le", "ignore") + mark
