"""Stream events: what an adapter yields while an answer arrives. A closed union, told apart by class.

Slotted dataclasses rather than models: thousands a second are made and thrown away.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from providers.contract.errors import ProviderError
from providers.contract.limiter import Reason
from providers.contract.messages import BlockKind

FinishReason = Literal["stop", "length", "tool_calls", "content_filter", "refusal", "error"]
DeltaKind = Literal["text", "reasoning", "tool_call", "refusal"]


class Usage(BaseModel):
    """Token counts of one answer. ``input`` INCLUDES cached, ``output`` INCLUDES reasoning tokens.

    ``None`` = the provider did not report it; 0 = it reported zero. Never summed over chunks, never invented.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    input: int | None = None
    output: int | None = None
    total: int | None = None
    cache_read: int | None = None
    cache_creation: int | None = None
    reasoning: int | None = None
    audio: int | None = None


@dataclass(slots=True, frozen=True)
class BlockOpened:
    """A new content block begins; ``index`` counts from 0 within the answer, without gaps.

    Said again of a block that is open: its ``id`` and ``name`` if given, and ``data`` merged over what it had. So a
    signature that comes at the end finds its place.
    """

    index: int
    kind: BlockKind
    id: str | None = None
    name: str | None = None
    data: dict[str, Any] | None = None


@dataclass(slots=True, frozen=True)
class Delta:
    """Text added to block ``index``, which has been opened before. For tool calls: argument text."""

    index: int
    kind: DeltaKind
    text: str


@dataclass(slots=True, frozen=True)
class UsageReported:
    """The counts so far; the last one wins. ``raw`` is the provider's own object. ``cost``: USD, as reported."""

    usage: Usage
    raw: dict[str, Any]
    cost: str | None = None


@dataclass(slots=True, frozen=True)
class ResponseInfo:
    """What the provider says about its answer. ``metadata``: system_fingerprint, created, service_tier ..."""

    response_id: str | None = None
    model: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)


ANSWERED_WHOLE = "answered_whole"
"""In the metadata of an answer that came in one piece: how fast it was written is not known."""


@dataclass(slots=True, frozen=True)
class Finished:
    """The provider gave a reason for ending. ``native_reason`` is its own word."""

    reason: FinishReason
    native_reason: str | None


@dataclass(slots=True, frozen=True)
class StreamEnded:
    """The protocol's own end marker was seen (``[DONE]`` and its like)."""


@dataclass(slots=True, frozen=True)
class StreamFailed:
    """The provider reported a failure inside the stream. Nothing follows but usage."""

    error: ProviderError


StreamEvent = BlockOpened | Delta | UsageReported | ResponseInfo | Finished | StreamEnded | StreamFailed


@dataclass(slots=True, frozen=True)
class AttemptStarted:
    """The client has sent the request (attempt counts from 1) and the response head has come.

    ``base_url`` holds no query and no credentials. ``connect_ms``: from sending to the head.
    """

    attempt: int
    provider: str
    base_url: str
    status: int
    connect_ms: float
    request_id: str | None
    rate_limits: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, frozen=True)
class Retrying:
    """The attempt failed before its first token; the next one starts after ``delay_ms``."""

    attempt: int
    delay_ms: int
    error: ProviderError


@dataclass(slots=True, frozen=True)
class Waiting:
    """The next attempt waits in line for a limit of ours; nothing of it has been sent. Comes again as that changes.

    ``delay_ms``: about how long; None if nobody can know.
    """

    position: int
    delay_ms: int | None
    reason: Reason


@dataclass(slots=True, frozen=True)
class Admitted:
    """The attempt may start, after all the call's attempts together had waited so long for limits of ours."""

    waited_ms: int


ClientEvent = StreamEvent | AttemptStarted | Retrying | Waiting | Admitted
