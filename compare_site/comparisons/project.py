"""What each audience receives of what is kept. Pure, and the only place that decides it.

The owner receives all but the state that goes back to a provider with the next turn: journal and rows keep it, since a
run may be taken over and an answer continued, and a thought's signature is often longer than the answer. A share
receives the fields named here, as far as its parts allow: a field that nobody has thought of stays with the owner.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from compare_site.comparisons import events as ev
from compare_site.comparisons.project_blocks import answer_block, block_data, message_of
from compare_site.comparisons.project_parts import (
    MODEL_NAME,
    shown_cost,
    shown_error,
    shown_hop,
    shown_numbers,
    shown_settings,
)

OPAQUE = "replay"
MARK = b'"replay"'
BLOCKS = frozenset({"run.block", "run.block_data"})
PARTS = ("prompt", "system", "attachments", "reasoning", "metrics", "raw", "names")
USUAL_PARTS = tuple(part for part in PARTS if part != "raw")
RAW_HOLDS = frozenset({"prompt", "system", "attachments", "names"})
"""The request as it was sent is made of these: it is shown only where they are."""

Json = dict[str, Any]
Sees = frozenset[str]


@dataclass(frozen=True, slots=True)
class ShareGrant:
    """Read access to one comparison by a share link, as far as its ``parts`` go.

    ``frozen``: as it was when the link was made. ``signed_in``: for signed-in people only. ``version`` changes whenever
    whoever holds an older one has to come in anew.
    """

    share_id: str
    comparison_id: str
    parts: frozenset[str] = frozenset()
    frozen: bool = False
    signed_in: bool = False
    version: str = ""

    @property
    def audience(self) -> "Audience":
        """Who looks through it."""
        return Audience(visible(self.parts))


@dataclass(frozen=True, slots=True)
class Audience:
    """Who looks: the owner (``sees`` None), or a share with these parts."""

    sees: Sees | None = None


OWNER = Audience()


def visible(parts: frozenset[str]) -> Sees:
    """The parts that are really shown: known ones, and the raw request only with all that it is made of."""
    known = parts & frozenset(PARTS)
    return known if known >= RAW_HOLDS else known - {"raw"}


def shown_data(data: Json | None) -> Json | None:
    """The data of a block without the provider's own state."""
    if data is None or OPAQUE not in data:
        return data
    return {name: value for name, value in data.items() if name != OPAQUE} or None


def shown_events(events: bytes, audience: Audience = OWNER) -> bytes:
    """A frame of the journal as ``audience`` receives it; ``[]`` if nothing is left."""
    if audience.sees is not None:
        sees = audience.sees
        left = [shown for event in json.loads(events) if (shown := _event(event, sees)) is not None]
        return _dumped(left)
    # Nearly all frames hold none of it, which is seen without reading them.
    return _dumped([_without_opaque(event) for event in json.loads(events)]) if MARK in events else events


def _dumped(events: Sequence[Json]) -> bytes:
    return json.dumps(events, ensure_ascii=False, separators=(",", ":")).encode()


def _without_opaque(event: Json) -> Json:
    if event.get("type") not in BLOCKS or not isinstance(event.get("data"), dict):
        return event
    data = shown_data(event["data"])
    rest = {name: value for name, value in event.items() if name != "data"}
    return rest if data is None else {**rest, "data": data}


def project_state(state: Json, audience: Audience, frozen_at: str | None = None) -> Json:
    """A comparison's state as ``audience`` receives it. ``frozen_at``: when it was as it is shown."""
    if audience.sees is None:
        return state
    sees = audience.sees
    raw = "raw" in sees
    return {
        **{name: state.get(name) for name in ("id", "created_at", "seq")},
        "title": state.get("title", "") if "prompt" in sees else "",
        "tags": [],
        "metadata": state.get("metadata", {}) if raw else {},
        "system": state.get("system", "") if "system" in sees else "",
        "settings": shown_settings(state.get("settings") or {}, sees),
        "columns": [_column(column, sees) for column in state.get("columns", ())],
        "turns": [_turn(turn, sees) for turn in state.get("turns", ())],
        "runs": [project_run(run, audience) for run in state.get("runs", ())],
        "shared": {"parts": [part for part in PARTS if part in sees], "frozen_at": frozen_at},
    }


