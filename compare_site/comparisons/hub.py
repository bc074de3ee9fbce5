"""One reader per web process: it follows the journals that somebody here watches and hands entries to the viewers.

A viewer (one socket) has a bounded queue and a cursor. Whatever goes wrong, a full queue, a slow reader or a lost
journal, is answered in one of two ways: replay from the cursor, or send a new snapshot. So nothing is lost or doubled.
"""

import asyncio
import json
import logging
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from channels.db import database_sync_to_async

from compare_site import valkey
from compare_site.comparisons import journal, snapshot
from compare_site.comparisons.journal import Entry, Tip, order_of
from compare_site.comparisons.models import Comparison
from compare_site.comparisons.project import OWNER, Audience, project_state, shown_events

log = logging.getLogger(__name__)
QUEUE_BYTES = 256 * 1024
CREDIT_BYTES = 256 * 1024
CREDIT_SECONDS = 30.0
FRAME_SECONDS = 0.008, 0.033
"""Shortest and longest time between two frames of a viewer. The more viewers there are, the longer it is."""
FRAMES_A_SECOND = 4000
"""For all viewers together: at 80 us a frame this takes a third of a core."""
REPLAY_BATCH = 256
FRAME_BYTES = 64 * 1024
RETRY_SECONDS = 0.3
LOST_SECONDS = 15.0
"""How long a viewer that has seen text waits for a lost journal to be written again. Longer than the sweeper needs to
end the runs of a dead worker: by then rows and journal agree."""
NOTHING = b"[]"
"""The events of an entry of which this audience may see none."""
Send = Callable[[str], Awaitable[None]]


class TooSlow(Exception):
    """The viewer did not acknowledge what it was sent; it may come back with its cursor."""


class Deleted(Exception):
    """The comparison has been deleted."""


