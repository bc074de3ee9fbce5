"""``python -m tests.bench.lists [--postgres]``: server time of list pages when one person has 100,000 comparisons.

Rows are made by ``bulk_create``, requests go through the whole of Django in this process, signed in, page and API. The
figures: best, median and worst of several requests, how many queries one takes, and the control of that moment.
"""

import argparse
import os
import random
import statistics
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

ENGLISH = [
    "sky",
    "blue",
    "matrix",
    "proof",
    "number",
    "river",
    "theory",
    "light",
    "code",
    "table",
    "reason",
    "market",
    "summer",
    "engine",
    "colour",
    "history",
]
CHINESE = [
    "天空",
    "蓝色",
    "矩阵",
    "证明",
    "数字",
    "河流",
    "理论",
    "光线",
    "代码",
    "表格",
    "原因",
    "市场",
    "夏天",
    "引擎",
    "颜色",
    "历史",
    "高斯",
    "算法",
]
OLD = 3000
"""Rare things are in this many of the oldest rows, so that the newest rows alone never answer."""
CASES = {
    "newest page": "",
    "in the middle": "cursor={middle}",
    "a common word": "q=matrix",
    "a common word of two characters": "q=矩阵",
    "one character": "q=光",
    "words that never meet": "q=matrix+nowhere",
    "a rare word": "q=needleword",
    "a rare word of two characters": "q=斑马",
    "part of a rare word": "q=eedlewo",
    "common words, only in old rows": "q=formerly+matrix",
    "a common word, only in old rows": "q=formerly",
    "a word in no row": "q=zzzzz",
    "a common tag": "tag=maths",
    "a rare tag": "tag=rare",
    "part of a model": "model=fast",
    "part of a rare model": "model=seldom",
    "a provider": "provider=acme",
    "a rare provider": "provider=old-provider",
    "a common status": "status=failed",
    "a rare status": "status=interrupted",
    "a status in no row": "status=retrying",
    "an old month": "{since}=2020-01-01&{until}=2020-01-31",
    "a cost in no row": "cost_min=900",
    "metadata": "{metadata}",
    "everything at once": "q=matrix&tag=maths&model=fast&provider=acme&status=failed&cost_min=0.001",
    "everything at once, rare": "q=needleword&tag=rare&model=seldom&status=interrupted&{since}=2020-01-01",
}


def fill(owner: Any, rows: int, batch: int = 2000) -> None:
    """``rows`` comparisons of one person with two columns and two runs each, ended and settled."""
    from compare_site.comparisons import figures, grams, history
    from compare_site.comparisons.models import Column, Comparison, Run, SearchEntry, Turn

    # Whatever is said is kept: the rows are of many years.
    Comparison._meta.get_field("created_at").auto_now_add = False  # type: ignore[attr-defined]
    chance = random.Random(7)
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    for first in range(0, rows, batch):
        made, entries, columns, turns, runs = [], [], [], [], []
        for number in range(first, min(rows, first + batch)):
            old = number < OLD
            words = chance.choices(ENGLISH, k=25) + chance.choices(CHINESE, k=20)
            words += (["formerly"] if number < rows // 2 else []) + (
                ["needleword", "斑马"] if number % 500 == 7 and old else []
            )
            models = ["acme/fast", "demo/slow"] if number % 3 else ["demo/fast", "acme/slow"]
            models = ["old-provider/seldom", "acme/fast"] if old and number % 500 == 7 else models
            states = ["finished", "failed" if number % 10 == 0 else "finished"]
            states = ["interrupted", "finished"] if old and number % 500 == 7 else states
            text = " ".join(words)
            row = Comparison(
                owner=owner,
                title=f"{words[0]} {number}",
                tags=["maths"] if number % 4 == 0 else ["rare"] if old and number % 500 == 7 else [],
                metadata={"case": str(number % 1000)} if number % 2 else {},
                settled=True,
                states={state: states.count(state) for state in states},
                state_mask=figures.mask_of(states),
                cost=Decimal(chance.randrange(1, 90000)) / 10000,
                runs_announced=2,
            )
            figures.describe(row, models, [{"content": [{"text": text}]}])
            row.search_text = history.folded("\n".join((row.title, *row.tags, text, *models)))
            row.created_at = begin + timedelta(minutes=30 * number)
            made.append(row)
            entries.append(SearchEntry(comparison=row, grams=grams.pieces(row.search_text, row.facets.split())))
            turn = Turn(
                comparison=row, position=0, messages=[{"role": "user", "content": [{"kind": "text", "text": text}]}]
            )
            turns.append(turn)
            for place, (model, state) in enumerate(zip(models, states, strict=True)):
                column = Column(comparison=row, position=place, label="AB"[place], model=model)
                columns.append(column)
                at = row.created_at
                runs.append(
                    Run(
                        comparison=row, column=column, turn=turn, state=state, model=model, queued_at=at, enqueued_at=at
                    )
                )
        Comparison.objects.bulk_create(made)
        Column.objects.bulk_create(columns)
        Turn.objects.bulk_create(turns)
        Run.objects.bulk_create(runs)
        SearchEntry.objects.bulk_create(entries)
        print(f"\r{first + len(made)} rows", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)


