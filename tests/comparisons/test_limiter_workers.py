"""Two worker processes at the same limits: never exceeded, first come first served, nobody left behind."""

import itertools
import json
import random
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, cast

import pytest
from django.conf import settings

from compare_site.comparisons import limit_scripts
from tests.architecture.test_budgets import ROOT
from tests.clients.until import wait_until

pytestmark = pytest.mark.slow
SOCKET = settings.REDIS_URL.removeprefix("unix://")
MINUTE_MS = 1500
HOST = {"name": "host:x", "in_flight": 3}
KEY = {"name": "key:1", "requests_per_minute": 12, "tokens_per_minute": 400}
OTHER = {"name": "provider:y", "requests_per_minute": 30, "in_flight": 4}
CALLS = 40


@contextmanager
def worker(calls: list[dict[str, Any]], minute_ms: int = MINUTE_MS) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.comparisons.limit_worker"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdin is not None
        process.stdin.write(json.dumps({"socket": SOCKET, "calls": calls, "minute_ms": minute_ms}))
        process.stdin.close()
        process.stdin = None
        yield process
    finally:
        process.kill()
        process.communicate()


def call(buckets: list[dict[str, Any]], hold: int | None = 0, tokens: int = 0, used: int | None = None) -> Any:
    return {"buckets": buckets, "hold": hold, "tokens": tokens, "used": used}


def random_calls(dice: random.Random) -> list[dict[str, Any]]:
    found = []
    for _ in range(CALLS):
        buckets = dice.choice([[HOST], [HOST, KEY], [KEY], [OTHER], [OTHER, HOST]])
        tokens = dice.randint(0, 90)
        found.append(call(buckets, dice.randint(0, 40), tokens, dice.choice([None, tokens, tokens // 2])))
    return found


def names(said: dict[str, Any]) -> set[str]:
    return {bucket["name"] for bucket in said["call"]["buckets"]}


def most_at_once(spans: Iterable[tuple[float, float]]) -> int:
    steps = sorted(itertools.chain.from_iterable([(start, 1), (end, -1)] for start, end in spans))
    return max(itertools.accumulate(step for _, step in steps))


def starts_of(valkey: Any, name: str) -> list[tuple[str, float]]:
    """The calls of the last minute with their starts by Valkey's clock."""
    entries = valkey.zrange(limit_scripts.base_of(name) + ":w", 0, -1, withscores=True)
    return [(ticket.decode(), at) for ticket, at in entries]


@pytest.mark.parametrize("seed", [1, 2])
def test_two_workers_never_exceed_a_limit_and_finish(valkey: Any, seed: int) -> None:
    dice = random.Random(seed)
    starts: dict[str, dict[str, float]] = {bucket["name"]: {} for bucket in (KEY, OTHER)}
    with ExitStack() as stack:
        workers = [stack.enter_context(worker(random_calls(dice))) for _ in range(2)]

        def ended() -> bool:
            for name, known in starts.items():
                known.update(starts_of(valkey, name))
            return all(each.poll() is not None for each in workers)

        wait_until(ended, seconds=60)
        said = [json.loads(line) for each in workers for line in cast(Any, each.stdout)]

    assert len(said) == 2 * CALLS
    for bucket in (HOST, OTHER):
        mine = [each for each in said if bucket["name"] in names(each)]
        assert most_at_once((each["start"], each["end"]) for each in mine) <= bucket["in_flight"]
    cost = {each["ticket"]: _least(each["call"]) for each in said}
    for bucket in (KEY, OTHER):
        known = sorted(starts[bucket["name"]].items(), key=lambda pair: pair[1])
        for _, at in known:
            minute = [ticket for ticket, other in known if at <= other < at + MINUTE_MS]
            assert len(minute) <= bucket["requests_per_minute"]
            assert sum(cost[ticket] for ticket in minute) <= bucket.get("tokens_per_minute", 10**9)
        # First come, first served: by Valkey's clock, in both processes.
        arrivals = {each["ticket"]: int(each["arrival"]) for each in said}
        by_arrival = sorted(known, key=lambda pair: arrivals[pair[0]])
        assert [at for _, at in by_arrival] == sorted(at for _, at in known)
    assert valkey.keys(limit_scripts.base_of("*") + ":q") == []
    assert valkey.keys(limit_scripts.base_of("*") + ":h") == []


def _least(wanted: dict[str, Any]) -> int:
    return int(wanted["tokens"] if wanted["used"] is None else wanted["used"])


def test_the_slot_and_the_place_of_a_killed_worker_come_free(valkey: Any) -> None:
    one = {"name": "host:x", "in_flight": 1}
    queue, slots = (limit_scripts.base_of("host:x") + part for part in (":q", ":h"))
    with worker([call([one], hold=None)] * 2) as first:
        wait_until(lambda: (valkey.zcard(slots), valkey.zcard(queue)) == (1, 1))
        with worker([call([one])]) as second:
            wait_until(lambda: valkey.zcard(queue) == 2)
            first.kill()
            out, _ = second.communicate(timeout=40)

    (said,) = [json.loads(line) for line in out.splitlines()]
    assert said["waits"][0][0] == 2
    assert (valkey.zcard(slots), valkey.zcard(queue)) == (0, 0)
