"""Limits over two real workers, through API and socket: a local model server is never asked twice at once."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import psutil
import pytest

from tests.clients.api_client import Api
from tests.clients.socket_client import Viewer
from tests.clients.until import until
from tests.e2e.site import Site
from tests.fakes.counting import Counting
from tests.fakes.threaded import ThreadedProvider
from tests.stack import Stack

pytestmark = pytest.mark.slow
FINAL_SECONDS = 60


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("limits"), workers=2) as running:
        yield running


@pytest.fixture(scope="module")
def site(two_workers: Stack) -> Iterator[Site]:
    """The same, whose commands do not start a process each."""
    with Site(two_workers) as site:
        yield site


@pytest.fixture
def upstream(site: Site) -> Iterator[ThreadedProvider]:
    """A server in the place of llama.cpp's, which the catalog has asked one at a time."""
    with ThreadedProvider() as running:
        url = running.provider.base_url
        site.manage("add_provider", "llama-cpp", "--protocol", "openai_chat", "--base-url", url)
        yield running


@asynccontextmanager
async def signed_in(site: Site) -> AsyncIterator[Api]:
    async with Api(site.url, site.token("anna")) as api:
        yield api


async def ask(api: Api, columns: int = 1) -> str:
    made = await api.create("hi", ["llama-cpp/any"] * columns)
    return str(made["id"])


async def runs_of(api: Api, comparisons: list[str]) -> list[dict[str, Any]]:
    states = [await api.comparison(each) for each in comparisons]
    return [run for state in states for run in state["runs"]]


async def until_waiting(api: Api, comparisons: list[str], count: int) -> list[dict[str, Any]]:
    """The runs, as soon as so many of them stand in line."""
    while True:
        runs = await runs_of(api, comparisons)
        if sum(bool(run["waiting"]) for run in runs) == count:
            return runs
        await asyncio.sleep(0.05)


async def finals(api: Api, comparisons: list[str]) -> list[dict[str, Any]]:
    states = await asyncio.gather(*(api.final(each, FINAL_SECONDS) for each in comparisons))
    return [run for state in states for run in state["runs"]]


def worker_at(stack: Stack, upstream: ThreadedProvider) -> psutil.Process:
    """The worker whose request the upstream is answering."""
    port = upstream.provider.port
    for process in stack.processes("worker"):
        if any(each.raddr and each.raddr.port == port for each in process.net_connections("tcp")):
            return process
    raise AssertionError("no worker is connected to the upstream")


async def test_a_host_is_asked_one_at_a_time_by_all_workers(site: Site, upstream: ThreadedProvider) -> None:
    counting = Counting()
    counting.open.clear()
    upstream.play(counting)
    seen: list[dict[str, Any]] = []
    async with signed_in(site) as api:
        comparisons = [await ask(api, columns=4) for _ in range(3)]
        waiting = await asyncio.wait_for(until_waiting(api, comparisons, 11), 30)
        watched = api.socket_url(comparisons[-1])
        viewer = Viewer(watched, api.http, api.headers, on_events=lambda events, _: seen.extend(events))
        await viewer.connect()
        await viewer.until(lambda picture: picture.runs)
        counting.open.set()
        await viewer.until_final(FINAL_SECONDS)
        await viewer.disconnect()
        runs = await finals(api, comparisons)

    places = [run["waiting"] for run in waiting if run["waiting"]]
    assert {(run["status"], run["waiting"] is None) for run in waiting} == {("queued", False), ("running", True)}
    assert {place["reason"] for place in places} == {"in_flight"}
    assert max(place["position"] for place in places) == 11
    assert [run["status"] for run in runs] == ["finished"] * 12
    assert (counting.most, len(upstream.requests)) == (1, 12)
    assert sum(event["type"] == "run.admitted" for event in seen) >= 3


async def test_a_killed_worker_holds_up_nobody(two_workers: Stack, site: Site, upstream: ThreadedProvider) -> None:
    counting = Counting()
    counting.open.clear()
    upstream.play(counting)
    async with signed_in(site) as api:
        comparisons = [await ask(api) for _ in range(4)]
        before = await asyncio.wait_for(until_waiting(api, comparisons, 3), 30)
        worker_at(two_workers, upstream).kill()
        counting.open.set()
        runs = await finals(api, comparisons)

    assert {run["id"] for run in runs} == {run["id"] for run in before}
    assert [run["status"] for run in runs] == ["finished"] * 4
    assert counting.most == 1


async def test_a_restart_of_valkey_loses_no_run_and_lets_nobody_pass(
    two_workers: Stack, site: Site, upstream: ThreadedProvider
) -> None:
    counting = Counting()
    counting.open.clear()
    upstream.play(counting)
    async with signed_in(site) as api:
        comparisons = [await ask(api) for _ in range(4)]
        await asyncio.wait_for(until_waiting(api, comparisons, 3), 30)
        killed = two_workers.kill("valkey")
        await until(lambda: [each.pid for each in two_workers.processes("valkey")] not in ([], [killed.pid]))
        await asyncio.wait_for(until_waiting(api, comparisons, 3), 30)
        counting.open.set()
        runs = await finals(api, comparisons)

    assert [run["status"] for run in runs] == ["finished"] * 4
    assert (counting.most, len(upstream.requests)) == (1, 4)


async def test_stop_in_line_is_heard_by_whichever_worker(site: Site, upstream: ThreadedProvider) -> None:
    counting = Counting()
    counting.open.clear()
    upstream.play(counting)
    async with signed_in(site) as api:
        comparisons = [await ask(api) for _ in range(4)]
        runs = await asyncio.wait_for(until_waiting(api, comparisons, 3), 30)
        for run in runs:
            if run["waiting"]:
                stopped = await api.cancel_run(run["id"])
                assert (stopped["status"], stopped["waiting"]) == ("cancelled", None)
        counting.open.set()
        ended = await finals(api, comparisons)

    assert sorted(run["status"] for run in ended) == ["cancelled"] * 3 + ["finished"]
    assert len(upstream.requests) == 1
