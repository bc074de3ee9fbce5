"""A conversation as messages of Chat Completions, in the forms that one server takes."""

import hashlib
import re
from typing import Any

from providers.contract.errors import ProviderError
from providers.contract.messages import ContentBlock, Message
from providers.contract.spec import Quirks
from providers.dialects.arguments import arguments_text, free_input
from providers.dialects.jsonvalue import as_dict, as_text
from providers.dialects.replay import is_foreign, kept

PROTOCOL = "openai_chat"
BREAKPOINT_TTLS = frozenset({"30m"})
SILENT = frozenset({"reasoning", "citation", "server_tool"})
"""Blocks of an earlier answer that Chat Completions has no place for."""
KEPT = ("reasoning_details", "thinking_blocks", "annotations")
"""Fields of an answer that its provider wants back unchanged."""
FORMATS = {"mpeg": "mp3", "x-wav": "wav", "wave": "wav", "mp4": "m4a", "x-m4a": "m4a"}


def render_messages(messages: tuple[Message, ...], provider: str, quirks: Quirks) -> list[dict[str, Any]]:
    """All of them in order; each tool result is a message of its own."""
    rendered: list[dict[str, Any]] = []
    for message in messages:
        if message.role == "tool":
            rendered.extend(_tool_result(block, quirks) for block in message.content if block.kind == "tool_result")
        elif message.role == "assistant":
            rendered.append(_assistant(message, provider, quirks))
        else:
            rendered.append({"role": message.role, "content": _content(message, quirks)})
    return rendered


def _mark(block: ContentBlock) -> dict[str, Any]:
    return as_dict((block.data or {}).get("cache_control"))


def _tool_result(block: ContentBlock, quirks: Quirks) -> dict[str, Any]:
    text = block.text or "".join(as_text(as_dict(part).get("text")) for part in _parts_of(block))
    content: Any = text
    if _mark(block) and quirks.cache_field:
        content = [_marked({"type": "text", "text": text}, block, quirks)]
    return {"role": "tool", "tool_call_id": _call_id(block.id or "", quirks), "content": content}


def _parts_of(block: ContentBlock) -> list[Any]:
    parts = (block.data or {}).get("content")
    return parts if isinstance(parts, list) else []


def _call_id(call_id: str, quirks: Quirks) -> str:
    """The same id for a call and its result, in the form this server takes."""
    size = quirks.tool_id_length
    if not size or re.fullmatch(rf"[A-Za-z0-9]{{{size}}}", call_id):
        return call_id
    return hashlib.sha256(call_id.encode()).hexdigest()[:size]


def _assistant(message: Message, provider: str, quirks: Quirks) -> dict[str, Any]:
    text = "".join(block.text for block in message.content if block.kind in {"text", "refusal"})
    calls = [
        _call(block, number, provider, quirks)
        for number, block in enumerate(message.content)
        if block.kind == "tool_call"
    ]
    rendered: dict[str, Any] = {"role": "assistant", "content": (text or None) if calls else text}
    if calls:
        rendered["tool_calls"] = calls
        _give_reasoning_back(message, rendered, provider, quirks)
    for block in message.content:
        own = kept(block, PROTOCOL, provider=provider)
        rendered.update({name: own[name] for name in KEPT if own.get(name)})
    return rendered


def _give_reasoning_back(message: Message, rendered: dict[str, Any], provider: str, quirks: Quirks) -> None:
    """Where a provider refuses tool results without the thoughts that led to the calls: its own, not another's."""
    way = quirks.reasoning_back
    thoughts = [
        block
        for block in message.content
        if block.kind == "reasoning" and not is_foreign(block, PROTOCOL, provider=provider)
    ]
    said = "".join(block.text for block in thoughts)
    if way in {"reasoning_content", "reasoning"}:
        rendered[way] = said
    elif way == "think_tags" and said:
        rendered["content"] = f"<think>\n{said}\n</think>\n\n{rendered['content'] or ''}"
    elif way == "thinking" and said:
        parts: list[dict[str, Any]] = [
            {"type": "thinking", "thinking": [{"type": "text", "text": block.text}], **_signed(block, provider)}
            for block in thoughts
            if block.text
        ]
        if rendered["content"]:
            parts.append({"type": "text", "text": rendered["content"]})
        rendered["content"] = parts


