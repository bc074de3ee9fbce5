"""What viewers receive of what is kept: all but the state that goes back to a provider with the next turn.

Journal and rows keep it, since a run may be taken over and an answer continued; nobody else needs it, and a thought's
signature or an encrypted item is often longer than the answer.
"""

import json
from typing import Any

OPAQUE = "replay"
MARK = b'"replay"'
BLOCKS = frozenset({"run.block", "run.block_data"})


def shown_data(data: dict[str, Any] | None) -> dict[str, Any] | None:
    """The data of a block without it."""
    if data is None or OPAQUE not in data:
        return data
    return {name: value for name, value in data.items() if name != OPAQUE} or None


def shown_events(events: bytes) -> bytes:
    """A frame of the journal without it. Nearly all hold none, which is seen without reading them."""
    if MARK not in events:
        return events
    said = [_shown(event) for event in json.loads(events)]
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def _shown(event: dict[str, Any]) -> dict[str, Any]:
    if event.get("type") not in BLOCKS or not isinstance(event.get("data"), dict):
        return event
    data = shown_data(event["data"])
    rest = {name: value for name, value in event.items() if name != "data"}
    return rest if data is None else {**rest, "data": data}