class Viewer:
    """One socket on one comparison: its audience, cursor, queue and credit.

    ``behind``: entries after the cursor must be read from the journal, because the queue does not have them all.
    ``doubtful``: after trouble with Valkey; look first whether the journal is still the same one.
    """

    def __init__(self, comparison_id: str, send: Send, audience: Audience = OWNER) -> None:
        self.comparison_id = comparison_id
        self.audience = audience
        self.position = (0, 0)
        self.epoch = ""
        self.needs_snapshot = False
        self.behind = True
        self.doubtful = False
        self._send = send
        self._queue: deque[Entry] = deque()
        self._queued = 0
        self._wake = asyncio.Event()
        self._unacknowledged: deque[tuple[str, int]] = deque()
        self._outstanding = 0
        self._credit = asyncio.Event()

    def offer(self, entry: Entry) -> None:
        """A new entry; on overflow the queue is dropped and the viewer replays from its cursor.

        Whoever is behind queues nothing: later entries in the queue would hide the gap before them.
        """
        self._wake.set()
        if self.behind:
            return
        self._queue.append(entry)
        self._queued += len(entry.events)
        if self._queued > QUEUE_BYTES:
            self._queue.clear()
            self._queued = 0
            self.behind = True

    def catch_up(self) -> None:
        """After trouble with Valkey: check that the journal is still there, and replay from the cursor."""
        self._queue.clear()
        self._queued = 0
        self.behind = self.doubtful = True
        self._wake.set()

    def reset(self) -> None:
        """The journal is a new one: everything the viewer knows is replaced."""
        self.needs_snapshot = True
        self._wake.set()

    def acknowledge(self, seq: str) -> None:
        """Cumulative: everything up to ``seq`` has arrived. A seq that was never sent changes nothing."""
        if not any(sent == seq for sent, _ in self._unacknowledged):
            return
        while self._unacknowledged:
            sent, size = self._unacknowledged.popleft()
            self._outstanding -= size
            if sent == seq:
                break
        self._credit.set()

    async def pump(self) -> None:
        """Send until cancelled. Raises TooSlow or Deleted."""
        while True:
            try:
                await self._step()
            except (valkey.RedisError, OSError) as error:
                valkey.stop_if_cancelled()
                log.warning("viewer waits for Valkey: %s", type(error).__name__)
                self.behind = self.doubtful = True
                await asyncio.sleep(RETRY_SECONDS)

    async def _step(self) -> None:
        """Catch up if need be, then wait for something to send. The first frame after a pause goes at once."""
        if self.doubtful:
            # A journal that is gone sends nothing any more: without this look its viewers would wait for ever.
            tip = await current().tip(self.comparison_id)
            self.doubtful = False
            self.needs_snapshot = self.needs_snapshot or tip.epoch != self.epoch
        if self.needs_snapshot:
            await self._send_snapshot()
        if self.behind:
            await self._replay()
        valkey.stop_if_cancelled()
        await self._wake.wait()
        self._wake.clear()
        await self._send_queued()
        await asyncio.sleep(current().pause())

    async def _send_snapshot(self) -> None:
        self.needs_snapshot = False
        # A viewer that has seen text must not get a state without it: wait until the worker has written it again.
        patience = LOST_SECONDS if self.epoch else snapshot.SETTLE_SECONDS
        state = project_state(await _settled_state(self.comparison_id, patience), self.audience)
        tip = journal.parse_seq(state["seq"])
        self.epoch, self.position = tip.epoch, order_of(tip.entry_id)
        self.behind = True
        body = json.dumps({"type": "snapshot", "seq": state["seq"], "state": state}, ensure_ascii=False)
        await self._deliver(state["seq"], body)

    async def _replay(self) -> None:
        """Read from the cursor to the journal's end; what comes live meanwhile waits in the queue."""
        self.behind = False
        while not self.needs_snapshot:
            after = f"({self.position[0]}-{self.position[1]}"
            chunk = await current().client.xrange(
                journal.stream_key(self.comparison_id), min=after, max="+", count=REPLAY_BATCH
            )
            await self._forward([_shown(journal.entry_of(raw), self.audience) for raw in chunk])
            if len(chunk) < REPLAY_BATCH:
                return

    async def _send_queued(self) -> None:
        entries, self._queued = list(self._queue), 0
        self._queue.clear()
        await self._forward(entries)

    async def _forward(self, entries: list[Entry]) -> None:
        fresh = [entry for entry in entries if order_of(entry.entry_id) > self.position]
        if not fresh or self.needs_snapshot:
            return
        if any(entry.events == journal.DELETED for entry in fresh):
            raise Deleted
        if any(entry.epoch != self.epoch for entry in fresh):
            self.reset()
            return
        for frame in _frames(fresh):
            seq = journal.seq_of(frame[-1])
            events = b",".join(entry.events[1:-1] for entry in frame if entry.events != NOTHING).decode()
            if events:
                await self._deliver(seq, f'{{"type":"events","seq":"{seq}","events":[{events}]}}')
            self.position = order_of(frame[-1].entry_id)

    async def _deliver(self, seq: str, body: str) -> None:
        """Send within the credit: Daphne's send never waits, so without it a stalled viewer would fill our memory."""
        while self._outstanding > CREDIT_BYTES:
            self._credit.clear()
            try:
                await asyncio.wait_for(self._credit.wait(), CREDIT_SECONDS)
            except TimeoutError:
                raise TooSlow from None
        size = len(body) if body.isascii() else len(body.encode())
        self._outstanding += size
        self._unacknowledged.append((seq, size))
        await self._send(body)


def _shown(entry: Entry, audience: Audience) -> Entry:
    """An entry as this audience gets it."""
    if entry.events == journal.DELETED:
        return entry
    return entry._replace(events=shown_events(entry.events, audience))


def _frames(entries: list[Entry]) -> Iterator[list[Entry]]:
    """Entries in frames of about ``FRAME_BYTES``, so that a replay stays within the credit."""
    frame: list[Entry] = []
    size = 0
    for entry in entries:
        frame.append(entry)
        size += len(entry.events)
        if size >= FRAME_BYTES:
            yield frame
            frame, size = [], 0
    if frame:
        yield frame


async def _settled_state(comparison_id: str, patience: float) -> dict[str, Any]:
    """The state once rows and journal agree, or after ``patience`` seconds, but not while ends are on their way: they
    would come twice. Waits here, in the loop, because the one thread that reads the database is shared by all sockets
    of the process."""
    deadline = time.monotonic() + patience
    pause = snapshot.SETTLE_STEP
    while True:
        found: snapshot.Reading = await database_sync_to_async(_read)(comparison_id)
        if found.settled or (time.monotonic() > deadline and not found.ending):
            return found.state
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, 0.5)


def _read(comparison_id: str) -> snapshot.Reading:
    comparison = Comparison.objects.filter(pk=comparison_id).first()
    if comparison is None or comparison.trashed_at is not None:
        raise Deleted
    return snapshot.read(comparison)


