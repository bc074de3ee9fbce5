"""The hand-written recordings of this project: one folder a protocol, one a case.

``answer.sse|ndjson|json`` is the body as bytes; ``answer.frames`` one AWS frame a line: name, space, payload.
``expected.json`` the events it must give, one list each: the class name, then its fields as far as they are set.
``python -m tests.providers.recordings.reading CASE`` prints what the adapter makes of one: read it, then keep it.
"""

import json
import sys
from dataclasses import asdict, fields
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from providers.adapters import get_adapter
from providers.contract.adapter import Framing
from providers.contract.events import Delta, StreamEvent, StreamFailed, UsageReported
from providers.contract.spec import ProviderSpec
from providers.reading import AnswerReader
from tests.fakes import aws_frames

FOLDER = Path(__file__).parent
FRAMINGS: dict[str, Framing] = {".ndjson": "ndjson", ".frames": "eventstream"}


class Case(NamedTuple):
    """One recording."""

    protocol: str
    name: str
    body: bytes
    expected: list[Any]
    framing: Framing = "sse"

    def __str__(self) -> str:
        return f"{self.protocol}-{self.name}"


@cache
def cases() -> tuple[Case, ...]:
    """All of them, found by themselves; read once, however many examples ask for them."""
    return tuple(_case(path) for path in sorted(FOLDER.glob("*/*/answer.*")))


def _case(path: Path) -> Case:
    expected = path.with_name("expected.json")
    events = json.loads(expected.read_text(encoding="utf-8")) if expected.exists() else []
    framing = FRAMINGS.get(path.suffix, "sse")
    return Case(path.parent.parent.name, path.parent.name, _body(path), events, framing)


def _body(path: Path) -> bytes:
    if path.suffix != ".frames":
        return path.read_bytes()
    lines = [line.partition(" ") for line in path.read_text(encoding="utf-8").splitlines()]
    return b"".join(_frame(name, json.loads(payload)) for name, _, payload in lines)


def _frame(name: str, payload: Any) -> bytes:
    if name == "chunk":
        return aws_frames.chunk(payload)
    kind, is_exception, inner = name.partition("exception:")
    return aws_frames.exception(inner, payload) if is_exception else aws_frames.event(kind, payload)


def read(case: Case, *pieces: bytes) -> list[Any]:
    """The events of the body in these pieces (whole if none are given), with deltas of one block joined."""
    adapter = get_adapter(case.protocol)
    spec = ProviderSpec(slug="recorded", name="Recorded", base_url="http://localhost", quirks=_quirks())
    reader = AnswerReader(adapter, spec, case.framing, 1_000_000)
    events: list[StreamEvent] = []
    for piece in pieces or (case.body,):
        events.extend(reader.feed(piece))
    events.extend(reader.end())
    if reader.failure is not None:
        events.append(StreamFailed(reader.failure))
    return joined(events)


def _quirks() -> Any:
    return {"usage": {"cost": ["cost", "cost.total_cost"]}}


def joined(events: list[StreamEvent]) -> list[Any]:
    """Comparable values; how a text was cut into deltas is no fact."""
    out: list[Any] = []
    for event in events:
        value = plain(event)
        if isinstance(event, Delta) and out and out[-1][:3] == value[:3]:
            out[-1][3] += value[3]
        else:
            out.append(value)
    return out


def plain(event: StreamEvent) -> list[Any]:
    """An event as a list that JSON can hold."""
    name = type(event).__name__
    if isinstance(event, Delta):
        return [name, event.index, event.kind, event.text]
    if isinstance(event, StreamFailed):
        error = event.error
        return [name, {"code": error.code, "message": error.message, "retryable": error.retryable}]
    if isinstance(event, UsageReported):
        counts = {key: count for key, count in event.usage.model_dump().items() if count is not None}
        return [name, counts, *([event.cost] if event.cost else [])]
    said = {field.name: getattr(event, field.name) for field in fields(event)}
    return [name, {key: value for key, value in said.items() if value not in (None, {})}] if asdict(event) else [name]


if __name__ == "__main__":
    for found in cases():
        if found.name in sys.argv[1:]:
            sys.stdout.write("[\n" + ",\n".join(json.dumps(e, ensure_ascii=False) for e in read(found)) + "\n]\n")
