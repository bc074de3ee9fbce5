"""Shapes of answers, for the OpenAPI document. Answers may gain fields; the fields here stay."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class Out(BaseModel):
    """Base of all answers."""

    model_config = ConfigDict(extra="allow")


class ErrorBody(Out):
    code: str
    message: str
    details: Any = None


class ErrorOut(Out):
    error: ErrorBody


class CapabilitySourceOut(Out):
    source: str
    date: str | None


class MeasuredOut(Out):
    """Medians of the latest finished runs here: how many there were, and the day of the oldest."""

    tokens_per_s: float | None
    ttft_ms: float | None
    runs: int
    since: str


class MediaRuleOut(Out):
    types: list[str]
    most: int | None


class ModelOut(Out):
    id: str
    model_id: str
    label: str
    capabilities: dict[str, bool | None]
    capability_sources: dict[str, CapabilitySourceOut | None]
    media: dict[str, Any]
    context_window: int | None
    prices: dict[str, str] | None
    fact_sources: dict[str, CapabilitySourceOut | None]
    media_forms: dict[str, dict[str, bool | None]]
    media_rules: dict[str, MediaRuleOut]
    efforts: list[str] | None
    measured: MeasuredOut | None
    docs_url: str
    available: bool
    typed: bool


class ProviderOut(Out):
    id: str
    label: str
    available: bool
    why_unavailable: str
    key: Literal["stored", "environment", "none needed", "missing"]
    variable: str
    docs_url: str
    keys_url: str
    local: bool
    protocols: list[str]
    models: int


class ColumnOut(Out):
    id: str
    label: str
    model: str
    provider: str
    params: dict[str, Any]


class TurnOut(Out):
    id: str
    parent: str | None
    messages: list[dict[str, Any]]


class RunOut(Out):
    id: str
    column: str
    turn: str
    sample: int
    attempt: int
    parent: str | None
    status: Literal["queued", "running", "retrying", "finished", "failed", "cancelled", "interrupted"]
    waiting: dict[str, Any] | None
    content: list[dict[str, Any]]
    text: str
    reasoning: str | None
    tool_calls: list[dict[str, Any]]
    citations: list[Any]
    refusal: str | None
    parsed: Any
    validation: Any
    finish_reason: str | None
    native_finish_reason: str | None
    response_id: str | None
    model: str | None
    usage: dict[str, int | None] | None
    cost: dict[str, str] | None
    timings: dict[str, float | int | None]
    request_report: dict[str, Any] | None
    hops: list[dict[str, Any]]
    retries: list[dict[str, Any]]
    error: dict[str, Any] | None
    tags: list[str]
    labels: dict[str, str]
    age_ms: int | None = None
    """Since it was queued, while it is open."""


class StateOut(Out):
    id: str
    title: str
    tags: list[str]
    seq: str
    columns: list[ColumnOut]
    turns: list[TurnOut]
    runs: list[RunOut]


class CreatedOut(Out):
    id: str
    url: str
    ws_url: str
    state: StateOut


class ImportedOut(CreatedOut):
    unknown_models: list[str]
    missing_files: list[dict[str, Any]]


class SnippetOut(Out):
    name: str
    label: str
    code: str
    note: str


class SnippetsOut(Out):
    items: list[SnippetOut]
    next: str | None


class SummaryOut(Out):
    id: str
    title: str
    tags: list[str]
    metadata: dict[str, str]
    pinned: bool
    models: list[str]
    turns: int
    states: dict[str, int]
    cost: dict[str, str] | None
    unknown_costs: int
    created_at: str
    trashed_at: str | None


class ListOut(Out):
    items: list[SummaryOut]
    next: str | None


class TurnCreatedOut(Out):
    id: str
    runs: list[str]


class RunsOut(Out):
    items: list[RunOut]
    next: str | None


class PromptMessageOut(Out):
    role: Literal["system", "user", "assistant"]
    content: str


class PromptVersionOut(Out):
    id: str
    prompt: str
    number: int
    system: str
    messages: list[PromptMessageOut]
    variables: list[str]
    created_at: str


class PromptVersionsOut(Out):
    items: list[PromptVersionOut]
    next: str | None


class PromptOut(Out):
    id: str
    name: str
    description: str
    tags: list[str]
    team: bool
    mine: bool
    owner: str
    version: PromptVersionOut


class PromptSummaryOut(Out):
    id: str
    name: str
    description: str
    tags: list[str]
    team: bool
    mine: bool
    owner: str
    excerpt: str
    version: dict[str, Any]


class PromptsOut(Out):
    items: list[PromptSummaryOut]
    next: str | None


class PromptFileOut(Out):
    format: Literal["touchstone-prompts"]
    version: int
    prompts: list[dict[str, Any]]


class ImportedPromptsOut(Out):
    items: list[str]
    skipped: int
    next: str | None


class UsesOut(Out):
    items: list[dict[str, Any]]
    next: str | None


class ColumnSetOut(Out):
    id: str
    name: str
    team: bool
    mine: bool
    owner: str
    default: bool
    columns: list[dict[str, Any]]
    common: dict[str, Any]


class ColumnSetsOut(Out):
    items: list[ColumnSetOut]
    next: str | None


class ShareOut(Out):
    id: str
    label: str
    audience: Literal["anyone", "teammates"]
    mode: Literal["live", "snapshot"]
    parts: list[str]
    has_password: bool
    max_views: int | None
    views: int
    last_viewed_at: str | None
    created_at: str
    expires_at: str | None
    revoked_at: str | None


class ShareCreatedOut(ShareOut):
    url: str


class FindingOut(Out):
    kind: Literal["private_key", "api_key", "token", "password", "email"]
    place: str
    label: str
    sample: str


class PreviewOut(Out):
    state: StateOut
    findings: list[FindingOut]


class ForkedOut(Out):
    id: str
    url: str
    ws_url: str
    unknown_models: list[str]
    missing_files: list[dict[str, Any]]
    left_out: list[str]


class SharesOut(Out):
    items: list[ShareOut]
    next: str | None


class RightsOut(Out):
    start: bool
    typed_models: bool
    extra_fields: bool
    models: list[str]


class LimitOut(Out):
    kind: str
    name: str
    limit: str
    spent: str
    left: str
    currency: str


class MeOut(Out):
    name: str
    role: Literal["viewer", "member", "administrator"]
    rights: RightsOut
    limits: list[LimitOut]


class MarksOut(Out):
    low: int | None
    expected: int | None
    high: int | None


class ColumnForecastOut(Out):
    model: str
    samples: int
    input_tokens: int
    output_tokens: MarksOut
    basis: Literal["measured", "max_tokens", "unknown"]
    low: str | None
    expected: str | None
    high: str | None


class TotalForecastOut(Out):
    low: str | None
    expected: str | None
    high: str | None
    low_unknown: int
    expected_unknown: int
    high_unknown: int


class ForecastOut(Out):
    currency: str
    estimated: bool
    columns: list[ColumnForecastOut]
    total: TotalForecastOut


class SpendLineOut(Out):
    name: str
    amount: str | None
    estimated: str
    simulated: str
    currency: str
    runs: int
    unknown: int


class SpendOut(Out):
    items: list[SpendLineOut]
    next: str | None
    total: SpendLineOut
