"""Pictures, sounds and files of a request: what may be sent; an address that holds its data is data, which all take."""

import re

from providers.contract.errors import ProviderError
from providers.contract.messages import ChatRequest, ContentBlock, Message
from providers.contract.spec import MediaKind, MediaRule, ProviderSpec

DATA_URL = re.compile(r"data:(?P<type>[\w.+-]+/[\w.+-]+)[^,]*;base64,(?P<data>.*)", re.DOTALL)

KINDS: dict[str, MediaKind] = {"image": "image", "audio": "audio", "video": "video", "file": "pdf"}
SAME = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "audio/wave": "audio/wav",
    "audio/x-wav": "audio/wav",
    "audio/vnd.wave": "audio/wav",
    "audio/mp3": "audio/mpeg",
    "audio/m4a": "audio/mp4",
    "audio/x-m4a": "audio/mp4",
    "audio/x-flac": "audio/flac",
    "audio/x-aiff": "audio/aiff",
    "video/mov": "video/quicktime",
}
"""Other names of the same types."""
PDF = "application/pdf"
MIB = 1024 * 1024


def check_media(request: ChatRequest, spec: ProviderSpec) -> None:
    """Raise ProviderError for a file that this provider is documented not to take. What is not known is tried."""
    if not spec.media:
        return
    for message in request.messages:
        for block in message.content:
            kind = KINDS.get(block.kind)
            if kind in spec.media:
                _check(block, kind, spec.media[kind], spec.name)


def _check(block: ContentBlock, kind: MediaKind, rule: MediaRule, name: str) -> None:
    data = block.data or {}
    said = str(data.get("media_type") or "").partition(";")[0].strip().lower()
    media_type = SAME.get(said, said)
    if kind == "pdf" and media_type != PDF:
        return
    if rule.types and media_type and media_type not in rule.types:
        known = ", ".join(rule.types)
        raise ProviderError("unsupported", f"{name} takes no {media_type}. Convert the file to one of these: {known}.")
    size = len(str(data.get("data") or "")) * 3 // 4
    if rule.most is not None and size > rule.most:
        message = f"This file ({media_type or kind}) has {size / MIB:.1f} MiB; {name} takes {rule.most / MIB:g} MiB."
        raise ProviderError("unsupported", message)


def with_data(request: ChatRequest) -> ChatRequest:
    """The request with every ``data:`` address read."""
    if not any(_holds_data(block) for message in request.messages for block in message.content):
        return request
    return request.model_copy(update={"messages": tuple(map(_read, request.messages))})


def _holds_data(block: ContentBlock) -> bool:
    return str((block.data or {}).get("url", ""))[:5] == "data:"


def _read(message: Message) -> Message:
    return message.model_copy(update={"content": tuple(map(_as_data, message.content))})


def _as_data(block: ContentBlock) -> ContentBlock:
    found = DATA_URL.fullmatch(str((block.data or {}).get("url", "")))
    if found is None:
        return block
    rest = {name: value for name, value in (block.data or {}).items() if name != "url"}
    return block.model_copy(update={"data": {"media_type": found["type"], **rest, "data": found["data"]}})
