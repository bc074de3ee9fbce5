"""Content of messages and answers as a share with chosen parts receives it. Pure."""

import re
from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]
MEDIA = frozenset({"image", "audio", "video", "file"})
UPLOADED = ("attachment", "size", "missing")
"""Of an uploaded file, or one that was brought in without its bytes; its name is that of the block."""
WEB = ("http://", "https://")
MAKERS = re.compile(r"https?://[^/?#]*\b(?:vertexaisearch\.cloud\.google\.com)(?:[:/?#]|$)", re.IGNORECASE)
"""Sources that are told as addresses of the maker, which lead on to the page itself."""
PLAIN_TOOLS = frozenset({"search", "web_search", "web_fetch", "code_interpreter", "file_search"})
"""Names of tools that more than one provider uses."""
DATA = {
    "text": ("logprobs",),
    "image": ("data", "media_type", "mime_type", "title"),
    "audio": ("data", "media_type", "mime_type", "title", "transcript"),
    "video": ("data", "media_type", "mime_type", "title"),
    "file": ("data", "media_type", "mime_type", "title", "name", "filename"),
    "tool_call": (),
    "tool_result": ("input", "output"),
    "server_tool": ("input", "output"),
    "citation": ("url", "title"),
    "refusal": (),
    "reasoning": (),
}
"""What may be shown of the data of a block, by its kind: a kind that is not here is not shown at all."""
LATER = ("data", "media_type", "mime_type", "transcript", "input", "output", "url", "title", "logprobs")
"""What may be added to an open block."""


def said_data(kind: str, data: Mapping[str, Any] | None, sees: frozenset[str]) -> Json:
    """The data of a block that this share shows."""
    names = [*DATA.get(kind, ())]
    if kind in MEDIA and "names" in sees:
        names.append("url")  # the host of a remote picture names its maker
    return _allowed(data, names, sees)


def block_data(data: Mapping[str, Any] | None, sees: frozenset[str]) -> Json:
    """What has become known of a block whose kind is not said: only what no kind keeps back."""
    names = [name for name in LATER if name != "url" or "names" in sees]
    shown = _allowed(data, names, sees)
    if "attachments" not in sees and not _on_the_web(data):
        shown.pop("title", None)
    return shown


def _allowed(data: Mapping[str, Any] | None, names: list[str], sees: frozenset[str]) -> Json:
    shown = {name: data[name] for name in names if name in data} if data else {}
    if "metrics" not in sees:
        shown.pop("logprobs", None)
    if "attachments" not in sees:
        shown.pop("output", None)  # a tool of the provider's may have read a file and say what is in it
    return shown


def _on_the_web(data: Mapping[str, Any] | None) -> bool:
    url = (data or {}).get("url")
    return isinstance(url, str) and url.lower().startswith(WEB)


def neutral_url(url: object) -> str | None:
    """The address of a source without what the maker of an answer adds to it; None if it leads through the maker."""
    if not isinstance(url, str) or MAKERS.match(url):
        return None
    address, mark, fragment = url.partition("#")
    place, question, query = address.partition("?")
    kept = "&".join(each for each in query.split("&") if not each.lower().startswith("utm_"))
    return f"{place}{question if kept else ''}{kept}{mark}{fragment}"


def _neutral(kind: str, data: Json, sees: frozenset[str]) -> Json:
    if kind != "citation" or "names" in sees or "url" not in data:
        return data
    url = neutral_url(data["url"])
    return {name: value for name, value in {**data, "url": url}.items() if value is not None}


def shown_name(kind: str, name: str, sees: frozenset[str]) -> str:
    """What a tool is called: those of a provider are called after it."""
    return name if "names" in sees or kind != "server_tool" or name in PLAIN_TOOLS else "tool"


def answer_block(block: Mapping[str, Any], sees: frozenset[str]) -> Json | None:
    """A block of an answer (or the event that opens one); None if it is kept back."""
    kind = block.get("kind", "")
    if kind not in DATA or (kind == "reasoning" and "reasoning" not in sees):
        return None
    if kind == "citation" and "attachments" not in sees and not _on_the_web(block.get("data")):
        return None
    shown: Json = {"index": block["index"], "kind": kind}
    if block.get("text") and (kind != "citation" or "attachments" in sees):
        shown["text"] = block["text"]
    elif "text" in block:
        shown["text"] = ""
    # Ids that a provider makes up begin with a word of its own.
    if block.get("id") is not None and "names" in sees:
        shown["id"] = block["id"]
    if block.get("name") is not None:
        shown["name"] = shown_name(kind, block["name"], sees)
    data = _neutral(kind, said_data(kind, block.get("data"), sees), sees)
    return {**shown, "data": data} if data else shown


def message_of(message: Mapping[str, Any], sees: frozenset[str]) -> Json | None:
    """A message of a turn; None if nothing of it is shown."""
    needed = "system" if message.get("role") == "system" else "prompt"
    content = [shown for each in message.get("content", ()) if (shown := _asked(each, needed, sees)) is not None]
    return {"role": message.get("role"), "content": content} if content else None


def _asked(block: Mapping[str, Any], needed: str, sees: frozenset[str]) -> Json | None:
    kind = block.get("kind", "")
    part = "attachments" if kind in MEDIA else needed
    if kind not in DATA or part not in sees or (kind == "reasoning" and "reasoning" not in sees):
        return None
    shown: Json = {"kind": kind, "text": block.get("text", "")}
    shown.update({name: block[name] for name in ("id", "name") if block.get(name) is not None})
    names = ("url", *UPLOADED, *DATA[kind]) if kind in MEDIA else DATA[kind]
    data = {name: block["data"][name] for name in names if name in (block.get("data") or {})}
    return {**shown, "data": data} if data else shown
