"""What workers know of deployments together, in a real Valkey."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from compare_site import valkey as site_valkey
from compare_site.comparisons.board import ValkeyBoard
from providers.contract.grouping import Standing

pytestmark = pytest.mark.usefixtures("valkey")


class Worker:
    """A board with a client of its own, as every worker has one."""

    def __init__(self) -> None:
        self.client = site_valkey.async_client()
        self._told: list[Any] = []
        self.board = ValkeyBoard(self.client, self._told.append)

    async def tell(self) -> None:
        """Until all that was told has arrived."""
        told, self._told[:] = list(self._told), []
        await asyncio.gather(*told)


@pytest_asyncio.fixture
async def workers() -> AsyncIterator[tuple[Worker, Worker]]:
    both = Worker(), Worker()
    yield both
    for worker in both:
        await worker.client.aclose()


async def test_nothing_is_known_at_first(workers: tuple[Worker, Worker]) -> None:
    assert await workers[0].board.standings(["a", "b"]) == {"a": Standing(), "b": Standing()}
    assert await workers[0].board.standings([]) == {}


async def test_one_worker_knows_what_another_has_seen(workers: tuple[Worker, Worker]) -> None:
    one, other = workers
    for latency in (100.0, 300.0):
        one.board.answered("a", latency)
    one.board.failed("b", allowed=5, rest=30, at_once=True)
    await one.tell()
    known = await other.board.standings(["a", "b"])

    assert known["a"] == Standing(200.0, 0.0)
    assert known["b"].latency_ms is None
    assert 0 < known["b"].rests <= 30


async def test_failures_of_all_workers_count_together(workers: tuple[Worker, Worker]) -> None:
    one, other = workers
    one.board.failed("a", allowed=2, rest=30, at_once=False)
    await one.tell()
    assert (await one.board.standings(["a"]))["a"].rests == 0

    other.board.failed("a", allowed=2, rest=30, at_once=False)
    await other.tell()
    assert (await one.board.standings(["a"]))["a"].rests > 0


async def test_a_longer_rest_is_not_cut_short_and_no_rest_is_none(workers: tuple[Worker, Worker]) -> None:
    one, _ = workers
    one.board.failed("a", allowed=1, rest=60, at_once=True)
    await one.tell()
    one.board.failed("a", allowed=1, rest=1, at_once=True)
    one.board.failed("b", allowed=1, rest=0, at_once=True)
    await one.tell()
    known = await one.board.standings(["a", "b"])

    assert known["a"].rests > 30
    assert known["b"].rests == 0


async def test_only_the_latest_latencies_count(workers: tuple[Worker, Worker]) -> None:
    one, _ = workers
    for latency in (9000.0, *[50.0] * 10):
        one.board.answered("a", latency)
        await one.tell()

    assert (await one.board.standings(["a"]))["a"].latency_ms == 50.0


async def test_without_valkey_nothing_is_known_and_nothing_fails(workers: tuple[Worker, Worker]) -> None:
    one, _ = workers
    await one.client.aclose()
    gone = ValkeyBoard(_Gone(), one._told.append)
    gone.answered("a", 1.0)
    gone.failed("a", allowed=1, rest=5, at_once=True)
    await one.tell()

    assert await gone.standings(["a"]) == {}


class _Gone:
    """A client whose server is away."""

    def pipeline(self, **_: Any) -> "_Gone":
        return self

    def __getattr__(self, name: str) -> Any:
        return lambda *_: None

    async def execute(self) -> None:
        raise site_valkey.RedisError("gone")

    async def eval(self, *_: Any) -> None:
        raise site_valkey.RedisError("gone")
