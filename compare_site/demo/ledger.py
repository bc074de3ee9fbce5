"""What the simulated provider remembers: its last answers, made again on demand, and the requests that it got."""

import hashlib
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from compare_site.demo.answer import Answer

MOST_ANSWERS = 4096
MOST_REQUESTS = 512
MOST_REQUEST_BYTES = 32 * 1024 * 1024
FORGET_SECONDS = 60.0
CLOCK_SLACK = 0.02


@dataclass(slots=True)
class Sent:
    """One answer and how far it went. ``ended``: "" while it is being sent, then "finished", "cut", or "left"."""

    answer: Answer
    count: int = 0
    ended: str = ""

    def report(self) -> dict[str, Any]:
        """Exactly what has been written to the socket so far, and its digest."""
        said = {"text": "", "reasoning": "", "refusal": "", "arguments": ""}
        parts: dict[str, list[str]] = {kind: [] for kind in said}
        for kind, text in islice(self.answer.pieces(), self.count):
            parts[kind].append(text)
        said = {kind: "".join(texts) for kind, texts in parts.items()}
        return {
            "id": self.answer.nonce,
            "model": self.answer.model,
            **said,
            "sha256": hashlib.sha256(said["text"].encode()).hexdigest(),
            "reasoning_sha256": hashlib.sha256(said["reasoning"].encode()).hexdigest(),
            "tokens": self.count,
            "history": self.answer.digest,
            "finished": self.ended == "finished",
            "cut": self.ended == "cut",
            "client_left": self.ended == "left",
        }


@dataclass(slots=True)
class _Refusals:
    """Where one history stands: waves of refused attempts, then as many answers as the last wave had attempts."""

    waves: int = 0
    until: float = 0.0
    waiting: int = 0


@dataclass(slots=True)
class Ledger:
    """Everything that outlives one request, bounded. ``record``: list all requests to whoever asks."""

    record: bool = False
    answers: OrderedDict[str, Sent] = field(default_factory=OrderedDict)
    requests: deque[tuple[int, dict[str, Any]]] = field(default_factory=deque)
    count: int = 0
    _bytes: int = 0
    _refusals: dict[str, _Refusals] = field(default_factory=dict)

    def remember(self, answer: Answer) -> Sent:
        """Keep ``answer``; the oldest makes room."""
        sent = self.answers[answer.nonce] = Sent(answer)
        if len(self.answers) > MOST_ANSWERS:
            self.answers.popitem(last=False)
        return sent

    def note(self, body: dict[str, Any], size: int, facts: dict[str, Any]) -> None:
        """Keep a request; the oldest make room."""
        self.count += 1
        self.requests.append((size, {"n": self.count, **facts, "body": body}))
        self._bytes += size
        while len(self.requests) > MOST_REQUESTS or (self._bytes > MOST_REQUEST_BYTES and len(self.requests) > 1):
            self._bytes -= self.requests.popleft()[0]

    def request_of(self, nonce: str) -> dict[str, Any] | None:
        """The request that led to the answer ``nonce``."""
        return next((entry for _, entry in reversed(self.requests) if entry["id"] == nonce), None)

    def must_fail(self, key: str, failures: int, retry: float, now: float) -> bool:
        """Whether an attempt at ``key`` is refused once more.

        Attempts that arrive together are all refused, as by a real limit, so that copies of a column behave alike.
        """
        state = self._refusals.get(key)
        if state is None or now > state.until + FORGET_SECONDS:
            if len(self._refusals) > MOST_ANSWERS:
                self._refusals.clear()
            state = self._refusals[key] = _Refusals()
        if now < state.until - CLOCK_SLACK:
            state.waiting += 1
            return True
        if state.waves < failures:
            state.waves, state.until, state.waiting = state.waves + 1, now + retry, 1
            return True
        state.waiting -= 1
        if state.waiting <= 0:
            del self._refusals[key]
        return False
