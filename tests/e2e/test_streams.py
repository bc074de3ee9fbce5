"""Many streams through the real site: what any viewer sees is what the provider sent, every character, in order, once.

Web server, worker and Valkey run as processes; the viewers fold frames by themselves and know nothing of our code.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.clients.api_client import Api
from tests.clients.picture import FINAL, same, shown, text_of
from tests.clients.socket_client import Closed, Refused, Viewer
from tests.clients.truth import check_all, check_truth, sent_of
from tests.faults.watchers import Watcher, watchers
from tests.stack import Stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
ENOUGH = 90
FINISHED = ("finished", None)

ODD: list[tuple[Any, tuple[str, str | None]]] = [
    *((f"demo/fast@rate=60,tokens={180 + 9 * n},unicode=1,split={n % 4}", FINISHED) for n in range(8)),
    ("demo/fast@rate=0,tokens=3000,unicode=1", FINISHED),
    ("demo/fast@rate=0,tokens=900,unicode=2,chunk=7", FINISHED),
    ("demo/long@rate=4000,tokens=16000", FINISHED),
    ("demo/fast@rate=90,tokens=200,usage=0", FINISHED),
    ("demo/fast@rate=90,tokens=200,unicode=2,usage=0,chunk=3", FINISHED),
    ("demo/fast@delay=1500,tokens=30", FINISHED),
    ("demo/fast@think=1500,tokens=30", FINISHED),
    ("demo/fast@tokens=1", FINISHED),
    ("demo/thinker@rate=90", FINISHED),
    ("demo/thinker@rate=90,unicode=1,usage=0", FINISHED),
    ("demo/markdown@rate=200", FINISHED),
    ("demo/markdown@rate=0,tokens=2000,split=5", FINISHED),
    ("demo/tools", FINISHED),
    ("demo/refuses", FINISHED),
    ("demo/flaky@retry=1,tokens=40", FINISHED),
    ({"model": "demo/fast@tokens=100,rate=0", "stream": False}, FINISHED),
    ({"model": "demo/fast@rate=90", "params": {"max_tokens": 50}}, FINISHED),
    ("demo/broken@after=60,unicode=1", ("failed", "incomplete")),
    ("demo/fast@end=0,tokens=60", ("failed", "incomplete")),
    ("demo/fast@error=1,after=40", ("failed", "server")),
    ({"model": "demo/fast@error=503", "params": {"max_retries": 0}}, ("failed", "overloaded")),
    ({"model": "demo/fast@error=401"}, ("failed", "authentication")),
    ("demo/fast@nonsense=1", ("failed", "bad_request")),
    ({"model": "demo/stall@after=30", "params": {"timeout": 3}}, ("failed", "timed_out")),
]


@pytest.fixture(scope="module")
def token(stack: Stack) -> str:
    return stack.token("streams")


@pytest.fixture
async def api(stack: Stack, token: str) -> AsyncIterator[Api]:
    async with Api(stack.url, token) as api:
        yield api


def viewer_of(api: Api, comparison_id: str, **more: Any) -> Watcher:
    return Watcher(api.socket_url(comparison_id), api.http, api.headers, **more)


async def checked(api: Api, comparison_id: str, people: list[Watcher]) -> dict[str, Any]:
    """The final state, after everybody's picture and every character were compared with it."""
    state = await api.final(comparison_id, ENOUGH)
    for one in people:
        await one.disconnect()
        one.check(state)
    await check_all(api.http, state["runs"])
    return state


async def left(api: Api, run: dict[str, Any]) -> bool:
    """Whether the provider lost its client, within a while."""
    for _ in range(200):
        if (await sent_of(api.http, run))["client_left"]:
            return True
        await asyncio.sleep(0.05)
    return False


async def test_32_columns_of_every_kind_and_people_who_come_and_go(api: Api) -> None:
    assert len(ODD) == 32
    rng = random.Random(11)
    made = await api.create("Everything at once \u2028 é", [model for model, _ in ODD])
    people = watchers(api, made["id"], rng, ("stays", "stays", "drops", "drops", "reloads", "reloads"))
    watching = [asyncio.create_task(one.watch(ENOUGH)) for one in people]
    for share in (0.05, 0.3, 0.6, 0.9):
        await people[0].until_seen(share, len(ODD), ENOUGH)
        late = watchers(api, made["id"], rng, ("stays",))
        people += late
        watching += [asyncio.create_task(one.watch(ENOUGH)) for one in late]
    await asyncio.gather(*watching)
    state = await checked(api, made["id"], people)
    ends = [(run["status"], (run["error"] or {}).get("code")) for run in state["runs"]]
    assert ends == [end for _, end in ODD]
    for (model, _), run in zip(ODD, state["runs"], strict=True):
        if run["status"] == "finished":
            sent = (await sent_of(api.http, run))["tokens"]
            assert run["usage"] is None if "usage=0" in str(model) else run["usage"]["output"] == sent
            assert (run["finish_reason"] == "length") is ("max_tokens" in str(model))
    assert all(run["finish_reason"] is None for run in state["runs"] if run["status"] == "failed")
    # How often depends on how many frames it takes, which a busy machine makes few and large.
    assert any(one.connections > 1 for one in people)


