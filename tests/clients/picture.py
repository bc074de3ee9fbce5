"""What a viewer of a comparison knows: an independent fold of socket frames that refuses whatever the contract forbids.

Written from the contract alone, without the product's code. Frames go in, ``runs`` come out; the first frame that
breaks a rule raises ``ContractBroken``. Rules: shapes and types of all fields, every seq new, deltas only on opened
blocks of live runs, nothing but usage after an end, and no text that was seen ever changes or goes away.
"""

import copy
from dataclasses import dataclass, field
from typing import Any

Frame = dict[str, Any]
FINAL = ("finished", "failed", "cancelled", "interrupted")
NUMBER = (int, float)
FIELDS: dict[str, dict[str, Any]] = {
    "run.queued": {"run": str, "column": str, "turn": str, "sample": int, "attempt": int},
    "run.started": {"run": str},
    "run.meta": {"run": str},
    "run.block": {"run": str, "index": int, "kind": str},
    "run.block_data": {"run": str, "index": int},
    "run.delta": {"run": str, "index": int, "kind": str, "text": str, "at": NUMBER},
    "run.usage": {"run": str, "usage": dict},
    "run.retrying": {"run": str, "attempt": int, "delay_ms": NUMBER, "error": dict},
    "run.finished": {"run": str},
    "run.failed": {"run": str, "error": dict},
    "run.interrupted": {"run": str, "error": dict},
    "run.cancelled": {"run": str},
    "turn.added": {"turn": dict},
    "comparison.updated": {},
}
ERROR_FIELDS = ("code", "message", "status", "retryable", "retry_after", "request_id")
DELTA_KINDS = ("text", "reasoning", "tool_call", "refusal")
END_FIELDS = ("finish_reason", "native_finish_reason", "usage", "cost", "timings", "error")
META_FIELDS = ("response_id", "model", "request_report", "hops", "metadata")


class ContractBroken(AssertionError):
    """The server did what the contract forbids."""


def need(condition: object, message: str) -> None:
    """Raise unless ``condition`` holds."""
    if not condition:
        raise ContractBroken(message)


