"""Messages as ``contents`` and ``systemInstruction``: roles user and model only, nothing empty, no equal neighbours."""

import mimetypes
from typing import Any

from providers.adapters.gemini_generate.blocks import PROTOCOL
from providers.contract.errors import ProviderError
from providers.contract.messages import ContentBlock, Message
from providers.dialects.arguments import arguments_object
from providers.dialects.jsonvalue import as_list, as_text, json_or_text
from providers.dialects.replay import kept

UNSIGNED = "skip_thought_signature_validator"
"""Google's own word for "this call was not made by you"."""
MEDIA_TYPES = {"image": "image/jpeg", "audio": "audio/wav", "video": "video/mp4", "file": "application/pdf"}
BESIDE_MEDIA = ("videoMetadata", "mediaResolution")


class Contents:
    """One conversation. ``platform`` is where it goes to, ``signs_calls`` whether the model insists on signatures."""

    def __init__(self, messages: tuple[Message, ...], platform: str, *, signs_calls: bool) -> None:
        self._platform = platform
        self._signs_calls = signs_calls
        self._names = {
            block.id: block.name
            for message in messages
            for block in message.content
            if block.kind == "tool_call" and block.id and block.name
        }
        self.system: list[dict[str, Any]] = []
        self.contents: list[dict[str, Any]] = []
        for message in messages:
            parts = [part for block in message.content for part in self._parts(block, message.role)]
            if message.role == "system":
                self.system.extend(parts)
            else:
                self._add("model" if message.role == "assistant" else "user", parts)
        if signs_calls:
            self._sign_first_calls()

    def _add(self, role: str, parts: list[dict[str, Any]]) -> None:
        if not parts:
            return
        if self.contents and self.contents[-1]["role"] == role:
            self.contents[-1]["parts"].extend(parts)
        else:
            self.contents.append({"role": role, "parts": parts})

    def _parts(self, block: ContentBlock, role: str) -> list[dict[str, Any]]:
        """The parts of one block: what Google gave goes back as it came."""
        replay = self._replay(block)
        parts = self._own_parts(block, replay, role)
        signature = as_text(replay.get("signature"))
        if parts and signature:
            parts[0]["thoughtSignature"] = signature
        after = [said for said in as_list(replay.get("after")) if isinstance(said, str)]
        return [*parts, *({"text": "", "thoughtSignature": said} for said in after)]

    def _replay(self, block: ContentBlock) -> dict[str, Any]:
        return kept(block, PROTOCOL, platform=self._platform)

    def _own_parts(self, block: ContentBlock, replay: dict[str, Any], role: str) -> list[dict[str, Any]]:
        match block.kind:
            case "text" | "refusal":
                return [{"text": block.text}] if block.text else []
            case "reasoning":
                return [{"text": block.text, "thought": True}] if "signature" in replay and block.text else []
            case "tool_call":
                return [_call(block)]
            case "tool_result":
                return [self._result(block)]
            case "server_tool":
                return [dict(part) for part in as_list(replay.get("parts")) if isinstance(part, dict)]
            case "citation":
                return []
            case _ if (block.data or {}).get("thought"):
                return [{**part, "thought": True} for part in _media(block, role)] if "signature" in replay else []
            case _:
                return _media(block, role)

    def _result(self, block: ContentBlock) -> dict[str, Any]:
        name = block.name or self._names.get(block.id or "") or ""
        response: dict[str, Any] = {"name": name, "response": _response(block)}
        return {"functionResponse": {"id": block.id, **response} if block.id else response}

    def _sign_first_calls(self) -> None:
        for content in self.contents:
            first = next((part for part in content["parts"] if "functionCall" in part), None)
            if first is not None:
                first.setdefault("thoughtSignature", UNSIGNED)


def _call(block: ContentBlock) -> dict[str, Any]:
    call = {"name": block.name or "", "args": arguments_object(block)}
    return {"functionCall": {"id": block.id, **call} if block.id else call}


def _response(block: ContentBlock) -> dict[str, Any]:
    if (block.data or {}).get("is_error"):
        return {"error": block.text}
    value = json_or_text(block.text)
    return value if isinstance(value, dict) else {"result": block.text}


def _media(block: ContentBlock, role: str) -> list[dict[str, Any]]:
    data = block.data or {}
    beside = {name: data[name] for name in BESIDE_MEDIA if name in data}
    media_type, inline, url = as_text(data.get("media_type")), as_text(data.get("data")), as_text(data.get("url"))
    guessed = media_type or mimetypes.guess_type(url.partition("?")[0])[0] or MEDIA_TYPES[block.kind]
    if inline:
        return [{"inlineData": {"mimeType": guessed, "data": inline}, **beside}]
    if url:
        return [{"fileData": {"mimeType": guessed, "fileUri": url}, **beside}]
    if role == "assistant":
        return []
    raise ProviderError("unsupported", f"The {block.kind} has neither data nor an address, so it cannot be sent.")