async def test_follow_ups_go_on_from_their_own_column(api: Api) -> None:
    models = ["demo/fast@tokens=40,rate=0,unicode=1", "demo/thinker@rate=0,tokens=30", "demo/broken@after=20,rate=0"]
    made = await api.create("First", models)
    one = viewer_of(api, made["id"])
    await one.watch(ENOUGH)
    first = {run["column"]: run for run in one.picture.runs.values()}
    added = await api.turn(made["id"], "Second")
    await one.connect()
    await one.until(lambda picture: len(picture.runs) == 6 and picture.is_final, ENOUGH)
    state = await checked(api, made["id"], [one])
    second = [run for run in state["runs"] if run["id"] in added["runs"]]
    assert {run["parent"] for run in second} == {run["id"] for run in first.values()}
    for run in second:
        root = run["hops"][-1]["base_url"].removesuffix("/v1")
        async with api.http.get(f"{root}/_requests/{run['response_id']}") as response:
            asked = (await response.json())["body"]["messages"]
        assert [message["role"] for message in asked] == ["user", "assistant", "user"]
        assert asked[1]["content"] == text_of(first[run["column"]], "text")
        assert first[run["column"]]["response_id"] in asked[1]["content"]


async def test_stop_ends_one_and_leaves_the_others(api: Api) -> None:
    made = await api.create("Stop one", ["demo/fast@rate=40,tokens=4000", *["demo/fast@rate=60,tokens=150"] * 3])
    one = viewer_of(api, made["id"])
    await one.connect()
    await one.until(lambda picture: picture.runs and all(map(shown, picture.runs.values())), ENOUGH)
    endless = next(run["id"] for run in made["state"]["runs"] if run["column"] == made["state"]["columns"][0]["id"])
    answer = await api.cancel_run(endless)
    assert answer["status"] == "cancelled"
    # From here on any frame of that run, usage apart, breaks the contract and the viewer says so.
    await one.until(lambda picture: picture.runs[endless]["status"] == "cancelled", ENOUGH)
    await one.until_final(ENOUGH)
    state = await checked(api, made["id"], [one])
    assert sorted(run["status"] for run in state["runs"]) == ["cancelled", "finished", "finished", "finished"]
    assert (await api.cancel_run(endless))["status"] == "cancelled"
    stopped = next(run for run in state["runs"] if run["id"] == endless)
    assert stopped["finish_reason"] is None
    assert await left(api, stopped), "the connection to the provider is still open"


async def test_stop_all_ends_everything_and_its_text_stays(api: Api) -> None:
    made = await api.create("Stop all", ["demo/fast@rate=40,tokens=4000,unicode=1"] * 4 + ["demo/fast@delay=60000"])
    one = viewer_of(api, made["id"])
    await one.connect()
    await one.until(lambda picture: sum(map(shown, picture.runs.values())) == 4, ENOUGH)
    stopped = await api.cancel(made["id"])
    assert {run["status"] for run in stopped["runs"]} == {"cancelled"}
    await one.until_final(ENOUGH)
    state = await checked(api, made["id"], [one])
    assert sum(bool(run["text"]) for run in state["runs"]) == 4


async def test_one_is_asked_again_while_the_others_stream(api: Api) -> None:
    made = await api.create("Again", ["demo/fast@tokens=20,rate=0", *["demo/fast@rate=40,tokens=120"] * 3])
    one = viewer_of(api, made["id"])
    await one.connect()
    await one.until(lambda picture: any(run["status"] in FINAL for run in picture.runs.values()), ENOUGH)
    done = next(run for run in one.picture.runs.values() if run["status"] in FINAL)
    again = await api.rerun(done["id"])
    assert (again["column"], again["attempt"]) == (done["column"], 2)
    await one.until(lambda picture: len(picture.runs) == 5 and picture.is_final, ENOUGH)
    state = await checked(api, made["id"], [one])
    assert [run["status"] for run in state["runs"]] == ["finished"] * 5