def addresses(rows: int) -> Iterator[tuple[str, str]]:
    """(words, address) of every page that is measured."""
    middle = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=15 * rows)
    names = {"middle": f"{middle:%Y-%m-%dT%H:%M:%S.%fZ}~{'0' * 32}"}
    page = {"since": "since", "until": "until", "metadata": "metadata=case%3D77"}
    api = {"since": "from", "until": "to", "metadata": "metadata.case=77"}
    for words, query in CASES.items():
        yield f"page: {words}", f"/history/?{query.format(**names, **page)}"
        yield f"API: {words}", f"/api/v1/comparisons?{query.format(**names, **api)}"
    yield "page: trash", "/history/trash/"
    yield "admin: comparisons", "/admin/comparisons/comparison/"
    yield "admin: runs", "/admin/comparisons/run/"


def measure(client: Any, address: str, times: int) -> tuple[list[float], int]:
    """ms of each request, sorted, and queries of one."""
    from django.db import connection

    asked: list[str] = []

    def count(execute: Any, sql: str, *rest: Any) -> Any:
        asked.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(count):
        reply = client.get(address)
    assert reply.status_code == 200, (address, reply.status_code)
    took = []
    for _ in range(times):
        started = time.perf_counter()
        client.get(address)
        took.append((time.perf_counter() - started) * 1000)
    return sorted(took), len(asked)


def control() -> float:
    """ms for a million additions in a loop: how quick this machine is just now, whatever else it does."""
    started = time.perf_counter()
    total = 0
    for number in range(1_000_000):
        total += number
    return (time.perf_counter() - started) * 1000


def run(rows: int, times: int, limit: float) -> int:
    """How many pages took longer than ``limit`` ms."""
    from django.contrib.auth import get_user_model
    from django.db import connection
    from django.test import Client

    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    slow = 0
    try:
        owner = get_user_model().objects.create_superuser(username="measured")
        fill(owner, rows)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")
        client = Client()
        client.force_login(owner)
        print(f"{connection.vendor}, {rows} comparisons of one person")
        print(f"{'':46}{'best ms':>10}{'median':>10}{'worst':>10}{'queries':>9}{'control':>9}")
        for words, address in addresses(rows):
            before = control()
            took, queries = measure(client, address, times)
            median, beside = statistics.median(took), statistics.mean((before, control()))
            slow += median > limit
            figures = f"{took[0]:10.1f}{median:10.1f}{took[-1]:10.1f}{queries:9}{beside:9.0f}"
            print(f"{words:46}{figures}{'  over' if median > limit else ''}", flush=True)
    finally:
        connection.creation.destroy_test_db(str(connection.settings_dict["NAME"]), verbosity=0)
    return slow


def main() -> int:
    """0 if no page is too slow."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.lists", description=__doc__)
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL; otherwise on SQLite")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=9)
    parser.add_argument("--limit", type=float, default=50, help="ms")
    arguments = parser.parse_args()
    os.environ["TEST_DATABASE"] = "postgres" if arguments.postgres else "sqlite"
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    return min(1, run(arguments.rows, arguments.times, arguments.limit))


if __name__ == "__main__":
    sys.exit(main())
