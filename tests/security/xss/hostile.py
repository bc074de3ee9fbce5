"""A provider whose answers, reasoning, tools, pictures, citations and errors are what its model ids say: hostile texts.

It speaks Chat Completions, Responses and Messages.
"""

import asyncio
import json
from typing import Any

from tests.fakes.provider_server import DONE, Reply
from tests.security.upstream import Upstream
from tests.security.xss.speech import MARK, SPEECH, error, failure, frame, pieces

REFUSE = "Please refuse."
BREAK_OFF = "Please break off."
LATER = "Please ask later."
AS_JSON = "Please answer in JSON."
SLUGS = {"openai_chat": "pay", "openai_responses": "payr", "anthropic_messages": "paym"}
PATHS = {"/responses": "openai_responses", "/messages": "anthropic_messages"}
RETRY_SECONDS = 25


class Hostile(Upstream):
    """What it is asked with says how it behaves. It speaks only while the gate is open."""

    def __init__(self) -> None:
        super().__init__()
        self.payloads: dict[str, str] = {}
        """Model id -> text."""
        self._gate = asyncio.Event()

    def open(self) -> None:
        """Let everybody speak."""
        self._loop.call_soon_threadsafe(self._gate.set)

    def close(self) -> None:
        """Keep those that come now waiting."""
        self._loop.call_soon_threadsafe(self._gate.clear)

    async def answer(self, reply: Reply) -> None:
        """What the model id says, in every place that an answer has."""
        path = reply.request.path
        if reply.request.method == "GET":
            await self._tell(reply)
            return
        protocol = next((name for end, name in PATHS.items() if path.endswith(end)), "openai_chat")
        asked = reply.request.json
        text, wish = self.payloads[asked["model"]], json.dumps(asked.get("messages", asked.get("input")))
        await self._gate.wait()
        if REFUSE in wish:
            await _refuse(reply, text, 400, "0")
        elif LATER in wish:
            await _refuse(reply, text, 429, str(RETRY_SECONDS))
        else:
            await _speak(reply, protocol, text, wish)

    async def _tell(self, reply: Reply) -> None:
        """A list of models, its version; for a client with a key the refusal of that key."""
        if "authorization" in reply.request.headers:
            await _refuse(reply, next(iter(self.payloads.values()), "<b>"), 401, "0")
            return
        text = next(iter(self.payloads.values()), "<b>")
        listed = {"data": [{"id": model, "owned_by": text} for model in self.payloads], "version": text}
        await reply.whole(200, json.dumps(listed).encode())


async def _refuse(reply: Reply, text: str, status: int, after: str) -> None:
    plain = "".join(letter for letter in text if " " <= letter <= "~").strip()[:100]
    headers = {"x-request-id": plain, "request-id": plain, "retry-after": after}
    body: dict[str, Any] = {"type": "error", "error": error(text), "request_id": text}
    await reply.whole(status, json.dumps(body).encode(), headers)


async def _speak(reply: Reply, protocol: str, text: str, wish: str) -> None:
    said = [json.dumps({MARK: text, text: [text]})] if AS_JSON in wish else pieces(text)
    await reply.head()
    for number, event in enumerate(SPEECH[protocol](text, said)):
        if BREAK_OFF in wish and number == 5:
            await reply.send(frame(*failure(protocol, text)))
            break
        await reply.send(frame(*event))
    if protocol == "openai_chat":
        await reply.send(DONE)
    await reply.end()
