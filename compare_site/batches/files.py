"""A batch as a file: one row an answer, in the order of the inputs; of what has not been asked there is a row, too.

JSON is the one that comes back in (``exchange``).
"""

from collections.abc import Iterable, Iterator
from typing import IO, Literal

from compare_site.batches import exchange
from compare_site.batches.models import Batch, BatchInput
from compare_site.batches.pump import newest_of
from compare_site.comparisons.models import Comparison
from compare_site.exports import markdown, source, tables
from compare_site.exports.formats import Kind

Format = Literal["csv", "json", "jsonl", "xlsx", "md"]
OWN = ("index", "input_state", "answers_differ")
FIELDS = (*OWN, *tables.FIELDS)
AT_ONCE = 50


def rows_of(batch: Batch) -> Iterator[tables.Row]:
    """The table, an input at a time."""
    after = -1
    while chunk := list(batch.inputs.defer("search_text").filter(index__gt=after).order_by("index")[:AT_ONCE]):
        for item in chunk:
            yield from _rows(item)
        after = chunk[-1].index


def _rows(item: BatchInput) -> Iterator[tables.Row]:
    own: dict[str, tables.Cell] = {
        "index": item.index,
        "input_state": item.state,
        "answers_differ": item.differs,
    }
    comparison = Comparison.objects.filter(pk=item.comparison_id, trashed_at__isnull=True).first()
    if comparison is None:
        problem = (item.error or {}).get("message", "")
        status = "not started" if item.comparison_id is None else "deleted"
        yield {**own, "prompt": item.excerpt, "status": status, "complete": False, "note": problem}
        return
    read = source.read(comparison)
    wanted = {run.pk for run in newest_of([comparison.pk])[comparison.pk]}
    for answer in source.answers(source.only(read, wanted)):
        yield {**own, **tables.row_of(read, answer)}


def _csv(batch: Batch, file: IO[bytes]) -> None:
    _write(file, tables.csv_lines(FIELDS, rows_of(batch)))


def _jsonl(batch: Batch, file: IO[bytes]) -> None:
    _write(file, tables.json_lines(rows_of(batch)))


def _xlsx(batch: Batch, file: IO[bytes]) -> None:
    tables.write_xlsx(file, [("Answers", FIELDS, rows_of(batch))])


def _json(batch: Batch, file: IO[bytes]) -> None:
    _write(file, exchange.pieces(batch))


def _markdown(batch: Batch, file: IO[bytes]) -> None:
    ids = (
        batch.inputs.filter(comparison__trashed_at__isnull=True)
        .order_by("index")
        .values_list("comparison_id", flat=True)
    )
    for comparison_id in ids.exclude(comparison_id=None):
        comparison = Comparison.objects.filter(pk=comparison_id).first()
        if comparison is not None:
            _write(file, markdown.lines(source.read(comparison)))
            file.write(b"\n")


def _write(file: IO[bytes], pieces: Iterable[bytes]) -> None:
    for piece in pieces:
        file.write(piece)


KINDS: dict[Format, Kind[Batch]] = {
    "csv": Kind("text/csv; charset=utf-8", _csv),
    "json": Kind("application/json", _json),
    "jsonl": Kind("application/x-ndjson", _jsonl),
    "md": Kind("text/markdown; charset=utf-8", _markdown),
    "xlsx": Kind("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _xlsx),
}
