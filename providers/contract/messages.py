"""What is sent to a model: content blocks, messages and the request of one run.

Provider-neutral values. Adapters render them, the site stores their JSON form.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from providers.contract.routing import Routing, SessionId, Trace

BlockKind = Literal[
    "text",
    "reasoning",
    "image",
    "audio",
    "video",
    "file",
    "tool_call",
    "tool_result",
    "server_tool",
    "citation",
    "refusal",
]
Role = Literal["system", "user", "assistant", "tool"]
Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]


class Value(BaseModel):
    """Base of all values here: immutable, unknown fields refused, inputs never echoed in errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class ContentBlock(Value):
    """One piece of a message, in time order.

    ``data`` holds what is particular to the kind. Media: ``url`` or ``data`` (base64) with ``media_type``. A tool the
    provider ran itself (``server_tool``): ``input`` and ``output``. A citation: ``url``, ``title``. ``cache_control``
    on any block asks for a cache breakpoint after it: ``{"type": "ephemeral", "ttl": "5m"}``. ``replay``: opaque
    provider state (signatures, encrypted or native items) that goes back unchanged, to the same protocol only:
    ``{"protocol": ..., ...}``.
    """

    kind: BlockKind
    text: str = ""
    id: str | None = None
    name: str | None = None
    data: dict[str, JsonValue] | None = None


class Message(Value):
    """One message of a conversation; ``content`` is never a bare string here."""

    role: Role
    content: tuple[ContentBlock, ...]

    @classmethod
    def of_text(cls, role: Role, text: str) -> "Message":
        return cls(role=role, content=(ContentBlock(kind="text", text=text),))

    @property
    def text(self) -> str:
        """The text blocks joined by nothing."""
        return "".join(block.text for block in self.content if block.kind == "text")


class Params(Value):
    """Parameters of one run. ``None`` means "not set" and is not sent; 0 is a value and is sent.

    ``timeout`` is in seconds and bounds one attempt in total.
    """

    temperature: float | None = Field(default=None, ge=0, le=10)
    top_p: float | None = Field(default=None, ge=0, le=1)
    max_tokens: int | None = Field(default=None, ge=1)
    stop: tuple[str, ...] | None = None
    seed: int | None = Field(default=None, ge=-(2**63), le=2**63 - 1)
    timeout: float | None = Field(default=None, gt=0, le=3600)
    max_retries: int | None = Field(default=None, ge=0, le=5)
    logprobs: bool | None = None
    top_logprobs: int | None = Field(default=None, ge=0, le=20)
    service_tier: str | None = Field(default=None, max_length=64)


class ReasoningParams(Value):
    """How hard a model may think, as far as its provider lets one say so."""

    effort: Effort | None = None
    summary: Literal["auto", "concise", "detailed"] | None = None
    budget: int | None = Field(default=None, ge=0)
    enabled: bool | None = None
    exclude: bool | None = None


class ChatRequest(Value):
    """All that an adapter needs to render one request. ``extra`` is merged into the body last, over everything.

    ``tools``: functions, flat (``name``, ``description``, ``parameters``, ``strict``) or as a protocol writes them.
    ``tool_choice``: "auto", "none", "required", or ``{"name": ...}``. ``output``: ``method`` (json_schema,
    function_calling, json_mode), ``schema``, ``strict``. ``modalities``: what the answer may hold.
    """

    model_id: str
    messages: tuple[Message, ...]
    params: Params = Params()
    reasoning: ReasoningParams | None = None
    stream: bool = True
    extra: dict[str, JsonValue] = Field(default_factory=dict)
    tools: tuple[dict[str, JsonValue], ...] = ()
    tool_choice: JsonValue = None
    parallel_tool_calls: bool | None = None
    modalities: tuple[Literal["text", "image", "audio"], ...] = ()
    output: dict[str, JsonValue] | None = None
    routing: Routing | None = None
    session_id: SessionId | None = None
    trace: Trace | None = None
    ids: dict[str, str] = Field(default_factory=dict)
    """What ``{comparison}``, ``{turn}``, ``{column}``, ``{run}`` in ``session_id`` and ``trace`` stand for."""


class RequestReport(Value):
    """What became of the parameters of a request: the truth behind "temperature 0.3".

    ``sent``: body field -> value as sent (without messages). ``renamed``: our name -> field name on the wire.
    ``clamped``: our name -> {"from", "to"}. ``dropped``: our name -> the reason in words.
    """

    sent: dict[str, Any] = Field(default_factory=dict)
    renamed: dict[str, str] = Field(default_factory=dict)
    clamped: dict[str, Any] = Field(default_factory=dict)
    dropped: dict[str, str] = Field(default_factory=dict)
