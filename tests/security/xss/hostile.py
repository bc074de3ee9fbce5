"""A provider whose answers, reasoning, tool calls and errors are what its model ids say: hostile texts."""

import asyncio
import json

from tests.fakes.provider_server import DONE, Reply, delta
from tests.security.upstream import Upstream

CUT = 3
"""Characters a chunk: most payloads come in many pieces, each state in between is painted, too."""
REFUSE = "Please refuse."
MARK = "zz-the-end-zz"


class Hostile(Upstream):
    """Asked with REFUSE it answers 400 with the text in the error. It speaks only while the gate is open."""

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
        asked = reply.request.json
        text = self.payloads[asked["model"]]
        await self._gate.wait()
        if REFUSE in asked["messages"][-1]["content"]:
            error = {"message": f"{text} {MARK}", "type": text, "code": text, "param": text}
            await reply.whole(400, json.dumps({"error": error}).encode(), {"x-request-id": "r-1"})
            return
        await reply.head()
        for name in ("reasoning_content", "content"):
            whole = f"{text}\n\n{MARK}"
            for start in range(0, len(whole), CUT):
                await reply.send(delta(None, **{name: whole[start : start + CUT]}))
        call = {"index": 0, "id": text, "type": "function", "function": {"name": text, "arguments": ""}}
        await reply.send(delta(None, tool_calls=[call]))
        arguments = json.dumps({text: [text, MARK]})
        await reply.send(delta(None, tool_calls=[{"index": 0, "function": {"arguments": arguments}}]))
        await reply.send(delta(finish="tool_calls"))
        await reply.send(DONE)
        await reply.end()
