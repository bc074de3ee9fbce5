"""The journal: one Valkey stream per comparison holds every run event, in order, until an hour after the last one.

An entry is one frame: ``e`` = a JSON array of events, ``p`` = the epoch, a new one after Valkey has lost the journal.
A seq is ``<epoch>:<entry id>``. Appending is one script, so it is atomic: it refuses what an older fence writes, and
stores checkpoints (a run's folded state, and the entry up to which it is folded). A run has one from its worker's first
entry until its closing event is in the journal, so the runs with a checkpoint are those that are open here.
"""

import json
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.conf import settings

from compare_site.comparisons import events as ev
from compare_site.comparisons.fold import RunFold, fold_run

CONTROL_CHANNEL = "touchstone:control"
"""Workers listen here for runs to stop; a hint only, the fence is what counts."""

# KEYS: stream, hash of fences (with the epoch under 'epoch'), hash of checkpoints. ARGV: seconds to live, an epoch to
# use if there is none, the epoch that the writer expects or '', number of parts; run, fence and events of each part;
# then run and state of each checkpoint, where an empty state deletes it. Returns epoch, entry id, runs refused.
APPEND = """
local epoch = redis.call('HGET', KEYS[2], 'epoch')
local lost = ARGV[3] ~= '' and epoch ~= ARGV[3]
if not epoch then
  epoch = ARGV[2]
  redis.call('HSET', KEYS[2], 'epoch', epoch)
end
if lost then return {epoch, ''} end
local parts, rejected, n = {}, {}, tonumber(ARGV[4])
for i = 0, n - 1 do
  local run, fence, fragment = ARGV[5 + i * 3], tonumber(ARGV[6 + i * 3]), ARGV[7 + i * 3]
  local held = tonumber(redis.call('HGET', KEYS[2], run) or '-1')
  if run ~= '' and held > fence then
    rejected[#rejected + 1] = run
  else
    if run ~= '' and held < fence then redis.call('HSET', KEYS[2], run, fence) end
    if fragment ~= '' then parts[#parts + 1] = fragment end
  end
end
local id = '-'
if #parts > 0 then
  id = redis.call('XADD', KEYS[1], '*', 'p', epoch, 'e', '[' .. table.concat(parts, ',') .. ']')
  local refused = {}
  for _, run in ipairs(rejected) do refused[run] = true end
  for i = 5 + n * 3, #ARGV - 1, 2 do
    if refused[ARGV[i]] then
    elseif ARGV[i + 1] == '' then redis.call('HDEL', KEYS[3], ARGV[i])
    else redis.call('HSET', KEYS[3], ARGV[i], id .. ' ' .. ARGV[i + 1]) end
  end
end
for i = 1, 3 do redis.call('EXPIRE', KEYS[i], ARGV[1]) end
return {epoch, id, unpack(rejected)}
"""


class Part(NamedTuple):
    """Events of one run under one fence, each encoded; ``run`` is "" for events of the comparison itself."""

    run: str
    fence: int
    events: Sequence[bytes]


class Appended(NamedTuple):
    """``entry_id`` is "" if the journal of the expected epoch is gone, "-" if there was nothing to write."""

    epoch: str
    entry_id: str
    rejected: frozenset[str]

    @property
    def lost(self) -> bool:
        return self.entry_id == ""

    @property
    def wrote(self) -> bool:
        return self.entry_id not in {"", "-"}


class Entry(NamedTuple):
    """One frame as read: ``events`` is the JSON array, untouched."""

    entry_id: str
    epoch: str
    events: bytes


class Tip(NamedTuple):
    """Where a journal stands; epoch "" = there is none."""

    epoch: str
    entry_id: str


@dataclass(slots=True)
class View:
    """What a journal holds beyond the rows.

    ``runs``: the wanted runs, folded up to ``tip``. ``others``: events of the comparison itself after the point asked
    for. ``open``: runs that were started in this journal and whose closing event is not in it yet.
    """

    tip: Tip
    open: frozenset[str] = frozenset()
    runs: dict[str, RunFold] = field(default_factory=dict)
    others: list[ev.RunEvent] = field(default_factory=list)


NO_JOURNAL = Tip("", "0-0")
DELETED = b'[{"type":"comparison.deleted"}]'
"""The last frame of a deleted comparison, exactly: no text or data of a model can be taken for it."""


def stream_key(comparison_id: str) -> str:
    """The stream of a comparison."""
    return f"journal:{{{comparison_id}}}"


def keys_of(comparison_id: str) -> tuple[str, str, str]:
    """Stream, fences (and epoch), checkpoints."""
    stream = stream_key(comparison_id)
    return stream, f"{stream}:fences", f"{stream}:checkpoints"


