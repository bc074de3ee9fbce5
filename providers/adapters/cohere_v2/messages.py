"""Messages as version 2 takes them: thinking and plans go back to the fields they came from."""

from typing import Any

from providers.contract.errors import ProviderError
from providers.contract.messages import ContentBlock, Message
from providers.dialects.arguments import arguments_text
from providers.dialects.replay import kept

SILENT = frozenset({"reasoning", "citation", "server_tool"})


def messages_of(messages: tuple[Message, ...]) -> list[dict[str, Any]]:
    rendered: list[dict[str, Any]] = []
    for message in messages:
        if message.role == "tool":
            rendered.extend(_tool_result(block) for block in message.content if block.kind == "tool_result")
        elif message.role == "assistant":
            rendered.append(_assistant(message))
        else:
            rendered.append({"role": message.role, "content": _content(message)})
    return rendered


def _tool_result(block: ContentBlock) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": block.id or "", "content": block.text}


def _assistant(message: Message) -> dict[str, Any]:
    said: dict[str, Any] = {"role": "assistant"}
    plan = "".join(block.text for block in message.content if _field(block) == "tool_plan")
    calls = [
        {
            "id": block.id or f"call_{number}",
            "type": "function",
            "function": {"name": block.name or "", "arguments": arguments_text(block)},
        }
        for number, block in enumerate(message.content)
        if block.kind == "tool_call"
    ]
    thinking = [
        {"type": "thinking", "thinking": block.text}
        for block in message.content
        if _field(block) == "thinking" and block.text
    ]
    spoken = (block for block in message.content if block.kind in {"text", "refusal"} and _field(block) is None)
    text = "".join(block.text for block in spoken)
    if thinking:
        said["content"] = [*thinking, {"type": "text", "text": text}] if text else thinking
    elif text or not calls:
        said["content"] = text
    if calls:
        said["tool_calls"] = calls
        if plan:
            said["tool_plan"] = plan
    return said


def _field(block: ContentBlock) -> Any:
    """Where thoughts and plans of Cohere's own have to go back to."""
    return kept(block, "cohere_v2").get("field") if block.kind in {"reasoning", "text"} else None


def _content(message: Message) -> str | list[dict[str, Any]]:
    blocks = [block for block in message.content if block.kind not in SILENT]
    if all(block.kind == "text" for block in blocks):
        return "".join(block.text for block in blocks)
    return [_part(block) for block in blocks]


def _part(block: ContentBlock) -> dict[str, Any]:
    if block.kind == "text":
        return {"type": "text", "text": block.text}
    if block.kind != "image":
        raise ProviderError("unsupported", f"Cohere's chat cannot take {block.kind} blocks.")
    data = block.data or {}
    url = str(data.get("url", ""))
    if data.get("data"):
        url = f"data:{data.get('media_type', 'image/jpeg')};base64,{data['data']}"
    image: dict[str, Any] = {"url": url}
    if data.get("detail"):
        image["detail"] = data["detail"]
    return {"type": "image_url", "image_url": image}
