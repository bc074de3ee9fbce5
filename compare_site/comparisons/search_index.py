"""The index of texts, in the words of each database: FTS5 in SQLite, GIN in PostgreSQL, over the same pieces.

Triggers and the index itself keep it as the rows of ``SearchEntry`` are; nobody writes to it.
"""

from typing import Any

from django.db import connection, models
from django.db.models.expressions import RawSQL

from compare_site.comparisons.grams import LONG, Wanted
from compare_site.comparisons.models import SearchEntry

SAMPLES = 64
SAMPLE = "\ue104"
BLOCKS = (("\ue107", 1 << 18), ("\ue106", 1 << 14), ("\ue105", 1 << 10))
"""Marks of blocks, largest first, and how many rows each holds.

In PostgreSQL's index each row also has its number modulo ``SAMPLES``, so that one piece finds every 64th row, and the
number of each block that it is in.
"""
_PLACES = ((SAMPLE, f"mod(id, {SAMPLES})"), *((mark, f"(id / {size})") for mark, size in BLOCKS))
_PIECES = "grams" + "".join(f" || ' {mark}' || {number}::text" for mark, number in _PLACES)
VECTOR = f"array_to_tsvector(string_to_array({_PIECES}, ' '))"
SQLITE = (
    """CREATE VIRTUAL TABLE comparisons_searchindex USING fts5(
        grams, content='comparisons_searchentry', content_rowid='id',
        tokenize='ascii', detail=none, columnsize=0, prefix='1 2')""",
    """CREATE TRIGGER comparisons_searchindex_insert AFTER INSERT ON comparisons_searchentry BEGIN
        INSERT INTO comparisons_searchindex(rowid, grams) VALUES (new.id, new.grams); END""",
    """CREATE TRIGGER comparisons_searchindex_delete AFTER DELETE ON comparisons_searchentry BEGIN
        INSERT INTO comparisons_searchindex(comparisons_searchindex, rowid, grams)
        VALUES ('delete', old.id, old.grams); END""",
    """CREATE TRIGGER comparisons_searchindex_update AFTER UPDATE ON comparisons_searchentry BEGIN
        INSERT INTO comparisons_searchindex(comparisons_searchindex, rowid, grams)
        VALUES ('delete', old.id, old.grams);
        INSERT INTO comparisons_searchindex(rowid, grams) VALUES (new.id, new.grams); END""",
)
POSTGRESQL = (f"CREATE INDEX comparisons_searchindex ON comparisons_searchentry USING gin (({VECTOR}))",)
MATCHING = "SELECT rowid FROM comparisons_searchindex WHERE comparisons_searchindex MATCH %s"

NEWEST = """SELECT e.id, e.comparison_id FROM comparisons_searchindex i
    JOIN comparisons_searchentry e ON e.id = i.rowid
    WHERE comparisons_searchindex MATCH %s AND i.rowid < %s ORDER BY i.rowid DESC LIMIT %s"""


def statements(vendor: str) -> tuple[str, ...]:
    """What makes the index in this database."""
    return SQLITE if vendor == "sqlite" else POSTGRESQL


def candidates(wanted: Wanted) -> "models.QuerySet[SearchEntry, Any]":
    """The comparisons that can have all of it, as a subquery."""
    if connection.vendor == "sqlite":
        found: Any = RawSQL(MATCHING, (_match(wanted),))  # noqa: S611 - ours, with a parameter
        entries = SearchEntry.objects.filter(id__in=found)
    else:
        entries = SearchEntry.objects.filter(_holds(_tsquery(wanted)))
    return entries.order_by().values("comparison_id")


def newest(wanted: Wanted, below: int | None, most: int) -> list[tuple[int, str]]:
    """(row of the index, comparison) of the newest candidates whose row is below ``below``."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(NEWEST, (_match(wanted), below or 2**62, most))
            return list(cursor.fetchall())
    rows = _in_places(below)
    words = _tsquery(wanted)
    # To read and sort all candidates costs more than to find them: a sample says from which row on there are enough.
    sampled = rows.filter(_holds(f"'{SAMPLE}0' & ({words})")).order_by("-place").values_list("id", flat=True)
    marks = list(sampled[: 2 * most // SAMPLES + 1])
    if len(marks) > 2 * most // SAMPLES:
        last = SearchEntry.objects.aggregate(last=models.Max("id"))["last"] if below is None else below - 1
        within = " | ".join(f"'{block}'" for block in blocks(marks[-1], max(marks[0], last or 0)))
        # Two conditions of the index, which leaps from one to the next row that both have; in one it reads every block.
        found = _newest(rows.filter(_holds(within)).filter(_holds(words)), most)
        if len(found) == most:
            return found
    return _newest(rows.filter(_holds(words)), most)


def blocks(first: int, last: int) -> list[str]:
    """Pieces that together have all rows from ``first`` to ``last``, and some before: as few as possible."""
    found = []
    smallest = BLOCKS[-1][1]
    at = first - first % smallest
    while at <= last:
        fitting = ((mark, size) for mark, size in BLOCKS if at % size == 0 and at + size <= last + smallest)
        mark, size = next(fitting, BLOCKS[-1])
        found.append(f"{mark}{at // size}")
        at += size
    return found


def _newest(rows: "models.QuerySet[Any, Any]", most: int) -> list[tuple[int, str]]:
    return list(rows.order_by("-place").values_list("id", "comparison_id")[:most])


def _in_places(below: int | None) -> "models.QuerySet[Any, Any]":
    """Rows with their id as a sum, which no index holds.

    For words that are in old rows only, PostgreSQL would otherwise walk back by ids and take every text between apart
    (0.8 s at 100,000 rows) instead of asking the index of texts (0.08 s).
    """
    rows = SearchEntry.objects.annotate(place=models.F("id") + 0)
    return rows if below is None else rows.filter(place__lt=below)


def _holds(asked: str) -> RawSQL:
    return RawSQL(f"{VECTOR} @@ %s::tsquery", (asked,), models.BooleanField())  # noqa: S611 - ours, with a parameter


def _match(wanted: Wanted) -> str:
    """In FTS5's words. Pieces hold nothing that it would read as its own."""
    every = [*(f'"{piece}"' for piece in wanted.whole), *(f'"{start}" *' for start in wanted.starts)]
    return f'({" AND ".join(every)}) OR "{LONG}"'


def _tsquery(wanted: Wanted) -> str:
    every = [*(f"'{piece}'" for piece in wanted.whole), *(f"'{start}':*" for start in wanted.starts)]
    return f"({' & '.join(every)}) | '{LONG}'"
