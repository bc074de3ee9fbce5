"""A conversation as input items. What the same provider said earlier goes back as it said it."""

import itertools
from collections.abc import Iterable
from typing import Any

from providers.adapters.openai_responses.native import PROTOCOL
from providers.contract.errors import ProviderError
from providers.contract.messages import ContentBlock, Message
from providers.contract.quirks import ResponsesQuirks
from providers.dialects.arguments import arguments_text, free_input
from providers.dialects.jsonvalue import as_dict
from providers.dialects.replay import kept

BREAKPOINT_TTLS = frozenset({"30m", "12h"})
UNSENT = frozenset({"reasoning", "citation", "server_tool", "tool_result"})
"""Blocks of an earlier answer that mean nothing without the item they came from."""


def read_system(messages: Iterable[Message]) -> str:
    """The system texts at the beginning, for ``instructions``."""
    return "\n\n".join(message.text for message in _leading(messages))


def _leading(messages: Iterable[Message]) -> list[Message]:
    """The system messages at the beginning; none if one of them has a cache breakpoint, which only items can have."""
    leading = list(itertools.takewhile(lambda message: message.role == "system", messages))
    marked = any(_is_marked(block) for message in leading for block in message.content)
    return [] if marked else leading


def input_items(messages: tuple[Message, ...], provider: str, quirks: ResponsesQuirks) -> list[dict[str, Any]]:
    """All items in order; system texts at the beginning are left to ``instructions`` where that is the way."""
    items: list[dict[str, Any]] = []
    skipped = len(_leading(messages)) if quirks.system == "instructions" else 0
    for message in messages[skipped:]:
        if message.role == "tool":
            items.extend(_result(block, quirks) for block in message.content if block.kind == "tool_result")
        elif message.role == "assistant":
            items.extend(_answer(message, provider, quirks))
        else:
            role = message.role if message.role == "user" or quirks.system == "instructions" else quirks.system
            items.append({"role": role, "content": _content(message, quirks)})
    return _with_custom_results(items)


def _content(message: Message, quirks: ResponsesQuirks) -> str | list[dict[str, Any]]:
    blocks = [block for block in message.content if block.kind not in UNSENT]
    if all(block.kind == "text" and not _is_marked(block) for block in blocks):
        return "".join(block.text for block in blocks)
    return [_part(block, quirks) for block in blocks]


def _part(block: ContentBlock, quirks: ResponsesQuirks) -> dict[str, Any]:
    data = block.data or {}
    part: dict[str, Any] | None = None
    if block.kind == "text":
        part = {"type": "input_text", "text": block.text}
    elif block.kind == "image":
        part = {"type": "input_image", "image_url": _url(data), "detail": data.get("detail") or "auto"}
    elif block.kind == "audio" and data.get("data") and quirks.audio:
        form = str(data.get("media_type", "audio/wav")).rpartition("/")[2]
        form = {"mpeg": "mp3", "x-wav": "wav"}.get(form, form)
        part = {"type": "input_audio", "input_audio": {"data": data["data"], "format": form}}
    elif block.kind == "file" and data.get("data"):
        part = {"type": "input_file", "filename": block.name or "file.pdf", "file_data": _url(data)}
    elif block.kind == "file" and data.get("url") and quirks.file_urls:
        part = {"type": "input_file", "file_url": data["url"]}
    if part is None:
        raise ProviderError("unsupported", f"Responses cannot take {block.kind} blocks in this form.")
    if _is_marked(block):
        part["prompt_cache_breakpoint"] = _breakpoint(data["cache_control"])
    return part


def _is_marked(block: ContentBlock) -> bool:
    return bool((block.data or {}).get("cache_control"))


def _breakpoint(mark: Any) -> dict[str, Any]:
    ttl = as_dict(mark).get("ttl")
    return {"mode": "explicit", **({"ttl": ttl} if ttl in BREAKPOINT_TTLS else {})}


def _url(data: dict[str, Any]) -> str:
    if data.get("data"):
        return f"data:{data.get('media_type', 'application/octet-stream')};base64,{data['data']}"
    return str(data.get("url", ""))