def _column(column: Json, sees: Sees) -> Json:
    named = "names" in sees
    overrides = column.get("overrides") or {}
    shown = shown_settings(overrides, sees)
    if "system" in sees and "system" in overrides:
        shown["system"] = overrides["system"]
    return {
        **{name: column.get(name) for name in ("id", "label", "samples")},
        "model": column.get("model") if named else MODEL_NAME.format(label=column.get("label", "")),
        "provider": column.get("provider", "") if named else "",
        "params": shown.get("params", {}),
        "overrides": shown,
    }


def _turn(turn: Json, sees: Sees) -> Json:
    messages = [shown for each in turn.get("messages", ()) if (shown := message_of(each, sees)) is not None]
    return {**{name: turn.get(name) for name in ("id", "parent", "position")}, "messages": messages}


PLACE = ("id", "column", "turn", "sample", "attempt", "parent")


def project_run(run: Json, audience: Audience) -> Json:
    """A run object as ``audience`` receives it."""
    if audience.sees is None:
        return run
    sees = audience.sees
    content = [shown for block in run.get("content", ()) if (shown := answer_block(block, sees)) is not None]
    metadata = _metadata(run.get("metadata") or {}, sees)
    output = metadata.get("output") or {}
    reasoning, raw, metrics = "reasoning" in sees, "raw" in sees, "metrics" in sees
    return {
        **{name: run.get(name) for name in (*PLACE, "status", "finish_reason")},
        "waiting": _waiting(run.get("waiting")) if metrics else None,
        "content": content,
        "text": run.get("text", ""),
        "reasoning": run.get("reasoning") if reasoning else None,
        "tool_calls": [
            {"id": block.get("id"), "name": block.get("name"), "arguments": block.get("text", "")}
            for block in content
            if block["kind"] == "tool_call"
        ],
        "citations": [block.get("data") for block in content if block["kind"] == "citation"],
        "refusal": run.get("refusal"),
        "age_ms": run.get("age_ms") if metrics else None,
        "phases": [phase for phase in run.get("phases", ()) if reasoning or phase[0] != "reasoning"] if metrics else [],
        "parsed": output.get("parsed"),
        "validation": {"method": output.get("method"), "errors": output.get("errors", [])} if output else None,
        "native_finish_reason": run.get("native_finish_reason") if raw else None,
        "response_id": run.get("response_id") if raw else None,
        "model": run.get("model") if "names" in sees else None,
        "usage": shown_numbers(run.get("usage")) if metrics else None,
        "cost": shown_cost(run.get("cost")) if metrics else None,
        "timings": shown_numbers(run.get("timings")) if metrics else ev.Timings().model_dump(mode="json"),
        "request_report": run.get("request_report") if raw else None,
        "hops": [hop for each in run.get("hops", ()) if (hop := shown_hop(each, sees))],
        "retries": [_retry(each, sees) for each in run.get("retries", ())],
        "error": shown_error(run.get("error"), sees),
        "metadata": metadata,
    }


def _waiting(waiting: Mapping[str, Any] | None) -> Json | None:
    names = ("position", "delay_ms", "reason", "at")
    return None if waiting is None else {name: waiting[name] for name in names if name in waiting}


def _retry(retry: Mapping[str, Any], sees: Sees) -> Json:
    kept = {name: retry[name] for name in ("attempt", "delay_ms") if name in retry}
    return {**kept, "error": shown_error(retry.get("error"), sees)}


NOT_AS_ASKED = {"path": "", "message": "The answer does not fit what was asked."}


def _metadata(metadata: Mapping[str, Any], sees: Sees) -> Json:
    """What the page needs of it; all of it only with the raw request and the metrics, which it is a mixture of."""
    if {"raw", "metrics"} <= sees:
        return dict(metadata)
    shown: Json = {}
    if "metrics" in sees and metadata.get("answered_whole"):
        shown["answered_whole"] = True
    if "metrics" in sees and metadata.get("imported"):
        shown["imported"] = True
    output = metadata.get("output")
    if isinstance(output, dict):
        # The complaints of a schema quote the schema, which is a part of the request.
        errors = [NOT_AS_ASKED] if output.get("errors") else []
        shown["output"] = {"method": output.get("method"), "parsed": output.get("parsed"), "errors": errors}
    return shown


def _picked(*names: str, **needs: str) -> Callable[[Json, Sees], Json | None]:
    """These fields always; those in ``needs`` with the part that they need."""

    def pick(event: Json, sees: Sees) -> Json | None:
        kept = {"type": event["type"], **{name: event[name] for name in names if name in event}}
        return {**kept, **{name: event[name] for name, part in needs.items() if part in sees and name in event}}

    return pick


