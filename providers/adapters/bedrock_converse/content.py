"""Messages as Converse takes them: turns that alternate, one key a block, bytes and never addresses."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from providers.adapters.bedrock_converse.blocks import PROTOCOL
from providers.contract.errors import ProviderError
from providers.contract.messages import ContentBlock, Message
from providers.dialects.arguments import arguments_object
from providers.dialects.jsonvalue import as_dict
from providers.dialects.replay import kept

DOCUMENTS = {
    "application/pdf": "pdf",
    "text/csv": "csv",
    "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "text/html": "html",
    "text/plain": "txt",
    "text/markdown": "md",
}
FORMATS = {
    "image/jpg": "jpeg",
    "audio/mpeg": "mp3",
    "audio/x-wav": "wav",
    "video/quicktime": "mov",
    "video/3gpp": "three_gp",
}
"""Where the format is not the second half of the media type."""
UNNAMED = re.compile(r"[^A-Za-z0-9 ()\[\]-]+")
NAME_LIMIT = 200
NO_WORDS = "."
"""Converse refuses a document without a text beside it, and one of blanks as well."""
SAID_BY_USER = frozenset({"user", "tool"})
SILENT = frozenset({"citation"})


def conversation(messages: Iterable[Message]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(system, messages). Neighbours that speak in one role are one message; blank texts, which are refused, go."""
    system: list[dict[str, Any]] = []
    turns: list[dict[str, Any]] = []
    names: set[str] = set()
    for message in messages:
        blocks = [each for block in message.content for each in _rendered(block, names)]
        if message.role == "system":
            system.extend(blocks)
            continue
        role = "user" if message.role in SAID_BY_USER else "assistant"
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"].extend(blocks)
        elif blocks:
            turns.append({"role": role, "content": blocks})
    return system, turns


def with_words(turn: dict[str, Any]) -> dict[str, Any]:
    """A turn with documents only says as little as it may."""
    content: list[dict[str, Any]] = turn["content"]
    first = next((place for place, block in enumerate(content) if "document" in block), None)
    if first is None or any("text" in block for block in content):
        return turn
    return {**turn, "content": [*content[:first], {"text": NO_WORDS}, *content[first:]]}


def called(turns: Sequence[dict[str, Any]]) -> list[str]:
    """Names of the tools that the conversation has used: Converse wants them declared again."""
    uses = (as_dict(block.get("toolUse")) for turn in turns for block in turn["content"])
    names = (use["name"] for use in uses if use.get("name") and use.get("type") != "server_tool_use")
    return list(dict.fromkeys(names))


def cache_point(cache_control: Any) -> dict[str, Any]:
    """A breakpoint; five minutes are what one gets without saying so, and older models refuse the field."""
    ttl = as_dict(cache_control).get("ttl")
    return {"cachePoint": {"type": "default", **({"ttl": ttl} if ttl not in {None, "5m"} else {})}}


def _rendered(block: ContentBlock, names: set[str]) -> list[dict[str, Any]]:
    """One block of ours: none, one or two of theirs."""
    rendered = _plain(block, names)
    if rendered and (block.data or {}).get("cache_control"):
        rendered.append(cache_point((block.data or {})["cache_control"]))
    return rendered


def _plain(block: ContentBlock, names: set[str]) -> list[dict[str, Any]]:
    data: dict[str, Any] = block.data or {}
    if block.kind in {"text", "refusal"}:
        return [{"text": block.text}] if block.text.strip() else []
    if block.kind == "reasoning":
        return _thought(block, kept(block, PROTOCOL))
    if block.kind == "server_tool":
        own = kept(block, PROTOCOL)
        return [{name: own[name]} for name in ("toolUse", "toolResult") if name in own]
    if block.kind == "tool_call":
        return [{"toolUse": {"toolUseId": block.id or "", "name": block.name or "", "input": arguments_object(block)}}]
    if block.kind == "tool_result":
        return [_result(block, data)]
    return [] if block.kind in SILENT else [_media(block, data, names)]


def _thought(block: ContentBlock, replay: dict[str, Any]) -> list[dict[str, Any]]:
    """Only what Bedrock itself has signed: it refuses thoughts it cannot check."""
    if replay.get("redactedContent"):
        return [{"reasoningContent": {"redactedContent": replay["redactedContent"]}}]
    if not replay.get("signature"):
        return []
    return [{"reasoningContent": {"reasoningText": {"text": block.text, "signature": replay["signature"]}}}]


def _result(block: ContentBlock, data: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {"toolUseId": block.id or "", "content": [{"text": block.text}]}
    if data.get("is_error"):
        result["status"] = "error"
    return {"toolResult": result}


def _media(block: ContentBlock, data: dict[str, Any], names: set[str]) -> dict[str, Any]:
    kind = str(data.get("media_type") or "").partition(";")[0].strip().lower()
    source = _source(block.kind, data)
    if block.kind == "file":
        form = DOCUMENTS.get(kind) or (block.name or "").rpartition(".")[2].lower()
        if form not in DOCUMENTS.values():
            raise ProviderError("unsupported", f"Bedrock takes no documents of the type {kind or 'unknown'}.")
        document = {"format": form, "name": _document_name(block.name, names), "source": source}
        return {"document": {**document, **({"citations": {"enabled": True}} if data.get("citations") else {})}}
    if block.kind not in {"image", "audio", "video"}:
        raise ProviderError("unsupported", f"Converse cannot take {block.kind} blocks.")
    form = FORMATS.get(kind) or kind.rpartition("/")[2]
    if not form:
        raise ProviderError("bad_request", f"The type of the {block.kind} is not known. Give its media type.")
    return {block.kind: {"format": form, "source": source}}


def _source(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    if data.get("data"):
        return {"bytes": data["data"]}
    url = str(data.get("url") or "")
    if url.startswith("s3://"):
        return {"s3Location": {"uri": url}}
    raise ProviderError("unsupported", f"Bedrock takes {kind} blocks as data or from S3, not from an address.")


def _document_name(name: str | None, names: set[str]) -> str:
    """Few characters are allowed, and no name twice."""
    stem = (name or "").rpartition(".")[0] or name or ""
    plain = " ".join(UNNAMED.sub(" ", stem).split())[:NAME_LIMIT] or "document"
    unique, number = plain, 1
    while unique in names:
        number += 1
        unique = f"{plain} {number}"
    names.add(unique)
    return unique
