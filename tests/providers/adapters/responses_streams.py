"""Streams of Responses made piece by piece, as servers send them that leave things out."""

import json
from typing import Any

from providers.adapters.openai_responses.stream import ResponsesParser
from providers.contract.events import Delta, StreamEvent
from providers.contract.spec import ProviderSpec

SPEC = ProviderSpec(slug="any", name="Any", base_url="https://host.example/v1")
THOUGHT, TEXT, ARGUMENTS = "first I think", "then I speak", '{"city":"Ulm"}'
ITEMS: tuple[dict[str, Any], ...] = (
    {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": THOUGHT}]},
    {"type": "message", "id": "msg_1", "content": [{"type": "output_text", "text": TEXT, "annotations": []}]},
    {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "weather", "arguments": ARGUMENTS},
)
EMPTY: tuple[dict[str, Any], ...] = ({"summary": []}, {"content": []}, {"arguments": ""})
PIECES = (
    ("response.reasoning_summary_text", "summary_index", "text", THOUGHT),
    ("response.output_text", "content_index", "text", TEXT),
    ("response.function_call_arguments", "", "arguments", ARGUMENTS),
)
LEFT_OUT = ("added", "delta", "text.done", "item.done", "closing", "item_id", "output_index", "part index")


def feed(*events: Any, spec: ProviderSpec = SPEC) -> list[StreamEvent]:
    parser = ResponsesParser(spec)
    said = [
        found
        for event in events
        for found in parser.feed(event if isinstance(event, bytes) else json.dumps(event).encode())
    ]
    return [*said, *parser.end()]


def shown(events: list[StreamEvent]) -> list[tuple[int, str, str]]:
    """Index, kind and text of every block that has text."""
    texts: dict[tuple[int, str], str] = {}
    for event in events:
        if isinstance(event, Delta):
            texts[event.index, event.kind] = texts.get((event.index, event.kind), "") + event.text
    return [(index, kind, text) for (index, kind), text in texts.items()]


def stream(without: set[str], sizes: int) -> list[dict[str, Any]]:
    """The events of a whole answer, as a server that leaves these things out would send them."""
    events: list[tuple[str, dict[str, Any]]] = []
    for index, (item, empty, (word, number, field, text)) in enumerate(zip(ITEMS, EMPTY, PIECES, strict=True)):
        place = {"item_id": item["id"], "output_index": index, **({number: 0} if number else {})}
        events.append(("added", {"type": "response.output_item.added", **place, "item": {**item, **empty}}))
        cut = [text[at : at + sizes] for at in range(0, len(text), sizes)]
        events += [("delta", {"type": f"{word}.delta", **place, "delta": piece}) for piece in cut]
        events.append(("text.done", {"type": f"{word}.done", **place, field: text}))
        events.append(("item.done", {"type": "response.output_item.done", **place, "item": item}))
    closing = () if "closing" in without else ITEMS
    events.append(("end", {"type": "response.completed", "response": {"status": "completed", "output": closing}}))
    hidden = {"item_id", "output_index"} & without
    if "part index" in without:
        hidden |= {"summary_index", "content_index"}
    return [
        {name: value for name, value in event.items() if name not in hidden}
        for kind, event in events
        if kind not in without
    ]