@dataclass
class Picture:
    """State of one viewer over all its connections. ``seq`` is the cursor to come back with."""

    seq: str | None = None
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    turns: dict[str, dict[str, Any]] = field(default_factory=dict)
    comparison: dict[str, Any] = field(default_factory=dict)
    frames: int = 0
    snapshots: int = 0
    events: int = 0
    unknown: int = 0
    _seqs: set[str] = field(default_factory=set)

    def forget(self) -> None:
        """A reload: the page is empty, the cursor gone. What was seen before is no longer held against the server."""
        self.__init__()  # type: ignore[misc]

    def take(self, frame: Any) -> list[Frame]:
        """Fold one frame; returns its events."""
        need(isinstance(frame, dict) and isinstance(frame.get("type"), str), f"not a frame: {str(frame)[:200]}")
        self.frames += 1
        if frame["type"] == "snapshot":
            self._snapshot(frame)
            return []
        if frame["type"] != "events":
            self.unknown += 1
            return []
        seq = self._seq_of(frame)
        need(self.snapshots, "events came before any snapshot")
        need(seq not in self._seqs, f"seq {seq} came twice")
        need(isinstance(frame.get("events"), list) and frame["events"], "a frame of no events")
        for event in frame["events"]:
            self._event(event)
        self._seqs.add(seq)
        self.seq = seq
        return list(frame["events"])

    @property
    def is_final(self) -> bool:
        """Whether there are runs and all have ended."""
        return bool(self.runs) and all(run["status"] in FINAL for run in self.runs.values())

    def text(self, run_id: str, kind: str = "text") -> str:
        """The text of all blocks of ``kind``, joined by nothing."""
        return text_of(self.runs[run_id], kind)

    def _seq_of(self, frame: Frame) -> str:
        seq = frame.get("seq")
        need(isinstance(seq, str) and 0 < len(seq) <= 80, f"seq must be a short string, not {seq!r}")
        return str(seq)

    def _snapshot(self, frame: Frame) -> None:
        seq, state = self._seq_of(frame), frame.get("state")
        need(isinstance(state, dict), "a snapshot without state")
        assert isinstance(state, dict)
        need(state.get("seq") == seq, "the state's own seq is not the snapshot's")
        before, self.runs = self.runs, {run["id"]: copy.deepcopy(run) for run in state["runs"]}
        need(len(self.runs) == len(state["runs"]), "a run came twice in one snapshot")
        for run in self.runs.values():
            check_run(run)
        for run_id, old in before.items():
            need(run_id in self.runs, f"run {run_id} is gone from the snapshot")
            keeps(old, self.runs[run_id])
        self.turns = {turn["id"]: turn for turn in state["turns"]}
        self.comparison = {name: value for name, value in state.items() if name not in ("runs", "turns", "seq")}
        self.snapshots += 1
        self._seqs.add(seq)
        self.seq = seq

    def _event(self, event: Any) -> None:
        need(isinstance(event, dict) and isinstance(event.get("type"), str), f"not an event: {str(event)[:200]}")
        kind = event["type"]
        if kind not in FIELDS:
            self.unknown += 1
            return
        for name, wanted in FIELDS[kind].items():
            value = event.get(name)
            need(isinstance(value, wanted) and not isinstance(value, bool), f"{kind}.{name} is {value!r}")
        self.events += 1
        if kind == "turn.added":
            self.turns[event["turn"]["id"]] = event["turn"]
        elif kind == "comparison.updated":
            self.comparison.update({name: value for name, value in event.items() if name != "type"})
        elif kind == "run.queued":
            self._queued(event)
        else:
            need(event["run"] in self.runs, f"{kind} of a run that nobody announced")
            apply(self.runs[event["run"]], event)

    def _queued(self, event: Frame) -> None:
        old = self.runs.get(event["run"])
        need(old is None or not shown(old), f"run {event['run']} started afresh after its text was seen")
        need(old is None or old["status"] not in FINAL, f"run {event['run']} started afresh after its end")
        place = {name: event.get(name) for name in ("column", "turn", "sample", "attempt", "parent")}
        self.runs[event["run"]] = {"id": event["run"], **place, "status": "queued", "content": [], "retries": []}


def apply(run: dict[str, Any], event: Frame) -> None:
    """One event of a run that is known."""
    kind, ended = event["type"], run["status"] in FINAL
    if kind == "run.usage":
        run["usage"] = event["usage"]
        return
    need(not ended, f"{kind} after the end of run {run['id']}")
    if kind == "run.started":
        run["status"] = "running"
    elif kind == "run.meta":
        run.update({name: event[name] for name in META_FIELDS if name in event})
    elif kind == "run.block":
        need(event["index"] not in [block["index"] for block in run["content"]], f"block {event['index']} opened twice")
        run["content"].append(
            {name: event.get(name) for name in ("index", "kind", "id", "name", "data")} | {"text": ""}
        )
        run["status"] = "running"
    elif kind == "run.block_data":
        (block,) = [block for block in run["content"] if block["index"] == event["index"]]
        block.update({name: event[name] for name in ("id", "name") if name in event})
        block["data"] = {**(block["data"] or {}), **event.get("data", {})}
    elif kind == "run.delta":
        _delta(run, event)
    elif kind == "run.retrying":
        check_error(event["error"])
        need(not shown(run), "a retry after text was seen")
        run["status"] = "retrying"
        run.setdefault("retries", []).append({name: event[name] for name in ("attempt", "delay_ms", "error")})
    else:
        _end(run, event)