class Hub:
    """The journals watched here and the one task that reads them all."""

    def __init__(self) -> None:
        self.client = valkey.async_client()
        self._blocking = valkey.async_client(blocking=True)
        self._positions: dict[str, str] = {}
        self._viewers: dict[str, set[Viewer]] = {}
        self._wake_key = f"wake:{secrets.token_hex(8)}"
        self._wake_position = "0-0"
        self._reader = asyncio.get_running_loop().create_task(self._read())

    async def attach(self, viewer: Viewer, cursor: str | None) -> None:
        """Register first, then decide where the viewer starts, so that what comes in between waits in its queue."""
        comparison_id = viewer.comparison_id
        viewers = self._viewers.setdefault(comparison_id, set())
        viewers.add(viewer)
        tip = await self.tip(comparison_id)
        if comparison_id not in self._positions:
            self._positions[comparison_id] = tip.entry_id
            await self._wake()
        wanted = journal.parse_seq(cursor) if cursor else journal.NO_JOURNAL
        if wanted.epoch and wanted.epoch == tip.epoch and order_of(wanted.entry_id) <= order_of(tip.entry_id):
            viewer.epoch, viewer.position = wanted.epoch, order_of(wanted.entry_id)
        else:
            viewer.needs_snapshot = True

    def pause(self) -> float:
        """Seconds between two frames of one viewer: short for few viewers, longer when many share the process."""
        least, most = FRAME_SECONDS
        return min(most, max(least, sum(map(len, self._viewers.values())) / FRAMES_A_SECOND))

    async def close(self) -> None:
        """Stop reading."""
        await valkey.end_tasks([self._reader])
        await self.client.aclose()
        await self._blocking.aclose()

    def detach(self, viewer: Viewer) -> None:
        """The socket is gone; nobody watching means not reading."""
        viewers = self._viewers.get(viewer.comparison_id)
        if viewers is None:
            return
        viewers.discard(viewer)
        if not viewers:
            del self._viewers[viewer.comparison_id]
            self._positions.pop(viewer.comparison_id, None)

    async def tip(self, comparison_id: str) -> Tip:
        """Where a journal stands now."""
        async with self.client.pipeline(transaction=True) as pipe:
            journal.ask_tip(pipe, comparison_id)
            return journal.tip_of(*await pipe.execute())

    async def _wake(self) -> None:
        """Interrupt the reader's XREAD, which only waits for the streams that were known when it began."""
        async with self.client.pipeline(transaction=False) as pipe:
            pipe.xadd(self._wake_key, {"w": "1"}, maxlen=1)
            pipe.expire(self._wake_key, 3600)
            await pipe.execute()

    async def _read(self) -> None:
        while True:
            try:
                valkey.stop_if_cancelled()
                await self._read_once()
            except (valkey.RedisError, OSError) as error:
                valkey.stop_if_cancelled()
                log.warning("journals not readable, trying again: %s", type(error).__name__)
                await asyncio.sleep(0.2)
                self._everybody_behind()

    async def _read_once(self) -> None:
        streams = {journal.stream_key(known): position for known, position in self._positions.items()}
        by_key = {journal.stream_key(known): known for known in self._positions}
        reply = await self._blocking.xread({self._wake_key: self._wake_position, **streams}, block=15000, count=1000)
        for key, raws in reply or ():
            comparison_id = by_key.get(key.decode())
            if comparison_id is None:
                self._wake_position = raws[-1][0].decode()
                continue
            for raw in raws:
                self._distribute(comparison_id, journal.entry_of(raw))

    def _distribute(self, comparison_id: str, entry: Entry) -> None:
        if comparison_id in self._positions:
            self._positions[comparison_id] = entry.entry_id
        shown: dict[Audience, Entry] = {}
        for viewer in self._viewers.get(comparison_id, ()):
            if viewer.audience not in shown:
                shown[viewer.audience] = _shown(entry, viewer.audience)
            viewer.offer(shown[viewer.audience])

    def _everybody_behind(self) -> None:
        """After trouble with Valkey nobody knows what was missed: all viewers check and replay."""
        self._wake_position = "0-0"
        for viewers in self._viewers.values():
            for viewer in viewers:
                viewer.catch_up()


_hubs: dict[int, Hub] = {}


def current() -> Hub:
    """The hub of this process's event loop."""
    loop = asyncio.get_running_loop()
    hub = _hubs.get(id(loop))
    if hub is None or hub._reader.get_loop() is not loop or hub._reader.done():
        hub = _hubs[id(loop)] = Hub()
    return hub


async def close_all() -> None:
    """Stop the hub of this loop and close its connections (shutdown, tests)."""
    hub = _hubs.pop(id(asyncio.get_running_loop()), None)
    if hub is not None:
        await hub.close()