def append_args(
    comparison_id: str, parts: Sequence[Part], *, epoch: str = "", checkpoints: Iterable[tuple[str, str]] = ()
) -> tuple[str | int | bytes, ...]:
    """Arguments of EVAL for one append. ``epoch``: the one the writer knows; "" accepts any.

    ``checkpoints``: run and folded state; the state "" says that the run's closing event is among these parts.
    """
    arguments: list[str | int | bytes] = [settings.JOURNAL_TTL_SECONDS, secrets.token_hex(4), epoch, len(parts)]
    for part in parts:
        arguments += (part.run, part.fence, b",".join(part.events))
    for run, state in checkpoints:
        arguments += (run, state)
    return (APPEND, 3, *keys_of(comparison_id), *arguments)


def appended(reply: Sequence[bytes]) -> Appended:
    """What the script answered."""
    epoch, entry_id, *rejected = (item.decode() for item in reply)
    return Appended(epoch, entry_id, frozenset(rejected))


def append(client: Any, comparison_id: str, parts: Sequence[Part], *, closing: str = "") -> Appended:
    """Append from a thread (actions, sweeper); the worker's writer pipelines ``append_args`` itself.

    ``closing``: the run whose closing event is among these parts.
    """
    checkpoints = [(closing, "")] if closing else []
    return appended(client.eval(*append_args(comparison_id, parts, checkpoints=checkpoints)))


def start_anew(client: Any, comparison_id: str, parts: Sequence[Part]) -> None:
    """Append in a new epoch, after which none of these runs is open: whoever watches takes a snapshot, and whoever
    writes does so again.
    """
    with client.pipeline(transaction=True) as pipe:
        pipe.hdel(keys_of(comparison_id)[1], "epoch")
        pipe.eval(*append_args(comparison_id, parts, checkpoints=[(part.run, "") for part in parts]))
        pipe.execute()


def raise_fence(client: Any, comparison_id: str, run: str, fence: int) -> None:
    """From now on nothing that an older holder of the run writes is accepted."""
    append(client, comparison_id, [Part(run, fence, ())])


def seq_of(tip: Tip | Entry) -> str:
    """The seq of a position, as clients get it."""
    return f"{tip.epoch}:{tip.entry_id}" if tip.epoch else "0"


def parse_seq(seq: str) -> Tip:
    """The position that a client states; ``NO_JOURNAL`` if it is not a seq."""
    epoch, colon, entry_id = seq.partition(":")
    head, dash, tail = entry_id.partition("-")
    if not (colon and dash and head.isdecimal() and tail.isdecimal() and len(seq) < 80):
        return NO_JOURNAL
    return Tip(epoch, entry_id)


def order_of(entry_id: str) -> tuple[int, int]:
    """An entry id as numbers, which can be compared."""
    head, _, tail = entry_id.partition("-")
    return int(head), int(tail or 0)


def tip(client: Any, comparison_id: str) -> Tip:
    """Where the journal stands now."""
    with client.pipeline(transaction=True) as pipe:
        ask_tip(pipe, comparison_id)
        return tip_of(*pipe.execute())


def ask_tip(pipe: Any, comparison_id: str) -> None:
    """Queue the two commands whose replies ``tip_of`` reads; the hub does so with an asynchronous client."""
    stream, fences, _ = keys_of(comparison_id)
    pipe.hget(fences, "epoch")
    pipe.xrevrange(stream, count=1)


def tip_of(epoch: bytes | None, last: Sequence[tuple[bytes, Any]]) -> Tip:
    """The position from the replies to ``ask_tip``: the epoch and the newest entry."""
    if epoch is None:
        return NO_JOURNAL
    return Tip(epoch.decode(), last[0][0].decode() if last else "0-0")


def entry_of(raw: tuple[bytes, dict[bytes, bytes]]) -> Entry:
    """A stream entry as redis-py gives it."""
    entry_id, fields = raw
    return Entry(entry_id.decode(), fields[b"p"].decode(), fields[b"e"])