HELLO = '{"type":"hello","after":null}'
BAD: list[tuple[list[str], int]] = [
    (["not json"], 4400),
    (['{"type":"unknown"}'], 4400),
    (['{"type":"hello","after":null,"more":1}'], 4400),
    (['{"type":"ack","seq":"1-1"}'], 4400),
    ([HELLO, HELLO], 4400),
    ([HELLO, '{"type":"ack","seq":7}'], 4400),
    ([HELLO, '{"type":"ack","seq":"' + "x" * 5000 + '"}'], 1009),
    ([HELLO, "x" * 70_000], 1009),
]


@pytest.mark.parametrize(("messages", "code"), BAD, ids=[f"{index} {code}" for index, (_, code) in enumerate(BAD)])
async def test_a_bad_message_ends_the_socket_with_its_code(api: Api, messages: list[str], code: int) -> None:
    made = await api.create("Bad", ["demo/fast@tokens=2,rate=0"])
    async with api.http.ws_connect(api.socket_url(made["id"]), headers=api.headers) as socket:
        for message in messages:
            await socket.send_str(message)
        async with asyncio.timeout(ENOUGH):
            while not socket.closed:
                await socket.receive()
    assert socket.close_code == code


async def test_who_may_not_look_gets_no_frame(stack: Stack, api: Api) -> None:
    made = await api.create("Mine", ["demo/fast@tokens=2,rate=0"])
    stranger = {"Authorization": f"Bearer {await asyncio.to_thread(stack.token, 'somebody-else')}"}
    for url, headers, code in (
        (api.socket_url(made["id"]), {}, 4401),
        (api.socket_url(made["id"]), {"Authorization": "Bearer nonsense"}, 4401),
        (api.socket_url(made["id"]), stranger, 4404),
        (api.socket_url("0" * 32), api.headers, 4404),
    ):
        one = Viewer(url, api.http, headers)
        await one.connect()
        with pytest.raises(Closed) as closed:
            await one.frame(ENOUGH)
        assert (closed.value.code, one.picture.frames) == (code, 0)
    foreign = Viewer(api.socket_url(made["id"]), api.http, {**api.headers, "Origin": "http://elsewhere.example"})
    with pytest.raises(Refused) as refused:
        await foreign.connect()
    assert refused.value.status == 403


async def test_a_deleted_comparison_says_so(api: Api) -> None:
    made = await api.create("Short-lived", ["demo/fast@rate=40,tokens=4000"])
    one = viewer_of(api, made["id"])
    await one.connect()
    await one.until(lambda picture: picture.runs and all(map(shown, picture.runs.values())), ENOUGH)
    await api.delete(made["id"])
    with pytest.raises(Closed) as closed:
        await one.until(lambda _: False, ENOUGH)
    assert closed.value.code == 4410


async def test_a_viewer_who_is_too_slow_is_let_go_and_comes_back_to_everything(api: Api) -> None:
    """It never acknowledges: after 256 kB the server pauses, after 30 s more it closes. Nobody else waits for it."""
    made = await api.create("Slow viewer", ["demo/long@rate=0,tokens=60000"] * 2)
    slow = viewer_of(api, made["id"], acks=False)
    quick = viewer_of(api, made["id"])
    await slow.connect()
    await quick.watch(ENOUGH)
    with pytest.raises(Closed) as closed:
        await slow.until(lambda _: False, ENOUGH)
    assert closed.value.code == 4408
    assert not slow.picture.is_final
    slow.acks = True
    snapshots = slow.picture.snapshots
    await slow.watch(ENOUGH)
    assert slow.picture.snapshots == snapshots
    state = await checked(api, made["id"], [slow, quick])
    assert [run["status"] for run in state["runs"]] == ["finished"] * 2


async def test_the_checks_bite(api: Api) -> None:
    """A character that was lost, or one too many, is found."""
    made = await api.create("Bite", ["demo/fast@tokens=50,rate=0,unicode=1"])
    one = viewer_of(api, made["id"])
    await one.watch(ENOUGH)
    state = await api.final(made["id"], ENOUGH)
    (run,) = state["runs"]
    await check_truth(api.http, run)
    for wrong in (run["text"][:-1], run["text"][:9] + run["text"][8:]):
        run["content"][0]["text"] = run["text"] = wrong
        with pytest.raises(AssertionError):
            await check_truth(api.http, run)
        with pytest.raises(AssertionError):
            same(one.picture, state)
    await one.disconnect()
