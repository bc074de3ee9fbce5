"""What the simulated provider says: a plan, a nonce and the history give always the same pieces of answer.

The text begins with the nonce, which is the response id; the rest depends on nonce, model and history, so that text
of one column in another shows at once.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, Literal

from compare_site.demo import texts
from compare_site.demo.grammar import Plan

Kind = Literal["reasoning", "text", "refusal", "arguments"]
Piece = tuple[Kind, str]
CALL_KINDS: dict[str, Any] = {"integer": 7, "number": 0.5, "boolean": True, "array": [], "object": {}, "null": None}


def digest_of(messages: Any) -> str:
    """SHA-256 of the history as canonical JSON."""
    canonical = json.dumps(messages, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, not yet sent. ``limit``: the request's own maximum of tokens."""

    nonce: str
    model: str
    plan: Plan
    digest: str
    asked: int
    tool: dict[str, Any] | None = None
    limit: int | None = None

    @property
    def key(self) -> str:
        """What the words after the nonce depend on."""
        chosen = self.nonce if self.plan.seed is None else f"seed {self.plan.seed}"
        return f"{chosen}/{self.model}/{self.digest}"

    def pieces(self) -> Iterator[Piece]:
        """The whole answer in tokens, in the order of sending; made while it is sent: long ones cost nothing ahead."""
        return chain(self._reasoning(), self._body(), self._call())

    @property
    def finish_reason(self) -> str:
        """As the wire names it, when all pieces were sent."""
        return "stop" if self.tool is None else "tool_calls"

    def _reasoning(self) -> Iterator[Piece]:
        if self.plan.reasoning:
            opening = f"Thinking about message {self.asked} for {self.nonce}."
            words = self._prose(self.key + "/reasoning", opening, self.plan.reasoning, exact=self.plan.exact_reasoning)
            yield from (("reasoning", token) for token in words)

    def _body(self) -> Iterator[Piece]:
        kind: Kind = "refusal" if self.plan.kind == "refuses" else "text"
        opening = texts.tokens(f"{self.nonce}")
        for token in opening:
            yield kind, token
        yield from ((kind, token) for token in self._rest(len(opening)))

    def _rest(self, used: int) -> Iterator[str]:
        left = max(self.plan.tokens - used, 0) if self.plan.tokens else None
        if self.plan.kind == "refuses":
            return islice(iter(texts.tokens(f" {texts.REFUSAL}")), left)
        if self.plan.kind == "markdown":
            page = texts.tokens(f"\n{texts.MARKDOWN}")
            pages = iter(page) if left is None else (token for _ in range(left // len(page) + 1) for token in page)
            return islice(pages, left)
        opening = f"\n\nSimulated answer of {self.plan.kind} to message {self.asked}, history {self.digest[:12]}."
        if left is None:
            return iter(texts.tokens(opening))
        return self._prose(self.key, opening, left, exact=self.plan.exact_tokens)

    def _prose(self, key: str, opening: str, wanted: int, *, exact: bool) -> Iterator[str]:
        """So many tokens; unless they must be exact, the sentence that reaches the number is finished."""
        sent = 0
        for text in chain((opening,), texts.sentences(key, self.plan.unicode)):
            for token in texts.tokens(text):
                if exact and sent >= wanted:
                    return
                yield token
                sent += 1
            if sent >= wanted:
                return

    def _call(self) -> Iterator[Piece]:
        if self.tool is not None:
            arguments = json.dumps(_arguments(self.tool, self.nonce), ensure_ascii=False)
            for start in range(0, len(arguments), 5):
                yield "arguments", arguments[start : start + 5]


DEFAULT_TOOL: dict[str, Any] = {
    "name": "get_weather",
    "parameters": {"properties": {"city": {"type": "string"}, "days": {"type": "integer"}}},
}


def tool_of(body: dict[str, Any]) -> dict[str, Any]:
    """The function to call: the request's first, or one of our own."""
    for tool in body.get("tools") or []:
        function = tool.get("function") if isinstance(tool, dict) else None
        if isinstance(function, dict) and function.get("name"):
            return function
    return DEFAULT_TOOL


def _arguments(function: dict[str, Any], nonce: str) -> dict[str, Any]:
    properties = (function.get("parameters") or {}).get("properties") or {}
    return {
        name: CALL_KINDS.get(schema.get("type", "string") if isinstance(schema, dict) else "string", nonce)
        for name, schema in properties.items()
    }


def prompt_tokens(messages: Any) -> int:
    """A count that grows with the history: what the simulated usage reports as input."""
    return max(1, len(json.dumps(messages, ensure_ascii=False)) // 4)
