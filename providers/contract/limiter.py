"""Rate limits that all workers share: what is limited together (a bucket), and how a call waits for its turn.

A call passes all of its buckets at once or waits in line at each of them, first come first served. The site implements
``Limiter`` on Valkey; ``Unlimited`` is for programs that make single calls.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, NamedTuple, Protocol, Self

from pydantic import Field

from providers.contract.messages import Value

HostPolicy = Literal["parallel", "staggered", "sequential"]
Reason = Literal["requests", "tokens", "in_flight", "stagger", "paused"]
"""What one waits for: room in the minute (requests, tokens), the end of another answer, the time between two starts,
or the end of the pause that the provider asked for."""
MOST = 1_000_000_000
LONGEST_STAGGER_MS = 60_000


class RateLimits(Value):
    """Limits as data: of a catalog file, a provider, a key or a deployment. None = no limit.

    ``per_model``: whether the provider counts each of its models for itself, and so do we. While nobody has said so,
    numbers are counted for all models together, but a pause is for the model that was refused. ``host``: how calls of
    one host follow each other; ``stagger_ms``: between two starts, with the policy ``staggered``.
    """

    requests_per_minute: int | None = Field(default=None, ge=1, le=MOST)
    tokens_per_minute: int | None = Field(default=None, ge=1, le=MOST)
    in_flight: int | None = Field(default=None, ge=1, le=MOST)
    per_model: bool | None = None
    host: HostPolicy = "parallel"
    stagger_ms: int = Field(default=1000, ge=1, le=LONGEST_STAGGER_MS)


@dataclass(frozen=True, slots=True)
class Bucket:
    """What is limited together: every call that carries the same ``name``, in whichever worker. None = no limit.

    ``name`` is ours and opaque ("provider:openai", "key:12", "host:http://127.0.0.1:11434", "deployment:7"); no secret
    is in it. ``pausable``: a 429 with Retry-After of the provider stops it for that long. ``counted``: load is kept for
    ``Limiter.loads`` although nothing limits it.
    """

    name: str
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    in_flight: int | None = None
    stagger_ms: int | None = None
    pausable: bool = False
    counted: bool = False

    @property
    def limited(self) -> bool:
        """Whether a call must ask before it starts, whatever goes on elsewhere."""
        limits = (self.requests_per_minute, self.tokens_per_minute, self.in_flight, self.stagger_ms)
        return self.counted or any(limit is not None for limit in limits)

    @classmethod
    def of(cls, name: str, limits: RateLimits, *, pausable: bool = False) -> Self:
        """The bucket of whatever ``limits`` are about; its host has one of its own (``of_host``)."""
        return cls(
            name,
            requests_per_minute=limits.requests_per_minute,
            tokens_per_minute=limits.tokens_per_minute,
            in_flight=limits.in_flight,
            pausable=pausable,
        )

    @classmethod
    def of_host(cls, origin: str, limits: RateLimits) -> Self:
        """The bucket of one server, shared by all who call it."""
        return cls(
            f"host:{origin}",
            in_flight=1 if limits.host == "sequential" else None,
            stagger_ms=limits.stagger_ms if limits.host == "staggered" else None,
        )


class Wait(NamedTuple):
    """Not yet. ``position``: 1 = the next one. ``delay_ms``: about how long; None if nobody can know."""

    position: int
    delay_ms: int | None
    reason: Reason


class Load(NamedTuple):
    """What goes on in a bucket now, over all workers; requests and tokens are those of the last minute."""

    in_flight: int = 0
    requests: int = 0
    tokens: int = 0


class Ticket(Protocol):
    """One call's place in line and, once admitted, its right to run. Use it with ``async with``.

    Leaving gives everything back at once and never waits, also when the task is cancelled. ``used``: the tokens that
    the call has really cost, to be set before leaving; None leaves the estimate as it was.
    """

    used: int | None

    async def next(self) -> Wait | None:
        """None once the call may start. Otherwise how it stands: at once at first, then when that has changed."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Limiter(Protocol):
    """Grants calls their turn, the same for all workers. It never fails: without its store it lets calls pass."""

    def free(self, buckets: Sequence[Bucket]) -> bool:
        """Whether these can be passed without asking anybody: nothing is limited, counted or paused. No I/O."""
        ...

    def ticket(self, buckets: Sequence[Bucket], tokens: int) -> Ticket:
        """A ticket for one call that will cost about so many tokens, input and output."""
        ...

    def pause(self, buckets: Sequence[Bucket], seconds: float) -> None:
        """The provider has asked for a break: for so long no call of the pausable ones starts anywhere. No I/O."""
        ...

    async def loads(self, buckets: Sequence[Bucket]) -> Mapping[str, Load]:
        """By name, for choosing between deployments; all zero where nothing is known."""
        ...


class Unlimited:
    """No limits and nobody else: for commands that make single calls."""

    def free(self, buckets: Sequence[Bucket]) -> bool:
        return True

    def ticket(self, buckets: Sequence[Bucket], tokens: int) -> Ticket:
        return _Free()

    def pause(self, buckets: Sequence[Bucket], seconds: float) -> None:
        """Nobody else needs to hear of it; the caller waits by itself."""

    async def loads(self, buckets: Sequence[Bucket]) -> Mapping[str, Load]:
        return {bucket.name: Load() for bucket in buckets}


class _Free:
    """A ticket for a call that nothing holds up."""

    used: int | None = None

    async def next(self) -> Wait | None:
        return None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """There is nothing to give back."""
