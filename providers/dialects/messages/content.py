"""Messages of ours as Messages of theirs: user and assistant in turns, system apart, state replayed as it came."""

import base64
import binascii
import re
from operator import itemgetter
from typing import Any

from providers.contract.errors import ProviderError
from providers.contract.messages import ContentBlock, Message
from providers.dialects.arguments import arguments_object
from providers.dialects.jsonvalue import as_count, as_dict, as_list, as_text
from providers.dialects.messages.blocks import PROTOCOL
from providers.dialects.replay import kept

STRANGE = re.compile(r"[^a-zA-Z0-9_-]")
Wired = dict[str, Any]


def render_system(messages: tuple[Message, ...], *, inside: bool) -> str | list[Wired] | None:
    """The system text, which has a place of its own. ``inside``: later ones stay where they were said."""
    blocks: list[Wired] = []
    for message in messages:
        if message.role == "system":
            blocks += [_text(block) for block in message.content if block.kind == "text" and block.text.strip()]
        elif inside:
            break
    if not blocks:
        return None
    return _plain(blocks) if len(blocks) == 1 else blocks


def render_messages(messages: tuple[Message, ...], *, inside: bool) -> list[Wired]:
    """Turns: neighbours of one role are one message, empty ones are left out."""
    turns: list[tuple[str, list[Wired]]] = []
    calls = 0
    for message in messages:
        if message.role == "system" and not (inside and turns):
            continue
        if message.role == "assistant":
            blocks = _assistant(message.content, calls)
            calls += sum(block.kind == "tool_call" for block in message.content)
        else:
            blocks = [wired for block in message.content if (wired := _part(block)) is not None]
        role = "user" if message.role == "tool" else message.role
        if blocks and turns and turns[-1][0] == role:
            turns[-1][1].extend(blocks)
        elif blocks:
            turns.append((role, blocks))
    return [{"role": role, "content": _plain(blocks)} for role, blocks in turns]


def _plain(blocks: list[Wired]) -> str | list[Wired]:
    """A string where one text is all there is."""
    if len(blocks) == 1 and set(blocks[0]) == {"type", "text"}:
        return str(blocks[0]["text"])
    return blocks


def _assistant(content: tuple[ContentBlock, ...], calls: int) -> list[Wired]:
    """An earlier answer. Results of tools that ran at the provider go back to where they came."""
    wired: list[Wired] = []
    later: dict[int, list[tuple[int, Wired]]] = {}
    for place, block in enumerate(content):
        if block.kind == "tool_call":
            wired.append(_call(block, calls))
            calls += 1
        elif block.kind in {"text", "refusal"}:
            wired += _said(block)
        elif block.kind == "reasoning":
            wired += _thought(block)
        elif block.kind == "server_tool" and (state := kept(block, PROTOCOL)):
            wired += _server_tool(block, state)
            if result := as_dict(state.get("result")):
                native = {**result, "content": (block.data or {}).get("output")}
                there = min(place + _count(state, "after"), len(content) - 1)
                later.setdefault(there, []).append((_count(state, "nth"), native))
        wired += [native for _, native in sorted(later.pop(place, []), key=itemgetter(0))]
    return wired


def _count(state: Wired, name: str) -> int:
    return as_count(state.get(name)) or 0


def _said(block: ContentBlock) -> list[Wired]:
    """Text, cut and cited as it came where that is known."""
    parts = as_list(kept(block, PROTOCOL).get("parts"))
    lengths = [part[0] for part in parts if isinstance(part, list) and len(part) == 2 and isinstance(part[0], int)]
    if not lengths or len(lengths) != len(parts) or sum(lengths) != len(block.text):
        return [_text(block)] if block.text.strip() else []
    wired: list[Wired] = []
    start = held = 0
    for length, citations in parts:
        end = start + length
        if block.text[held:end].strip():
            wired.append({"type": "text", "text": block.text[held:end]})
            if citations:
                wired[-1]["citations"] = citations
            held = end
        start = end
    if wired:
        wired[-1]["text"] += block.text[held:]
        _mark(wired[-1], block)
    return wired