def _delta(run: dict[str, Any], event: Frame) -> None:
    need(event["kind"] in DELTA_KINDS, f"a delta of kind {event['kind']}")
    need(event["text"], "an empty delta")
    need(event["at"] >= 0, f"a delta at {event['at']} ms")
    block = next((block for block in run["content"] if block["index"] == event["index"]), None)
    need(block is not None, f"a delta for block {event['index']}, which was never opened")
    assert block is not None
    need(block["kind"] == event["kind"], f"a {event['kind']} delta for a {block['kind']} block")
    block["text"] = (block.get("text") or "") + event["text"]
    run["status"] = "running"


def _end(run: dict[str, Any], event: Frame) -> None:
    run["status"] = event["type"].removeprefix("run.")
    run.update({name: event[name] for name in END_FIELDS if name in event})
    if run["status"] in ("failed", "interrupted"):
        check_error(event["error"])
    need(run["status"] != "finished" or run.get("error") is None, "finished with an error")


def check_error(error: dict[str, Any]) -> None:
    """An error has all its fields and a code."""
    missing = [name for name in ERROR_FIELDS if name not in error]
    need(not missing and isinstance(error["code"], str), f"an error without {missing or 'a code'}")


def check_run(run: dict[str, Any]) -> None:
    """A run object as the API and snapshots show it: the derived fields agree with ``content``."""
    need(isinstance(run.get("content"), list), f"run {run.get('id')} without content")
    need(run.get("text") == text_of(run, "text"), f"text of run {run['id']} is not its text blocks")
    need((run.get("reasoning") or "") == text_of(run, "reasoning"), f"reasoning of run {run['id']} is not its blocks")
    arguments = [call["arguments"] for call in run["tool_calls"]]
    blocks = [block.get("text") or "" for block in run["content"] if block["kind"] == "tool_call"]
    need(arguments == blocks, f"tool calls of run {run['id']} are not its blocks")
    indexes = [block["index"] for block in run["content"]]
    need(len(indexes) == len(set(indexes)), f"run {run['id']} has a block twice")
    if run["status"] in ("failed", "interrupted"):
        check_error(run["error"])


def text_of(run: dict[str, Any], kind: str) -> str:
    """The text of all blocks of ``kind``, joined by nothing."""
    return "".join(block.get("text") or "" for block in run["content"] if block["kind"] == kind)


def shown(run: dict[str, Any]) -> bool:
    """Whether a viewer has seen text of it."""
    return any(block.get("text") for block in run["content"])


def keeps(old: dict[str, Any], new: dict[str, Any]) -> None:
    """``new`` still has everything that was seen of ``old``, and does not go back behind its end."""
    need(old["status"] not in FINAL or new["status"] == old["status"], f"run {old['id']} was {old['status']} before")
    for kind in DELTA_KINDS:
        need(text_of(new, kind).startswith(text_of(old, kind)), f"{kind} of run {old['id']} was seen and is gone")


def same(picture: Picture, state: dict[str, Any]) -> None:
    """The viewer's picture equals what the API says now: same runs, same ends, same text in the same blocks."""
    theirs = {run["id"]: run for run in state["runs"]}
    need(set(picture.runs) == set(theirs), "picture and API know different runs")
    for run_id, run in theirs.items():
        check_run(run)
        mine = picture.runs[run_id]
        for name in ("status", "column", "turn", "sample", "attempt", "parent", *END_FIELDS):
            ours, api = said(mine.get(name)), said(run.get(name))
            need(ours == api, f"{name} of run {run_id}: {ours!r} is not {api!r}")
        need(_blocks(mine) == _blocks(run), f"content of run {run_id} differs")
    need(list(picture.turns) == [turn["id"] for turn in state["turns"]], "picture and API know different turns")


def said(value: Any) -> Any:
    """Absent and null mean the same inside usage, timings and cost."""
    return {name: each for name, each in value.items() if each is not None} if isinstance(value, dict) else value


def _blocks(run: dict[str, Any]) -> list[tuple[Any, ...]]:
    names = ("index", "kind", "id", "name", "data")
    return [(*(block.get(name) for name in names), block.get("text") or "") for block in run["content"]]
