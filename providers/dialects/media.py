"""Pictures, sounds and files of a request: an address that holds its data is data, which every protocol takes."""

import re

from providers.contract.messages import ChatRequest, ContentBlock, Message

DATA_URL = re.compile(r"data:(?P<type>[\w.+-]+/[\w.+-]+)[^,]*;base64,(?P<data>.*)", re.DOTALL)


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