def _signed(block: ContentBlock, provider: str) -> dict[str, Any]:
    signature = kept(block, PROTOCOL, provider=provider).get("signature")
    return {"signature": signature} if signature else {}


def _call(block: ContentBlock, number: int, provider: str, quirks: Quirks) -> dict[str, Any]:
    call_id = _call_id(block.id or f"call_{number}", quirks)
    extra = kept(block, PROTOCOL, provider=provider).get("extra_content")
    more = {"extra_content": extra} if extra else {}
    if (block.data or {}).get("custom"):
        return {"id": call_id, "type": "custom", "custom": {"name": block.name or "", "input": free_input(block)}}
    function = {"name": block.name or "", "arguments": arguments_text(block)}
    return {"id": call_id, "type": "function", "function": function, **more}


def _content(message: Message, quirks: Quirks) -> str | list[dict[str, Any]]:
    """A plain string where text is all there is: some servers refuse lists."""
    blocks = [block for block in message.content if block.kind not in SILENT]
    marked = bool(quirks.cache_field) and any(_mark(block) for block in blocks)
    if not marked and all(block.kind == "text" for block in blocks):
        return "".join(block.text for block in blocks)
    return [_marked(_part(block, quirks), block, quirks) for block in blocks]


def _marked(part: dict[str, Any], block: ContentBlock, quirks: Quirks) -> dict[str, Any]:
    mark = _mark(block)
    if not mark or not quirks.cache_field:
        return part
    if quirks.cache_field == "cache_control":
        return {**part, "cache_control": mark}
    ttl = {"ttl": mark["ttl"]} if mark.get("ttl") in BREAKPOINT_TTLS else {}
    return {**part, "prompt_cache_breakpoint": {"mode": "explicit", **ttl}}


def _part(block: ContentBlock, quirks: Quirks) -> dict[str, Any]:
    data = block.data or {}
    part: dict[str, Any] | None = None
    if block.kind == "text":
        part = {"type": "text", "text": block.text}
    elif block.kind == "image":
        detail = {"detail": data["detail"]} if data.get("detail") else {}
        part = {"type": "image_url", "image_url": {"url": _url(data), **detail}}
    elif block.kind == "audio":
        part = _audio(data, quirks)
    elif block.kind == "video" and quirks.video_part and _url(data):
        part = {"type": "video_url", "video_url": {"url": _url(data)}}
    elif block.kind == "file":
        part = _file(block, data, quirks)
    if part is None:
        raise ProviderError("unsupported", f"Chat Completions cannot take {block.kind} blocks in this form here.")
    return part


def _audio(data: dict[str, Any], quirks: Quirks) -> dict[str, Any] | None:
    if quirks.audio_part == "audio_url" and _url(data):
        return {"type": "audio_url", "audio_url": {"url": _url(data)}}
    if quirks.audio_part == "string" and _url(data):
        return {"type": "input_audio", "input_audio": data.get("data") or data.get("url")}
    if quirks.audio_part != "input_audio" or not data.get("data"):
        return None
    form = str(data.get("media_type", "audio/wav")).rpartition("/")[2]
    said = _url(data) if quirks.audio_as_url else data["data"]
    return {"type": "input_audio", "input_audio": {"data": said, "format": FORMATS.get(form, form)}}


def _file(block: ContentBlock, data: dict[str, Any], quirks: Quirks) -> dict[str, Any] | None:
    url = _url(data)
    if not url or not quirks.file_part:
        return None
    if quirks.file_part == "document_url":
        return {"type": "document_url", "document_url": url}
    if quirks.file_part == "file_url":
        return {"type": "file_url", "file_url": {"url": url}}
    if not data.get("data") and not quirks.file_urls:
        return None
    return {"type": "file", "file": {"filename": block.name or "file.pdf", "file_data": url}}


def _url(data: dict[str, Any]) -> str:
    if data.get("data"):
        return f"data:{data.get('media_type', 'application/octet-stream')};base64,{data['data']}"
    return str(data.get("url") or "")
