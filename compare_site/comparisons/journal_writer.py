"""The one journal writer of a worker process: whatever is pending is written as soon as the last write has returned.

Every event of the runs driven here passes through it, closing events included, so no event overtakes another. When a
write fails or the journal was lost, nobody can know what was stored: the writer starts a new epoch from the folded
states, and viewers take a snapshot.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from compare_site.comparisons import events as ev
from compare_site.comparisons import journal
from compare_site.comparisons.fold import RunFold, fold_run
from compare_site.valkey import RedisError, stop_if_cancelled

log = logging.getLogger(__name__)
CHECKPOINT_BYTES = 64 * 1024
"""Checkpoints are written after at least so many bytes of events; after more, if the states have grown larger."""
RETRY_SECONDS = 0.2


class Channel:
    """One run being driven: its folded state and the events that are not written yet.

    ``fenced``: somebody else holds the run now. ``checkpointed``: the journal has a checkpoint of it.
    """

    def __init__(self, writer: "JournalWriter", comparison_id: str, fold: RunFold, fence: int) -> None:
        self.comparison_id = comparison_id
        self.run = fold.id
        self.fence = fence
        self.fold = fold
        self.fenced = False
        self.checkpointed = False
        self.pending: list[ev.Event] = []
        self.on_fenced: Callable[[], object] | None = None
        self._writer = writer
        self._idle = asyncio.Event()
        self._idle.set()

    def emit(self, event: ev.Event) -> None:
        """Fold the event and write it with the next batch. A delta joins the one before it if nothing lies between."""
        if self.fenced:
            return
        self.fold = fold_run(self.fold, event)
        last = self.pending[-1] if self.pending else None
        if isinstance(event, ev.RunDelta) and isinstance(last, ev.RunDelta) and last.index == event.index:
            self.pending[-1] = ev.RunDelta(
                run=self.run, index=last.index, kind=last.kind, text=last.text + event.text, at=last.at
            )
        else:
            self.pending.append(event)
        self._idle.clear()
        self._writer.wake(self.comparison_id)

    def settle(self) -> None:
        """Called after a write: wakes whoever waits in ``flushed`` unless more has come meanwhile."""
        if not self.pending:
            self._idle.set()

    def refuse(self) -> None:
        """Somebody else holds the run now: nothing of it is written any more."""
        self.fenced = True
        self.pending.clear()
        self._idle.set()
        if self.on_fenced is not None:
            self.on_fenced()

    async def flushed(self) -> None:
        """Wait until everything emitted so far is in the journal (or refused)."""
        await self._idle.wait()


class JournalWriter:
    """Owns the channels of this process. Lives in the worker's event loop.

    By comparison: ``_epochs``: the epoch last seen. ``_doubtful``: those whose journal has to be started anew.
    ``_due``: those with something to write. ``_since_checkpoint``, ``_checkpoint_size``: bytes, to know when the next
    checkpoints are due.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._channels: dict[str, dict[str, Channel]] = {}
        self._epochs: dict[str, str] = {}
        self._doubtful: set[str] = set()
        self._due: set[str] = set()
        self._since_checkpoint: dict[str, int] = {}
        self._checkpoint_size: dict[str, int] = {}
        self._wake = asyncio.Event()

    def open(self, comparison_id: str, fold: RunFold, fence: int) -> Channel:
        """Start writing a run. An older holder of the same run in this process is refused from now on."""
        channel = Channel(self, comparison_id, fold, fence)
        channels = self._channels.setdefault(comparison_id, {})
        older = channels.get(fold.id)
        channels[fold.id] = channel
        if older is not None:
            older.refuse()
        return channel

    def close(self, channel: Channel) -> None:
        """Forget a run whose last event is written."""
        channels = self._channels.get(channel.comparison_id, {})
        if channels.get(channel.run) is not channel:
            return
        del channels[channel.run]
        if not channels:
            for known in (self._channels, self._epochs, self._since_checkpoint, self._checkpoint_size):
                known.pop(channel.comparison_id, None)
            self._doubtful.discard(channel.comparison_id)

    def wake(self, comparison_id: str) -> None:
        """Something of this comparison is pending."""
        self._due.add(comparison_id)
        self._wake.set()

    def verify(self) -> None:
        """Valkey was away: an empty write tells whether the journals are still there, before the next token comes."""
        for comparison_id in self._channels:
            self.wake(comparison_id)

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            stop_if_cancelled()
            await self._wake.wait()
            # Let other tasks run first: at the start of a turn they send the requests to the providers.
            await asyncio.sleep(0)
            self._wake.clear()
            due, self._due = self._due, set()
            if not due:
                continue
            try:
                await self._write(due)
            except (RedisError, OSError) as error:
                stop_if_cancelled()
                log.warning("journal not written, will start a new epoch: %s", type(error).__name__)
                await self._doubt(due)
            except Exception:
                # A bug here must not silence every run of this process.
                log.exception("journal writer failed, will start a new epoch")
                await self._doubt(due)

    async def _doubt(self, due: set[str]) -> None:
        self._doubtful |= due
        self._due |= due
        await asyncio.sleep(RETRY_SECONDS)
        self._wake.set()

    async def _write(self, due: set[str]) -> None:
        batches = [
            (comparison_id, self._take(comparison_id)) for comparison_id in due if comparison_id in self._channels
        ]
        pipe = self._client.pipeline(transaction=False)
        for comparison_id, (parts, checkpoints) in batches:
            if comparison_id in self._doubtful:
                pipe.hdel(journal.keys_of(comparison_id)[1], "epoch")
            epoch = "" if comparison_id in self._doubtful else self._epochs.get(comparison_id, "")
            pipe.execute_command(
                "EVAL", *journal.append_args(comparison_id, parts, epoch=epoch, checkpoints=checkpoints)
            )
        replies = [reply for reply in await pipe.execute() if isinstance(reply, list)]
        for (comparison_id, (parts, checkpoints)), reply in zip(batches, replies, strict=True):
            self._settle(comparison_id, parts, checkpoints, journal.appended(reply))

    def _take(self, comparison_id: str) -> tuple[list[journal.Part], list[tuple[str, str]]]:
        """What is pending, and the checkpoints that are due. Taken without a pause, so that they fit together."""
        channels = [channel for channel in self._channels[comparison_id].values() if not channel.fenced]
        afresh = comparison_id in self._doubtful
        parts = []
        for channel in channels:
            events: list[ev.Event] = [ev.RunMeta(run=channel.run)] if afresh else [*channel.pending]
            channel.pending.clear()
            if events:
                parts.append(journal.Part(channel.run, channel.fence, [ev.encode(event) for event in events]))
        return parts, self._checkpoints(comparison_id, channels, parts, afresh)

    def _checkpoints(
        self, comparison_id: str, channels: list[Channel], parts: list[journal.Part], afresh: bool
    ) -> list[tuple[str, str]]:
        """Run and state of each. With a run's first entry; then with all runs whenever as much was written as the last
        checkpoints were large, so that writing them never costs more than the events do."""
        grown = self._since_checkpoint.get(comparison_id, 0) + sum(len(e) for part in parts for e in part.events)
        every = afresh or grown >= max(CHECKPOINT_BYTES, self._checkpoint_size.get(comparison_id, 0))
        chosen = [channel for channel in channels if every or not channel.checkpointed]
        ended = {channel.run for channel in channels if channel.fold.status in ev.FINAL}
        states = [(channel.run, channel.fold.model_dump_json()) for channel in chosen if channel.run not in ended]
        states += [(run, "") for run in ended]
        self._since_checkpoint[comparison_id] = 0 if every else grown
        if every:
            self._checkpoint_size[comparison_id] = sum(len(state) for _, state in states)
        return states

    def _settle(
        self,
        comparison_id: str,
        parts: list[journal.Part],
        checkpoints: list[tuple[str, str]],
        answer: journal.Appended,
    ) -> None:
        channels = self._channels.get(comparison_id, {})
        if answer.lost:
            log.warning("journal of %s was lost, writing it again", comparison_id)
            self._doubtful.add(comparison_id)
            self.wake(comparison_id)
            return
        self._epochs[comparison_id] = answer.epoch
        self._doubtful.discard(comparison_id)
        for run in answer.rejected:
            if run in channels:
                channels[run].refuse()
        # The script stores checkpoints only with an entry, and there is none if nothing was accepted.
        for run, _ in checkpoints if answer.wrote else ():
            if run in channels:
                channels[run].checkpointed = True
        for part in parts:
            if part.run in channels:
                channels[part.run].settle()
