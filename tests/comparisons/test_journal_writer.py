"""The one writer on a real Valkey: order, merging, fences, and what happens when the journal goes away."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from compare_site import valkey as site_valkey
from compare_site.comparisons import events as ev
from compare_site.comparisons import journal, journal_writer
from compare_site.comparisons.fold import RunFold, fold_run
from compare_site.comparisons.journal_writer import Channel, JournalWriter
from tests.clients.until import until

C = "d" * 32


def blank(run: str = "r") -> RunFold:
    queued = ev.RunQueued(run=run, column="a", turn="t", sample=0, attempt=1)
    return fold_run(RunFold(id=run), queued)


def delta(text: str, run: str = "r", index: int = 0) -> ev.RunDelta:
    return ev.RunDelta(run=run, index=index, kind="text", text=text, at=1)


def stored_text(run: str = "r") -> str:
    view = journal.view(site_valkey.sync_client(), C, journal.NO_JOURNAL, frozenset({run}))
    return view.runs[run].text_of("text") if run in view.runs else ""


@pytest.fixture
async def writer(valkey) -> AsyncIterator[JournalWriter]:  # type: ignore[no-untyped-def]
    client = site_valkey.async_client()
    made = JournalWriter(client)
    task = asyncio.create_task(made.run())
    yield made
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await client.aclose()


async def say(channel: Channel, *texts: str) -> None:
    for text in texts:
        channel.emit(delta(text, channel.run))
    await channel.flushed()


async def test_everything_emitted_is_in_the_journal_in_order(writer: JournalWriter) -> None:
    channel = writer.open(C, blank(), 1)
    channel.emit(ev.RunStarted(run="r", at=0))
    await say(channel, *[f"{n} " for n in range(500)])
    assert stored_text() == "".join(f"{n} " for n in range(500))
    assert channel.fold.text_of("text") == stored_text()


async def test_deltas_of_one_block_join_and_others_do_not(writer: JournalWriter) -> None:
    channel = writer.open(C, blank(), 1)
    for event in (delta("a"), delta("b"), delta("c", index=1), delta("d")):
        channel.emit(event)
    assert [(event.index, event.text) for event in channel.pending if isinstance(event, ev.RunDelta)] == [
        (0, "ab"),
        (1, "c"),
        (0, "d"),
    ]
    await channel.flushed()


async def test_the_first_entry_of_a_run_has_a_checkpoint(writer: JournalWriter) -> None:
    first = writer.open(C, blank(), 1)
    await say(first, "x")
    late = writer.open(C, blank("late"), 1)
    late.emit(ev.RunStarted(run="late", at=0))
    await late.flushed()
    assert journal.salvage(site_valkey.sync_client(), C, "late") is not None


async def test_looking_after_the_journal_before_a_run_says_anything_costs_it_no_checkpoint(
    writer: JournalWriter,
) -> None:
    """A worker does so when it begins to listen, and a group's run says its first word a little after it began."""
    client = site_valkey.sync_client()
    channel = writer.open(C, blank(), 1)
    writer.verify()
    await until(lambda: journal.tip(client, C).epoch)
    await say(channel, "shown")
    fold = journal.salvage(client, C, "r")
    assert fold is not None
    assert fold.text_of("text") == "shown"


async def test_who_has_said_nothing_yet_loses_no_checkpoint_to_one_that_lost_its_fence(writer: JournalWriter) -> None:
    client = site_valkey.sync_client()
    gone, silent = writer.open(C, blank("gone"), 1), writer.open(C, blank("silent"), 1)
    journal.raise_fence(client, C, "gone", 2)
    await say(gone, "zombie")
    await say(silent, "shown")
    assert gone.fenced
    assert stored_text("silent") == "shown"
    assert journal.known(client, C) == {"silent"}


async def test_long_answers_are_checkpointed_again(writer: JournalWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_writer, "CHECKPOINT_BYTES", 2000)
    channel = writer.open(C, blank(), 1)
    for _ in range(60):
        await say(channel, "x" * 200)
    client = site_valkey.sync_client()
    entry_id = client.hget(journal.keys_of(C)[2], "r").partition(b" ")[0].decode()
    tail = list(journal.entries(client, C, entry_id))
    assert len(tail) < 59
    assert stored_text() == "x" * 12000


async def test_who_lost_the_fence_writes_nothing_more_and_is_told(writer: JournalWriter) -> None:
    channel = writer.open(C, blank(), 1)
    told = asyncio.Event()
    channel.on_fenced = told.set
    await say(channel, "seen")
    journal.raise_fence(site_valkey.sync_client(), C, "r", 2)
    await say(channel, "zombie")
    assert told.is_set()
    assert channel.fenced
    await say(channel, "more")
    assert stored_text() == "seen"


async def test_a_lost_journal_is_written_again_under_a_new_epoch(writer: JournalWriter) -> None:
    client = site_valkey.sync_client()
    channel, other = writer.open(C, blank(), 1), writer.open(C, blank("o"), 3)
    await say(channel, "before ")
    await say(other, "kept")
    epoch = journal.tip(client, C).epoch
    client.flushall()
    await say(channel, "after")
    assert journal.tip(client, C).epoch != epoch
    assert stored_text() == "before after"
    assert stored_text("o") == "kept"


async def test_a_write_that_may_have_arrived_is_never_doubled(writer: JournalWriter) -> None:
    """The connection dies with a write under way: the text is there once, whether it had arrived or not."""
    client = site_valkey.sync_client()
    channel = writer.open(C, blank(), 1)
    await say(channel, "one ")
    for round_ in range(5):
        channel.emit(delta(f"{round_} "))
        await asyncio.sleep(0)
        client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        await channel.flushed()
    assert stored_text() == "one 0 1 2 3 4 "


async def test_a_closed_run_is_forgotten(writer: JournalWriter) -> None:
    channel = writer.open(C, blank(), 1)
    await say(channel, "x")
    writer.close(channel)
    assert writer._channels == {}
    again = writer.open(C, blank("again"), 1)
    await say(again, "y")
    assert stored_text("again") == "y"