def _timed(event: Json, sees: Sees) -> Json:
    """Every delta and start has a time; without metrics all are at 0."""
    return event if "metrics" in sees else {**event, "at": 0}


def _started(event: Json, sees: Sees) -> Json:
    return _timed({"type": event["type"], "run": event["run"], "at": event.get("at", 0)}, sees)


def _waits(event: Json, sees: Sees) -> Json | None:
    names = ("type", "run", "position", "delay_ms", "reason", "at", "waited_ms")
    return {name: event[name] for name in names if name in event} if "metrics" in sees else None


def _meta(event: Json, sees: Sees) -> Json | None:
    shown = {"type": event["type"], "run": event["run"]}
    needs = {"response_id": "raw", "request_report": "raw", "model": "names", "connect_ms": "metrics"}
    shown.update({name: event[name] for name, part in needs.items() if part in sees and name in event})
    if event.get("hops") is not None:
        shown["hops"] = [hop for each in event["hops"] if (hop := shown_hop(each, sees))]
    if event.get("metadata") is not None:
        shown["metadata"] = _metadata(event["metadata"], sees)
    return shown if len(shown) > 2 else None


def _block(event: Json, sees: Sees) -> Json | None:
    block = answer_block(event, sees)
    return None if block is None else {"type": event["type"], "run": event["run"], **block}


def _block_data(event: Json, sees: Sees) -> Json | None:
    shown = {name: event[name] for name in ("type", "run", "index")}
    if "names" in sees and event.get("id") is not None:
        shown["id"] = event["id"]
    # Whether it is a tool of theirs or a provider's own is not said here.
    if "names" in sees and event.get("name") is not None:
        shown["name"] = event["name"]
    data = block_data(event.get("data"), sees)
    if data:
        shown["data"] = data
    return shown if len(shown) > 3 else None


def _delta(event: Json, sees: Sees) -> Json | None:
    if event["kind"] == "reasoning" and "reasoning" not in sees:
        return None
    names = ("type", "run", "index", "kind", "text", "at")
    return _timed({name: event[name] for name in names}, sees)


def _retrying(event: Json, sees: Sees) -> Json:
    return {"type": event["type"], "run": event["run"], **_retry(event, sees)}


def _ended(event: Json, sees: Sees) -> Json:
    shown: Json = {name: event[name] for name in ("type", "run", "finish_reason") if name in event}
    if "raw" in sees and "native_finish_reason" in event:
        shown["native_finish_reason"] = event["native_finish_reason"]
    if "metrics" in sees:
        shown.update({name: shown_numbers(event[name]) for name in ("usage", "timings") if name in event})
        shown.update({name: shown_cost(event[name]) for name in ("cost",) if name in event})
    if "error" in event:
        shown["error"] = shown_error(event["error"], sees)
    return shown


def _usage(event: Json, sees: Sees) -> Json | None:
    if "metrics" not in sees:
        return None
    return {"type": event["type"], "run": event["run"], "usage": shown_numbers(event["usage"])}


def _turn_added(event: Json, sees: Sees) -> Json:
    return {"type": event["type"], "turn": _turn(event["turn"], sees)}


def _updated(event: Json, sees: Sees) -> Json | None:
    shown: Json = {"type": event["type"]}
    if event.get("title") is not None and "prompt" in sees:
        shown["title"] = event["title"]
    if event.get("columns") is not None:
        shown["columns"] = [_column(column, sees) for column in event["columns"]]
    return shown if len(shown) > 1 else None


_EVENTS: Mapping[str, Callable[[Json, Sees], Json | None]] = {
    "run.queued": _picked("run", "column", "turn", "sample", "attempt", "parent"),
    "run.started": _started,
    "run.waiting": _waits,
    "run.admitted": _waits,
    "run.meta": _meta,
    "run.block": _block,
    "run.block_data": _block_data,
    "run.delta": _delta,
    "run.usage": _usage,
    "run.retrying": _retrying,
    "run.finished": _ended,
    "run.failed": _ended,
    "run.interrupted": _ended,
    "run.cancelled": _ended,
    "turn.added": _turn_added,
    "comparison.updated": _updated,
}
"""Every event that a share may receive at all."""


def _event(event: Json, sees: Sees) -> Json | None:
    show = _EVENTS.get(event.get("type", ""))
    return None if show is None else show(event, sees)
