"""What a share keeps back never leaves the server: looked for in the bytes of the page, the API and the socket."""

import json
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.db import connections
from django.test import Client

from compare_site.comparisons import hub, sockets
from compare_site.comparisons.models import Comparison, Run
from compare_site.comparisons.project import PARTS, RAW_HOLDS
from compare_site.sharing.actions import ShareOptions, create_share
from compare_site.sharing.cookies import name_of
from compare_site.sharing.links import cookie_secret
from compare_site.sharing.models import Share
from tests.comparisons.test_consumers import HELLO, HOST, ORIGIN, Socket
from tests.sharing.planted import FIGURES, NEVER, SHOWN, planted, say_everything, word

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("valkey")]
MODES = ("live", "snapshot")


@pytest.fixture(autouse=True)
def bare_site(settings: Any) -> Iterator[None]:
    """The whole site, other than for the tests beside this one."""
    settings.ALLOWED_HOSTS = [HOST, "testserver"]
    sockets._seats.clear()
    yield
    sockets._seats.clear()


def secrets_of(parts: set[str]) -> set[str]:
    """What must be seen with these parts, and nothing else."""
    known = parts if parts >= RAW_HOLDS else parts - {"raw"}
    return {word(part) for part in known if part != "metrics"} | (set(FIGURES) if "metrics" in known else set())


ALL = secrets_of(set(PARTS))
CHOICES = [set(PARTS), *({*PARTS} - {part} for part in PARTS), set()]
Jar = dict[str, str]


def shared(owner: Any) -> tuple[Comparison, list[Run], list[tuple[set[str], str, Jar]]]:
    """One comparison, and a link for every choice of parts, live and frozen."""
    comparison, *runs = planted(owner)
    links = []
    for parts, mode in product(CHOICES, MODES):
        asked = sorted(parts - {"raw"} if not parts >= RAW_HOLDS else parts)
        made, _ = create_share(comparison, owner.pk, ShareOptions.model_validate({"parts": asked, "mode": mode}))
        # What an older or a careless maker may have stored is no better for it.
        Share.objects.filter(pk=made.pk).update(parts=sorted(parts))
        made.refresh_from_db()
        links.append((parts, mode, {name_of(made.pk): cookie_secret(made)}))
    return comparison, runs, links


def ask(comparison: Comparison, runs: list[Run], jar: Jar) -> dict[str, str]:
    client = Client()
    client.cookies.load(jar)
    paths = [f"/c/{comparison.pk}/", f"/api/v1/comparisons/{comparison.pk}"]
    paths += [f"/api/v1/runs/{run.pk}" for run in runs]
    answers = {path: client.get(path) for path in paths}
    assert {response.status_code for response in answers.values()} == {200}
    return {path: response.content.decode() for path, response in answers.items()}


def viewer(comparison: Comparison, jar: Jar) -> Socket:
    return Socket(comparison.pk, cookie="; ".join(f"{name}={value}" for name, value in jar.items()), origin=ORIGIN)


async def leave(*watching: Socket) -> None:
    for socket in watching:
        await socket.disconnect()
    await hub.close_all()
    watch = sockets._watches.pop(id(hub.asyncio.get_running_loop()), None)
    if watch is not None:
        watch.cancel()
    await sync_to_async(connections.close_all)()


async def until_failed(socket: Socket) -> list[str]:
    frames = [""]
    while "run.failed" not in frames[-1]:
        frames.append(json.dumps(await socket.receive_json_from(10)))
    return frames


def found(text: str) -> set[str]:
    return {each for each in (*ALL, NEVER, *(word(part) for part in PARTS)) if each in text}


async def test_a_part_that_is_kept_back_is_nowhere(owner: Any) -> None:
    comparison, runs, links = await database_sync_to_async(shared)(owner)
    before = [await sync_to_async(ask)(comparison, runs, jar) for *_, jar in links]
    watching = [viewer(comparison, jar) for *_, jar in links]
    firsts = [json.dumps(await socket.opened(HELLO)) for socket in watching]
    epoch = (await hub.current().tip(comparison.pk)).epoch
    await sync_to_async(say_everything)(comparison, runs[1])

    again = []
    for (parts, mode, jar), socket, first, answers in zip(links, watching, firsts, before, strict=True):
        right, frames = secrets_of(parts), [first]
        if mode == "live":
            frames += await until_failed(socket)
            replaying = viewer(comparison, jar)
            again.append(replaying)
            frames.append(json.dumps(await replaying.opened({"type": "hello", "after": f"{epoch}:0-0"})))
            frames += await until_failed(replaying) if "run.failed" not in frames[-1] else []
            events = "".join(frames[1:])
            assert right - set(FIGURES) <= found(events), parts
            assert SHOWN in events
        else:
            assert await socket.receive_nothing(0.01)
        for path, text in answers.items():
            assert found(text) <= right, (path, parts)
        assert all(found(frame) <= right for frame in frames), (parts, mode)
        assert found(answers[f"/api/v1/comparisons/{comparison.pk}"]) == found(first) == right, (parts, mode)
        assert SHOWN in first
    await leave(*watching, *again)


async def test_a_snapshot_stays_as_it_was_and_a_live_link_does_not(owner: Any) -> None:
    comparison, runs, links = await database_sync_to_async(shared)(owner)
    live, snapshot = links[0][2], links[1][2]
    path = f"/api/v1/comparisons/{comparison.pk}"

    async def seen(jar: Jar) -> Any:
        return json.loads((await sync_to_async(ask)(comparison, runs, jar))[path])

    before = [await seen(live), await seen(snapshot)]
    await sync_to_async(say_everything)(comparison, runs[1])
    after = [await seen(live), await seen(snapshot)]

    assert after[0] != before[0]
    assert after[1] == before[1]
    assert [state["runs"][1]["status"] for state in before] == ["running", "cancelled"]
    assert before[1]["runs"][1]["age_ms"] is None
    assert [state["shared"]["frozen_at"] is None for state in before] == [True, False]
    await leave()