def _result(block: ContentBlock, quirks: ResponsesQuirks) -> dict[str, Any]:
    """Beside text a result may hold media, under ``content``."""
    output: Any = block.text
    parts = (block.data or {}).get("content")
    if isinstance(parts, list) and parts:
        output = [_part(ContentBlock.model_validate(part), quirks) for part in parts]
    return {"type": "function_call_output", "call_id": block.id or "", "output": output}


def _with_custom_results(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A result answers in the kind of its call."""
    custom = {item["call_id"] for item in items if item.get("type") == "custom_tool_call"}
    for item in items:
        if item.get("type") == "function_call_output" and item["call_id"] in custom:
            item["type"] = "custom_tool_call_output"
    return items


def _answer(message: Message, provider: str, quirks: ResponsesQuirks) -> list[dict[str, Any]]:
    """Ids hold an answer together: they go back with all of its reasoning, or not at all."""
    native = [_native(block, provider) for block in message.content]
    thoughts = [item for block, item in zip(message.content, native, strict=True) if block.kind == "reasoning"]
    keep_ids = bool(thoughts) and all(item is not None and item.get("encrypted_content") for item in thoughts)
    items: list[dict[str, Any]] = []
    for number, (block, item) in enumerate(zip(message.content, native, strict=True)):
        rendered = _item(block, item if keep_ids else _without_id(item), number)
        if rendered is not None:
            _append(rendered, items)
    if quirks.calls_together:
        items.sort(key=lambda item: item.get("type") == "function_call")
    return items


def _native(block: ContentBlock, provider: str) -> dict[str, Any] | None:
    """The item behind a block, if this very provider made it."""
    return as_dict(kept(block, PROTOCOL, provider=provider).get("item")) or None


def _without_id(item: dict[str, Any] | None) -> dict[str, Any] | None:
    if item is None or item.get("type") not in {"message", "function_call", "custom_tool_call", "reasoning"}:
        return None if item is None or item.get("type") != "compaction" else item
    return {name: value for name, value in item.items() if name != "id"}


def _item(block: ContentBlock, native: dict[str, Any] | None, number: int) -> dict[str, Any] | None:
    if block.kind in {"text", "refusal"}:
        return _said(block, native or {})
    if block.kind == "tool_call":
        return _call(block, native or {}, number)
    if native is None:
        return None
    if native.get("type") == "image_generation_call" and (block.data or {}).get("data"):
        return {**native, "result": (block.data or {})["data"]}
    return native


def _said(block: ContentBlock, native: dict[str, Any]) -> dict[str, Any] | None:
    if not block.text:
        return None
    if not native.get("id"):
        phase = {"phase": native["phase"]} if native.get("phase") else {}
        return {"role": "assistant", "content": block.text, **phase}
    if block.kind == "refusal":
        part: dict[str, Any] = {"type": "refusal", "refusal": block.text}
    else:
        part = {"type": "output_text", "text": block.text, "annotations": []}
    return {"role": "assistant", "status": "completed", **native, "content": [part]}


def _append(item: dict[str, Any], items: list[dict[str, Any]]) -> None:
    """Several texts of one message are one item again; so is an item that was shown in two blocks."""
    last = items[-1] if items else {}
    if item.get("role") == "assistant" and last.get("role") == "assistant" and item.get("id") == last.get("id"):
        if not (last.get("phase") == item.get("phase") and type(last["content"]) is type(item["content"])):
            items.append(item)
        else:
            last["content"] = last["content"] + item["content"]
    elif not (item.get("type") == "reasoning" and item == last):
        items.append(item)


def _call(block: ContentBlock, native: dict[str, Any], number: int) -> dict[str, Any]:
    extra = {name: value for name, value in native.items() if name != "type"}
    call_id = block.id or f"call_{number}"
    if (block.data or {}).get("custom"):
        named = {"type": "custom_tool_call", "call_id": call_id, "name": block.name or ""}
        return {**named, "input": free_input(block), **extra}
    named = {"type": "function_call", "call_id": call_id, "name": block.name or ""}
    return {**named, "arguments": arguments_text(block), **extra}