def view(client: Any, comparison_id: str, since: Tip, wanted: frozenset[str]) -> View:
    """Fold the runs in ``wanted`` (those that are not final in the rows) and collect what came after ``since``.

    Reads from ``since`` or from the oldest checkpoint of a wanted run, whichever is earlier: everything before is in
    the rows or in a checkpoint.
    """
    with client.pipeline(transaction=True) as pipe:
        ask_tip(pipe, comparison_id)
        pipe.hgetall(keys_of(comparison_id)[2])
        epoch, last, stored = pipe.execute()
    if epoch is None:
        return View(NO_JOURNAL)
    opened = frozenset(run.decode() for run in stored)
    result = View(tip_of(epoch, last), opened)
    seen: dict[str, tuple[int, int]] = {}
    for run, value in stored.items():
        run_id = run.decode()
        if run_id in wanted:
            entry_id, _, state = value.partition(b" ")
            seen[run_id] = order_of(entry_id.decode())
            result.runs[run_id] = RunFold.model_validate_json(state)
    same = since.epoch == result.tip.epoch
    floor = order_of(since.entry_id) if same else (0, 0)
    start = min([floor, *seen.values()])
    for entry in entries(client, comparison_id, f"{start[0]}-{start[1]}", result.tip.entry_id):
        _fold_entry(result, entry, seen, floor)
    return result


def _fold_entry(result: View, entry: Entry, seen: dict[str, tuple[int, int]], floor: tuple[int, int]) -> None:
    position = order_of(entry.entry_id)
    for event in ev.decode_many(entry.events):
        run = getattr(event, "run", "")
        if not run:
            if position > floor:
                result.others.append(event)
        elif position > seen.get(run, floor):
            state = result.runs.get(run) or RunFold(id=run)
            result.runs[run] = fold_run(state, event)


def entries(client: Any, comparison_id: str, after: str, until: str = "+", batch: int = 512) -> Iterator[Entry]:
    """Entries after ``after`` (exclusive) up to ``until`` (inclusive)."""
    stream = stream_key(comparison_id)
    while True:
        chunk = client.xrange(stream, min=f"({after}", max=until, count=batch)
        for raw in chunk:
            yield entry_of(raw)
        if len(chunk) < batch:
            return
        after = chunk[-1][0].decode()


def known(client: Any, comparison_id: str) -> set[str]:
    """The runs that have been started here and have not ended."""
    return {run.decode() for run in client.hkeys(keys_of(comparison_id)[2])}


def still_open(client: Any, runs: Iterable[tuple[str, str]]) -> set[str]:
    """Those of the runs (comparison and run) whose closing event is not here."""
    asked = list(runs)
    with client.pipeline(transaction=False) as pipe:
        for comparison_id, run in asked:
            pipe.hexists(keys_of(comparison_id)[2], run)
        return {run for (_, run), found in zip(asked, pipe.execute(), strict=True) if found}


def never_named(client: Any, comparison_id: str, runs: Iterable[str]) -> set[str]:
    """Those of the runs that no entry speaks of."""
    missing = set(runs)
    for entry in entries(client, comparison_id, "0-0"):
        missing = {run for run in missing if run.encode() not in entry.events}
        if not missing:
            break
    return missing


def salvage(client: Any, comparison_id: str, run: str) -> RunFold | None:
    """The state of one run as viewers have seen it; None if it was not started in this journal."""
    stored = client.hget(keys_of(comparison_id)[2], run)
    if stored is None:
        return None
    entry_id, _, state = stored.partition(b" ")
    fold = RunFold.model_validate_json(state)
    for event in _events_of(client, comparison_id, run, entry_id.decode()):
        fold = fold_run(fold, event)
    return fold


def since_queued(client: Any, comparison_id: str, run: str) -> RunFold | None:
    """The state of a run that was claimed, but whose worker died before it started it here.

    None if it was not queued in this journal, either: then it was lost since, and nobody knows what it had.
    """
    fold = None
    for event in _events_of(client, comparison_id, run, "0-0"):
        if fold is not None or isinstance(event, ev.RunQueued):
            fold = fold_run(fold or RunFold(id=run), event)
    return fold


def _events_of(client: Any, comparison_id: str, run: str, after: str) -> Iterator[ev.Event]:
    named = run.encode()
    for entry in entries(client, comparison_id, after):
        # Most entries are about other columns; looking for the id is cheaper than parsing them.
        events = ev.decode_many(entry.events) if named in entry.events else ()
        yield from (event for event in events if getattr(event, "run", "") == run)


def drop(client: Any, comparison_id: str) -> None:
    """The comparison is deleted: tell whoever watches; half a minute later the journal expires."""
    append(client, comparison_id, [Part("", 0, (DELETED[1:-1],))])
    with client.pipeline(transaction=True) as pipe:
        for key in keys_of(comparison_id):
            pipe.expire(key, 30)
        pipe.execute()


def forget(client: Any, comparison_id: str) -> None:
    """Delete the journal at once, with the frame that says the comparison was deleted: readers find the rows again."""
    client.delete(*keys_of(comparison_id))


def tell_workers(client: Any, run_ids: Sequence[str]) -> None:
    """Ask whichever worker drives these runs to close their upstream connections now."""
    client.publish(CONTROL_CHANNEL, json.dumps({"stop": list(run_ids)}))