def _thought(block: ContentBlock) -> list[Wired]:
    state = kept(block, PROTOCOL)
    if state.get("data"):
        return [{"type": "redacted_thinking", "data": state["data"]}]
    if "signature" not in state:
        return []
    return [{"type": "thinking", "thinking": block.text, "signature": state["signature"]}]


def _server_tool(block: ContentBlock, state: Wired) -> list[Wired]:
    """The use of a tool, or a block we do not know, as it came; its result is put in by the caller."""
    data = block.data or {}
    if used := as_dict(state.get("use")):
        return [{**used, "input": data.get("input") or {}}]
    kind = as_text(state.get("block"))
    return [{"type": kind, **as_dict(data.get("output"))}] if kind else []


def _call(block: ContentBlock, number: int) -> Wired:
    wired = {
        "type": "tool_use",
        "id": _id(block.id or f"call_{number}"),
        "name": block.name or "unnamed",
        "input": arguments_object(block),
    }
    return _mark({**as_dict(kept(block, PROTOCOL).get("also")), **wired}, block)


def _id(text: str) -> str:
    """Ids of other providers hold characters that are refused here."""
    return STRANGE.sub("_", text)


def _part(block: ContentBlock) -> Wired | None:
    """A block of a user's or a tool's message; blank text is refused by the server and left out."""
    if block.kind == "text":
        return _text(block) if block.text.strip() else None
    if block.kind == "tool_result":
        return _result(block)
    if block.kind == "image":
        return _mark({"type": "image", "source": _source(block)}, block)
    if block.kind == "file":
        return _document(block)
    if block.kind in {"reasoning", "citation", "server_tool"}:
        return None
    raise ProviderError("unsupported", f"Anthropic's Messages cannot take {block.kind} blocks.")


def _text(block: ContentBlock) -> Wired:
    return _mark({"type": "text", "text": block.text}, block)


def _mark(wired: Wired, block: ContentBlock) -> Wired:
    """A cache breakpoint where one was asked for, and nowhere else."""
    marked = (block.data or {}).get("cache_control")
    if isinstance(marked, dict):
        wired["cache_control"] = marked
    return wired


def _result(block: ContentBlock) -> Wired:
    data = block.data or {}
    content = data.get("content")
    wired: Wired = {"type": "tool_result", "tool_use_id": _id(block.id or "call_0")}
    wired["content"] = content if isinstance(content, list) else block.text
    if data.get("is_error") is not None:
        wired["is_error"] = bool(data["is_error"])
    return _mark(wired, block)


def _source(block: ContentBlock) -> Wired:
    data = block.data or {}
    url = as_text(data.get("url"))
    if data.get("data"):
        default = "image/png" if block.kind == "image" else "application/pdf"
        return {"type": "base64", "media_type": data.get("media_type") or default, "data": data["data"]}
    if url:
        return {"type": "url", "url": url}
    if data.get("file_id"):
        return {"type": "file", "file_id": data["file_id"]}
    raise ProviderError("unsupported", f"The {block.kind} block has neither data nor an address.")


def _document(block: ContentBlock) -> Wired:
    source = _source(block)
    kind = as_text(source.get("media_type"))
    if kind.startswith("text/"):
        source = {"type": "text", "media_type": "text/plain", "data": _decoded(as_text(source["data"]))}
    elif kind and kind != "application/pdf":
        raise ProviderError("unsupported", f"Anthropic's Messages takes PDF and plain text, not {kind}.")
    wired: Wired = {"type": "document", "source": source}
    data = block.data or {}
    if block.name:
        wired["title"] = block.name
    wired |= {name: data[name] for name in ("context", "citations") if data.get(name)}
    return _mark(wired, block)


def _decoded(data: str) -> str:
    try:
        return base64.b64decode(data, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        raise ProviderError("unsupported", "The text file is not base64 of UTF-8.") from None
