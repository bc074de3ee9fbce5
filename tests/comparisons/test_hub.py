"""The hub on a real Valkey and database: late joins, cursors, lost journals, slow and stalled viewers."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.db.models.functions import Now

from compare_site import valkey as site_valkey
from compare_site.comparisons import actions, hub, journal, sweeper, takeover
from compare_site.comparisons import events as ev
from compare_site.comparisons.fold import RunFold, fold_run
from compare_site.comparisons.journal_writer import Channel, JournalWriter
from compare_site.comparisons.models import Comparison, Run
from compare_site.comparisons.requests import AddTurn, StartComparison
from compare_site.comparisons.transitions import claim, end
from tests.comparisons.watcher import Watcher

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


@pytest.fixture
async def writer(valkey) -> AsyncIterator[JournalWriter]:  # type: ignore[no-untyped-def]
    client = site_valkey.async_client()
    made = JournalWriter(client)
    task = asyncio.create_task(made.run())
    yield made
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await client.aclose()


@pytest.fixture
async def run(owner, writer: JournalWriter) -> AsyncIterator[Run]:  # type: ignore[no-untyped-def]
    def make() -> Run:
        asked = StartComparison.model_validate({"prompt": "hi", "models": ["demo/fast"]})
        comparison, _ = actions.start_comparison(owner.pk, asked)
        (claimed,) = claim([comparison.runs.get().pk], "w" * 32)
        return claimed

    yield await database_sync_to_async(make)()
    await hub.close_all()


@pytest.fixture
def channel(run: Run, writer: JournalWriter) -> Channel:
    return writer.open(run.comparison_id, takeover.blank_fold(run), run.fence)


async def say(channel: Channel, text: str) -> None:
    channel.emit(ev.RunDelta(run=channel.run, index=0, kind="text", text=text, at=1))
    await channel.flushed()


async def test_a_viewer_gets_a_snapshot_and_then_what_follows(run: Run, channel: Channel) -> None:
    await say(channel, "before ")
    watcher = await Watcher(run.comparison_id).join()
    await watcher.until(lambda: watcher.texts.get(run.pk) == "before ")
    await say(channel, "after")
    await watcher.until(lambda: watcher.texts[run.pk] == "before after")
    assert next(frame["type"] for frame in watcher.frames) == "snapshot"
    assert [frame["type"] for frame in watcher.frames].count("snapshot") == 1
    await watcher.leave()


async def test_a_fresh_cursor_gets_only_what_it_has_not_seen(run: Run, channel: Channel) -> None:
    first = await Watcher(run.comparison_id).join()
    await say(channel, "one ")
    await first.until(lambda: first.texts.get(run.pk) == "one ")
    await first.leave()
    await say(channel, "two ")
    second = Watcher(run.comparison_id)
    second.texts = dict(first.texts)
    await second.join(first.seq)
    await second.until(lambda: second.texts[run.pk] == "one two ")
    assert {frame["type"] for frame in second.frames} == {"events"}
    await second.leave()


@pytest.mark.parametrize("cursor", ["nonsense", "0", "feed:1-1", "feed:99999999999999-0"])
async def test_a_cursor_that_says_nothing_gets_a_snapshot(run: Run, channel: Channel, cursor: str) -> None:
    await say(channel, "text")
    watcher = await Watcher(run.comparison_id).join(cursor)
    await watcher.until(lambda: watcher.texts.get(run.pk) == "text")
    assert watcher.frames[0]["type"] == "snapshot"
    await watcher.leave()


async def test_a_lost_journal_becomes_a_snapshot_with_everything(run: Run, channel: Channel) -> None:
    watcher = await Watcher(run.comparison_id).join()
    await say(channel, "before ")
    await watcher.until(lambda: watcher.texts.get(run.pk) == "before ")
    site_valkey.sync_client().flushall()
    await say(channel, "after")
    await watcher.until(lambda: watcher.texts.get(run.pk) == "before after")
    assert [frame["type"] for frame in watcher.frames].count("snapshot") == 2
    await watcher.leave()


async def test_who_joins_while_the_journal_is_lost_sees_everything(
    run: Run, channel: Channel, writer: JournalWriter
) -> None:
    await say(channel, "before ")
    site_valkey.sync_client().flushall()
    watcher = await Watcher(run.comparison_id).join()
    writer.verify()
    await watcher.until(lambda: watcher.texts.get(run.pk) == "before ")
    await say(channel, "after")
    await watcher.until(lambda: watcher.texts.get(run.pk) == "before after")
    await watcher.leave()


async def test_who_joins_before_there_is_a_journal_gets_it_whole(run: Run, channel: Channel) -> None:
    site_valkey.sync_client().flushall()
    watcher = await Watcher(run.comparison_id).join()
    await watcher.until(lambda: bool(watcher.frames))
    await say(channel, "first")
    await watcher.until(lambda: watcher.texts.get(run.pk) == "first")
    assert [frame["type"] for frame in watcher.frames].count("snapshot") == 2
    await watcher.leave()


async def test_many_joiners_at_any_moment_see_the_same_text(run: Run, channel: Channel) -> None:
    watchers = []
    for number in range(60):
        await say(channel, f"{number} ")
        if number % 4 == 0:
            watchers.append(await Watcher(run.comparison_id).join())
    whole = "".join(f"{number} " for number in range(60))
    for watcher in watchers:
        await watcher.until(lambda watcher=watcher: watcher.texts.get(run.pk) == whole)
        seqs = [frame["seq"] for frame in watcher.frames]
        assert len(seqs) == len(set(seqs))
        await watcher.leave()


async def test_a_stalled_viewer_holds_a_bounded_queue_and_then_gets_everything(run: Run, channel: Channel) -> None:
    stalled = await Watcher(run.comparison_id, acknowledge=False).join()
    other = await Watcher(run.comparison_id).join()
    await stalled.until(lambda: bool(stalled.frames))
    piece = "x" * 20_000
    for _ in range(60):
        await say(channel, piece)
    await other.until(lambda: len(other.texts.get(run.pk, "")) == 60 * len(piece))
    assert stalled.viewer._queued <= hub.QUEUE_BYTES
    received = sum(len(json.dumps(frame)) for frame in stalled.frames)
    assert received < hub.CREDIT_BYTES + hub.QUEUE_BYTES * 2 + 10_000
    stalled.acknowledge = True
    stalled.viewer.acknowledge(stalled.seq)
    await stalled.until(lambda: stalled.texts.get(run.pk, "") == piece * 60)
    await stalled.leave()
    await other.leave()


async def test_who_never_acknowledges_is_let_go(run: Run, channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "CREDIT_SECONDS", 0.05)
    stalled = await Watcher(run.comparison_id, acknowledge=False).join()
    for _ in range(40):
        await say(channel, "x" * 20_000)
    assert stalled.task is not None
    with pytest.raises(hub.TooSlow):
        await asyncio.wait_for(stalled.task, 10)
    await stalled.leave()


async def test_an_invented_acknowledgement_gives_no_credit(run: Run, channel: Channel) -> None:
    stalled = await Watcher(run.comparison_id, acknowledge=False).join()
    await stalled.until(lambda: bool(stalled.frames))
    before = stalled.viewer._outstanding
    stalled.viewer.acknowledge("feed:99999999999999-0")
    assert stalled.viewer._outstanding == before > 0
    await stalled.leave()


async def test_many_viewers_get_fewer_frames_each(run: Run, channel: Channel) -> None:
    now = hub.current()
    least, most = hub.FRAME_SECONDS
    assert now.pause() == least
    crowd = [hub.Viewer(run.comparison_id, Watcher(run.comparison_id).take) for _ in range(500)]
    now._viewers[run.comparison_id] = set(crowd[:80])
    assert least < now.pause() < most
    now._viewers[run.comparison_id] = set(crowd)
    assert now.pause() == most
    now._viewers.clear()


async def test_deleting_ends_the_stream(run: Run, channel: Channel) -> None:
    watcher = await Watcher(run.comparison_id).join()
    await watcher.until(lambda: bool(watcher.frames))
    journal.drop(site_valkey.sync_client(), run.comparison_id)
    assert watcher.task is not None
    with pytest.raises(hub.Deleted):
        await asyncio.wait_for(watcher.task, 10)
    await watcher.leave()


async def test_state_from_events_is_state_from_rows(run: Run, channel: Channel) -> None:
    """Old state plus events equals a fresh state, whatever the moment of the snapshot."""
    fold = fold_run(RunFold(id=run.pk), ev.RunQueued(run=run.pk, column="", turn="", sample=0, attempt=1))
    for number in range(30):
        event = ev.RunDelta(run=run.pk, index=0, kind="text", text=f"{number} ", at=number)
        fold = fold_run(fold, event)
        channel.emit(event)
        await channel.flushed()
        fresh = await database_sync_to_async(hub._read)(run.comparison_id)
        assert fresh.settled
        assert fresh.state["runs"][0]["text"] == fold.text_of("text")
    assert await database_sync_to_async(Comparison.objects.count)() == 1


async def test_an_end_comes_once_however_long_it_takes_from_row_to_journal(
    run: Run, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, look = asyncio.Semaphore(0), hub._read

    def counted(comparison_id: str) -> Any:
        loop.call_soon_threadsafe(looks.release)
        return look(comparison_id)

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(hub, "_read", counted)
    monkeypatch.setattr(hub.snapshot, "SETTLE_SECONDS", 0)
    await say(channel, "all of it")
    ending = ev.RunFinished(run=run.pk, finish_reason="stop")
    assert await database_sync_to_async(end)(run.pk, run.fence, fold_run(channel.fold.model_copy(deep=True), ending))
    watcher = await Watcher(run.comparison_id).join()
    for _ in range(4):
        await asyncio.wait_for(looks.acquire(), 10)
    assert watcher.frames == []
    channel.emit(ending)
    await channel.flushed()
    await watcher.until(lambda: bool(watcher.frames))
    assert [(frame["type"], frame["state"]["runs"][0]["status"]) for frame in watcher.frames] == [
        ("snapshot", "finished")
    ]
    assert watcher.seq == journal.seq_of(await hub.current().tip(run.comparison_id))
    await watcher.leave()


async def test_viewers_hear_of_an_end_whose_worker_died_before_it_could_tell(
    run: Run, channel: Channel, writer: JournalWriter
) -> None:
    await say(channel, "all of it")
    watcher = await Watcher(run.comparison_id).join()
    await watcher.until(lambda: watcher.texts.get(run.pk) == "all of it")
    channel.fold = fold_run(channel.fold, ev.RunDelta(run=run.pk, index=0, kind="text", text=", and more", at=2))
    final = fold_run(channel.fold, ev.RunFinished(run=run.pk, finish_reason="stop"))
    assert await database_sync_to_async(end)(run.pk, run.fence, final)
    writer.close(channel)
    await database_sync_to_async(Run.objects.update)(ended_at=Now() - 2 * takeover.CLOSING_SPAN)
    await database_sync_to_async(takeover.tell_untold_ends)()
    await watcher.until(lambda: watcher.frames[-1]["type"] == "snapshot" and len(watcher.frames) > 1)
    (shown,) = watcher.frames[-1]["state"]["runs"]
    assert (shown["status"], shown["text"]) == ("finished", "all of it, and more")
    await watcher.leave()


async def test_viewers_hear_of_a_turn_whose_web_process_died_before_it_could_tell(
    run: Run, channel: Channel, writer: JournalWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    await say(channel, "the answer")
    ending = ev.RunFinished(run=run.pk, finish_reason="stop")
    assert await database_sync_to_async(end)(run.pk, run.fence, fold_run(channel.fold.model_copy(deep=True), ending))
    channel.emit(ending)
    await channel.flushed()
    watcher = await Watcher(run.comparison_id).join()
    await watcher.until(lambda: bool(watcher.frames))
    monkeypatch.setattr(actions, "_announce", lambda *_: None)
    follow_up = AddTurn.model_validate({"prompt": "And then?"})
    turn, (run_of_turn,) = await database_sync_to_async(actions.add_turn)(run.comparison, follow_up)
    row = Run.objects.filter(pk=run_of_turn.pk)
    await database_sync_to_async(row.update)(enqueued_at=Now() - timedelta(seconds=4))
    await database_sync_to_async(sweeper.sweep)()
    await watcher.until(lambda: len(watcher.frames) > 1)
    shown = watcher.frames[-1]["state"]
    assert [each["id"] for each in shown["turns"]] == [run.turn_id, turn.pk]
    assert [(each["id"], each["status"]) for each in shown["runs"]] == [
        (run.pk, "finished"),
        (run_of_turn.pk, "queued"),
    ]
    assert (await database_sync_to_async(row.get)()).enqueue_count == 2
    await watcher.leave()


async def test_an_end_that_only_the_rows_know_is_told_when_valkey_is_back(
    run: Run, channel: Channel, valkey_server: Any, writer: JournalWriter
) -> None:
    """The journal is gone and nobody will write to it again: without looking, the viewer would wait for ever."""
    await say(channel, "all of it")
    watcher = await Watcher(run.comparison_id).join()
    await watcher.until(lambda: watcher.texts.get(run.pk) == "all of it")
    await sync_to_async(valkey_server.stop)()
    final = fold_run(channel.fold.model_copy(deep=True), ev.RunFinished(run=run.pk, finish_reason="stop"))
    assert await database_sync_to_async(end)(run.pk, run.fence, final)
    writer.close(channel)
    await sync_to_async(valkey_server.start)()
    await watcher.until(lambda: watcher.frames[-1]["type"] == "snapshot" and len(watcher.frames) > 1)
    (shown,) = watcher.frames[-1]["state"]["runs"]
    assert (shown["status"], shown["text"]) == ("finished", "all of it")
    await watcher.leave()


async def test_no_text_goes_away_while_a_lost_journal_is_written_again(
    run: Run, channel: Channel, valkey_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await say(channel, "seen")
    watcher = await Watcher(run.comparison_id).join()
    await watcher.until(lambda: watcher.texts.get(run.pk) == "seen")
    monkeypatch.setattr(hub.snapshot, "SETTLE_SECONDS", 0.05)
    await database_sync_to_async(Run.objects.update)(started_at=Now() - timedelta(seconds=60))
    await sync_to_async(valkey_server.stop)()
    await sync_to_async(valkey_server.start)()
    # The worker comes late: until then the viewer keeps what it has.
    await asyncio.sleep(hub.RETRY_SECONDS * 3)
    await say(channel, " and more")
    await watcher.until(lambda: watcher.texts.get(run.pk) == "seen and more")
    snapshots = [frame["state"]["runs"][0]["text"] for frame in watcher.frames if frame["type"] == "snapshot"]
    assert all(text.startswith("seen") for text in snapshots[1:])
    await watcher.leave()


async def test_a_connection_that_broke_with_the_journal_whole_costs_no_snapshot(run: Run, channel: Channel) -> None:
    await say(channel, "one ")
    watcher = await Watcher(run.comparison_id).join()
    await watcher.until(lambda: watcher.texts.get(run.pk) == "one ")
    hub.current()._everybody_behind()
    await say(channel, "two")
    await watcher.until(lambda: watcher.texts.get(run.pk) == "one two")
    assert [frame["type"] for frame in watcher.frames].count("snapshot") == 1
    await watcher.leave()


async def test_a_model_cannot_end_a_stream_by_naming_the_event(run: Run, channel: Channel) -> None:
    watcher = await Watcher(run.comparison_id).join()
    await watcher.until(lambda: bool(watcher.frames))
    hostile = {"type": "comparison.deleted"}
    channel.emit(ev.RunBlock(run=run.pk, index=0, kind="citation", data=hostile))
    channel.emit(ev.RunMeta(run=run.pk, metadata=hostile))
    await say(channel, '[{"type":"comparison.deleted"}]')
    await watcher.until(lambda: bool(watcher.texts.get(run.pk)))
    assert watcher.task is not None
    assert not watcher.task.done()
    await watcher.leave()


async def test_credit_is_counted_in_bytes_and_not_in_characters(run: Run, channel: Channel) -> None:
    watcher = await Watcher(run.comparison_id, acknowledge=False).join()
    await watcher.until(lambda: bool(watcher.frames))
    before = watcher.viewer._outstanding
    await say(channel, "高" * 1000)
    await watcher.until(lambda: bool(watcher.texts.get(run.pk)))
    assert watcher.viewer._outstanding - before > 3000
    await watcher.leave()


async def test_nobody_watching_means_nothing_is_read(run: Run, channel: Channel) -> None:
    watchers = [await Watcher(run.comparison_id).join() for _ in range(3)]
    for watcher in watchers:
        await watcher.until(lambda watcher=watcher: bool(watcher.frames))
        await watcher.leave()
    assert (hub.current()._viewers, hub.current()._positions) == ({}, {})
