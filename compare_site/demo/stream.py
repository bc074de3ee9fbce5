"""One answer on its way to one connection: a single chain of timers on the loop's clock, no task, no thread."""

import asyncio
from collections.abc import Callable
from itertools import islice
from typing import Any, Protocol

from compare_site.demo import wire
from compare_site.demo.ledger import Sent

BURST = 256
"""Events written in one go when there is no rate: the loop gets its turn in between."""
HANG_UP_SECONDS = 0.1
"""Clients may throw away unread data when the connection breaks: what /_sent tells must have arrived by then."""


class Line(Protocol):
    """The connection, as far as an answer needs it."""

    paused: bool

    def write(self, data: bytes, split: int = 0) -> None: ...

    def hang_up(self) -> None: ...


class Stream:
    """Sends the pieces of an answer at their times. ``on_end`` is called once when the connection is free again."""

    def __init__(self, line: Line, sent: Sent, body: dict[str, Any], on_end: Callable[[], None]) -> None:
        self._line = line
        self._sent = sent
        self._plan = sent.answer.plan
        self._on_end = on_end
        answer = sent.answer
        self._envelope = wire.Envelope(answer.nonce, answer.model, answer.tool["name"] if answer.tool else None)
        self._usage = usage_wanted(body, self._plan.usage)
        self._prompt = body.get("messages")
        self._pieces = islice(answer.pieces(), answer.limit)
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._start = 0.0
        self._calling = False
        self._reasoned = 0

    def begin(self) -> None:
        """Wait for the delay of the plan, then send the head, then the first piece."""
        self._timer = self._loop.call_later(self._plan.delay / 1000, self._open)

    def stop(self) -> None:
        """The client has gone."""
        if self._timer is not None:
            self._timer.cancel()
        if not self._sent.ended:
            self._sent.ended = "left"

    def resume(self) -> None:
        """The socket takes data again."""
        if not self._sent.ended and self._timer is None:
            self._tick()

    def _open(self) -> None:
        self._line.write(wire.STREAM_HEAD % self._sent.answer.nonce.encode())
        self._write(self._envelope.opening())
        self._start = self._loop.time() + self._plan.think / 1000
        self._timer = self._loop.call_at(self._start, self._tick)

    def _write(self, data: bytes) -> None:
        self._line.write(wire.chunk(data), self._plan.split)

    def _tick(self) -> None:
        self._timer = None
        due = self._due()
        frames: list[bytes] = []
        alive = True
        while alive and len(frames) < due:
            alive = self._step(frames)
        for frame in [b"".join(frames)] if frames and self._plan.rate == 0 else frames:
            self._write(frame)
        if alive:
            self._wait()
        else:
            self._end()

    def _due(self) -> int:
        """How many events should have been sent by now, and have not."""
        rate = self._plan.rate
        if rate == 0:
            return BURST
        passed = self._loop.time() - self._start + 0.0005
        return min(BURST, max(1, int((passed * rate - self._sent.count) / self._plan.chunk) + 1))

    def _wait(self) -> None:
        if self._line.paused:
            return
        if self._plan.rate == 0:
            self._timer = self._loop.call_later(0, self._tick)
        else:
            self._timer = self._loop.call_at(self._start + self._sent.count / self._plan.rate, self._tick)

    def _step(self, frames: list[bytes]) -> bool:
        """Add the next event; False when there is none or when the plan says that this is the end."""
        room = self._plan.after - self._sent.count if self._plan.after else self._plan.chunk
        if room <= 0:
            return False
        pieces = list(islice(self._pieces, min(max(self._plan.chunk, 1), room)))
        for kind in dict.fromkeys(kind for kind, _ in pieces):
            if kind == "arguments" and not self._calling:
                self._calling = True
                frames.append(self._envelope.call_opening(f"call_{self._sent.answer.nonce}"))
            frames.append(self._envelope.delta(kind, "".join(text for each, text in pieces if each == kind)))
        self._sent.count += len(pieces)
        self._reasoned += sum(kind == "reasoning" for kind, _ in pieces)
        return bool(pieces)

    def _end(self) -> None:
        plan = self._plan
        if plan.after and self._sent.count >= plan.after:
            self._break_off()
            return
        if plan.end:
            self._write(self._envelope.closing(self._finish()))
            if self._usage:
                self._write(self._envelope.usage(usage_of(self._prompt, self._sent.count, self._reasoned)))
            self._write(wire.DONE)
        self._line.write(wire.LAST_CHUNK)
        self._sent.ended = "finished" if plan.end else "cut"
        self._on_end()

    def _finish(self) -> str:
        answer = self._sent.answer
        if answer.limit is not None and next(islice(answer.pieces(), self._sent.count, None), None) is not None:
            return "length"
        return answer.finish_reason

    def _break_off(self) -> None:
        self._sent.ended = "cut"
        if self._plan.error:
            self._write(
                wire.event(wire.error("The simulated server failed in the middle of its answer.", "server_error"))
            )
            self._line.write(wire.LAST_CHUNK)
            self._on_end()
        elif self._plan.kind != "stall":
            self._timer = self._loop.call_later(HANG_UP_SECONDS, self._line.hang_up)


def usage_wanted(body: dict[str, Any], reported: int) -> bool:
    """A stream tells its usage when it is asked to, unless the plan forbids it."""
    options = body.get("stream_options")
    return bool(reported) and isinstance(options, dict) and options.get("include_usage") is True


def usage_of(messages: Any, sent: int, reasoned: int) -> dict[str, Any]:
    """The usage object of an answer of ``sent`` pieces."""
    prompt = max(1, len(str(messages)) // 4)
    turns = sum(1 for each in messages if isinstance(each, dict) and each.get("role") == "user") if messages else 1
    return {
        "prompt_tokens": prompt,
        "completion_tokens": sent,
        "total_tokens": prompt + sent,
        "prompt_tokens_details": {"cached_tokens": prompt // 2 if turns > 1 else 0},
        "completion_tokens_details": {"reasoning_tokens": reasoned},
    }
