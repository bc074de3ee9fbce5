"""The formats in which a comparison can be taken away."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import IO, Generic, Literal, TypeVar

from compare_site.exports import document, markdown, source, tables
from compare_site.exports.source import Source

Format = Literal["json", "md", "csv", "xlsx"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """``write`` puts all of a comparison, or of what else it is for, into a file."""

    content_type: str
    write: Callable[[T, IO[bytes]], None]


def _writing(pieces: Callable[[Source], Iterable[bytes]]) -> Callable[[Source, IO[bytes]], None]:
    def write(read: Source, file: IO[bytes]) -> None:
        for piece in pieces(read):
            file.write(piece)

    return write


def _rows(read: Source) -> Iterable[tables.Row]:
    return (tables.row_of(read, answer) for answer in source.answers(read))


def _csv(read: Source) -> Iterable[bytes]:
    return tables.csv_lines(tables.FIELDS, _rows(read))


def _xlsx(read: Source, file: IO[bytes]) -> None:
    comparison = read.comparison
    facts = {
        "title": comparison.title,
        "comparison": comparison.pk,
        "created_at": comparison.created_at.isoformat(),
        "tags": ", ".join(comparison.tags),
        "system": comparison.system,
        **{f"turn {turn.position + 1}": source.prompt_of(turn) for turn in read.turns.values()},
    }
    about = [{"field": name, "value": value} for name, value in facts.items()]
    tables.write_xlsx(file, [("Answers", tables.FIELDS, _rows(read)), ("Comparison", ("field", "value"), about)])


KINDS: dict[Format, Kind[Source]] = {
    "json": Kind("application/json", _writing(document.pieces)),
    "md": Kind("text/markdown; charset=utf-8", _writing(markdown.lines)),
    "csv": Kind("text/csv; charset=utf-8", _writing(_csv)),
    "xlsx": Kind("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _xlsx),
}
