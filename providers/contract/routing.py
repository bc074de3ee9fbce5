"""Typed options of routers such as OpenRouter: which upstreams may answer, and the ids of session and trace."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

SESSION_MOST = 256
Name = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Names = Annotated[tuple[Name, ...], Field(max_length=64)]
Quantization = Literal[
    "int4", "int8", "fp4", "mxfp4", "nvfp4", "fp6", "fp8", "mxfp8", "fp16", "bf16", "fp32", "unknown"
]
SortBy = Literal["price", "throughput", "latency", "exacto"]
Amount = Annotated[float, Field(ge=0)] | Annotated[str, StringConstraints(pattern=r"^\d{1,9}(\.\d{1,12})?$")]
"""USD, as a number or as a decimal string; what is given is sent as it was given."""
SessionId = Annotated[str, StringConstraints(min_length=1, max_length=SESSION_MOST)]


class _Value(BaseModel):
    """As all values of the contract: immutable, unknown fields refused, inputs never echoed in errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Sort(_Value):
    """Instead of balancing: the best first, for each model apart or over all of them."""

    by: SortBy
    partition: Literal["model", "none"] | None = None


class MaxPrice(_Value):
    """Nobody dearer is asked."""

    prompt: Amount | None = None
    completion: Amount | None = None
    request: Amount | None = None
    image: Amount | None = None
    audio: Amount | None = None


class Upstreams(_Value):
    """Which of the providers behind it may answer, and in which order."""

    order: Names | None = None
    only: Names | None = None
    ignore: Names | None = None
    allow_fallbacks: bool | None = None
    require_parameters: bool | None = None
    data_collection: Literal["allow", "deny"] | None = None
    zdr: bool | None = None
    enforce_distillable_text: bool | None = None
    quantizations: tuple[Quantization, ...] | None = None
    sort: SortBy | Sort | None = None
    max_price: MaxPrice | None = None
    preferred_min_throughput: float | dict[str, float] | None = None
    preferred_max_latency: float | dict[str, float] | None = None
    options: dict[str, JsonValue] | None = None


class Plugin(_Value):
    """A step that the service itself adds; what is particular to it stands beside its id."""

    model_config = ConfigDict(frozen=True, extra="allow", hide_input_in_errors=True)

    id: Name
    enabled: bool | None = None


class Routing(_Value):
    """``models``: tried in order after the model itself. ``route``: older; ``sort`` is only known to old accounts."""

    provider: Upstreams | None = None
    models: Names | None = None
    route: Literal["fallback", "sort"] | None = None
    plugins: tuple[Plugin, ...] | None = Field(default=None, max_length=16)


class Trace(_Value):
    """What observability tools shall know a request by; other names are passed on as they are."""

    model_config = ConfigDict(frozen=True, extra="allow", hide_input_in_errors=True)

    trace_id: Name | None = None
    trace_name: Name | None = None
    span_name: Name | None = None
    generation_name: Name | None = None
    parent_span_id: Name | None = None
