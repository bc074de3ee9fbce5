"""Facts about a provider as typed data: what a catalog file holds and what an adapter reads.

A quirk is a field here, never an ``if provider == ...`` in code.
"""

from typing import Literal

from pydantic import Field

from providers.contract.events import FinishReason
from providers.contract.limiter import RateLimits
from providers.contract.messages import Effort, Value
from providers.contract.quirks import (
    BedrockQuirks,
    CohereQuirks,
    GeminiQuirks,
    MessagesQuirks,
    OllamaQuirks,
    ResponsesQuirks,
    RoutingQuirks,
    YandexQuirks,
)

CredentialKind = Literal["bearer", "header", "none", "optional_bearer", "sigv4", "google", "client_credentials"]
Protocol = Literal[
    "openai_chat",
    "openai_responses",
    "anthropic_messages",
    "gemini_generate",
    "bedrock_converse",
    "bedrock_invoke",
    "cohere_v2",
    "cohere_v1",
    "ollama_chat",
    "yandex_completion",
]
MediaKind = Literal["image", "audio", "video", "pdf"]


class Auth(Value):
    """How a request is authenticated. ``header`` and ``prefix`` (put before the key) are for kind "header" only.

    ``required`` False: the header is left out where no key is stored. ``region`` and ``service`` are part of the
    signature (sigv4); ``token_url`` and ``scope``: where a token is fetched, and for what (client_credentials).
    ``env``: for each piece of the credential the environment variables that may hold it, in order.
    """

    kind: CredentialKind = "bearer"
    header: str = "Authorization"
    prefix: str = ""
    region: str = ""
    service: str = ""
    token_url: str = ""
    scope: str = ""
    env: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    required: bool = True

    @property
    def keyless_too(self) -> bool:
        """Whether a request without a key may be tried."""
        return self.kind in {"none", "optional_bearer"} or not self.required


class Setting(Value):
    """A fact about the account that an administrator enters: it replaces ``{name}`` in URLs, paths and headers.

    ``pattern``: what it may look like. ``of``: it is not entered but follows from that other setting, by the entry of
    ``derived`` for its value, else by ``default``, in which placeholders are filled, too.
    """

    name: str = Field(pattern=r"^[a-z][a-z_]{0,30}$")
    env: tuple[str, ...] = ()
    env_pattern: str = ""
    """For a variable that holds more than the value, such as a whole address: the first group is the value."""
    default: str = ""
    required: bool = True
    pattern: str = r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}"
    of: str = ""
    derived: dict[str, str] = Field(default_factory=dict)


class UsagePaths(Value):
    """Where a usage object has its counts: dotted paths, several candidates in order of preference.

    The defaults contain every spelling met so far, so that a server without a catalog file is read correctly, too.
    """

    input: tuple[str, ...] = ("prompt_tokens", "input_tokens")
    output: tuple[str, ...] = ("completion_tokens", "output_tokens")
    total: tuple[str, ...] = ("total_tokens",)
    cache_read: tuple[str, ...] = (
        "prompt_tokens_details.cached_tokens",
        "prompt_token_details.cached_tokens",
        "input_tokens_details.cached_tokens",
        "prompt_cache_hit_tokens",
        "cache_read_input_tokens",
        "num_cached_tokens",
        "cached_tokens",
    )
    cache_creation: tuple[str, ...] = (
        "prompt_tokens_details.cache_write_tokens",
        "prompt_tokens_details.cache_creation_input_tokens",
        "prompt_tokens_details.created_cache_tokens",
        "input_tokens_details.cache_write_tokens",
        "cache_creation_input_tokens",
    )
    reasoning: tuple[str, ...] = (
        "completion_tokens_details.reasoning_tokens",
        "reasoning_tokens",
        "output_tokens_details.reasoning_tokens",
    )
    audio: tuple[str, ...] = ()
    cost: tuple[str, ...] = ()
    input_includes_cache: bool = True
    output_includes_reasoning: bool = True


class ModelQuirks(Value):
    """Models of a server, found by a pattern, that are asked to reason in another way or reject other parameters."""

    models: str
    effort_field: Literal["reasoning_effort", ""] = ""
    efforts: tuple[Effort, ...] = ()
    thinking_field: str = ""
    thinking_words: tuple[str, str] = ("disabled", "enabled")
    rejects: tuple[str, ...] = ()


class Quirks(Value):
    """How one server's Chat Completions differ from OpenAI's own. The defaults are the common case."""

    chat_path: str = "/chat/completions"
    max_tokens_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    max_tokens_max: int | None = None
    """More is clamped to it."""
    seed_field: str = "seed"
    stream_options: bool = True
    """Send ``stream_options.include_usage``; off where the field is refused or usage comes anyway."""
    stream_with_tools: bool = True
    """False: an answer that may call tools is asked for whole."""
    never_whole: str = ""
    """A pattern: models that answer in a stream or not at all."""
    temperature_max: float = 2.0
    """A higher temperature is clamped to it."""
    rejects: tuple[str, ...] = ()
    """Our parameter names that this server refuses: dropped, and said so in the request report."""
    rejects_while_reasoning: tuple[str, ...] = ()
    """Refused only while the model reasons."""
    reasons_by_default: str = ""
    """A pattern: models that reason unless they are told not to."""
    logprobs_count: bool = False
    """``logprobs`` is the number of alternatives."""

    effort_field: Literal["reasoning_effort", "reasoning.effort", ""] = "reasoning_effort"
    """With ``reasoning.effort`` the other wishes go into the same object."""
    efforts: tuple[Effort, ...] = ()
    """The efforts this server knows; another one is clamped to the nearest. Empty: all are passed on."""
    efforts_of: dict[str, tuple[Effort, ...]] = Field(default_factory=dict)
    """A pattern: those of models that know others. The first that is found in the id counts."""
    thinking_field: str = ""
    """The switch for reasoning, dotted: two words where it ends in ``type``, else true or false."""
    thinking_words: tuple[str, str] = ("disabled", "enabled")
    """Off and on, where the switch ends in ``type``."""
    by_model: tuple[ModelQuirks, ...] = ()
    """The first whose pattern is found in the id of a model holds for it."""
    budget_field: str = ""
    """Where a token budget for reasoning goes, dotted; empty: nowhere."""
    include_field: str = ""
    """Says with false that reasoning shall be left out of the answer."""
    reasoning_back: Literal["", "reasoning_content", "reasoning", "thinking", "think_tags"] = ""
    """How an answer's reasoning goes back beside its tool calls: a field, parts of the content, or inline tags."""

    tool_choices: tuple[Literal["auto", "none", "required", "named"], ...] = ("auto", "none", "required", "named")
    required_word: str = "required"
    choice_object: bool = False
    """A mode is written ``{"value": mode}``."""
    forced_choice_while_reasoning: bool = True
    tool_strict: bool = True
    """``strict`` of a function is known."""
    tool_id_length: int = 0
    """Ids of calls must be so many letters and digits; 0: any."""
    output_methods: tuple[Literal["json_schema", "json_mode"], ...] = ("json_schema", "json_mode")
    """What ``response_format`` may be; a schema is sent as json_mode where that is all there is."""

    audio_part: Literal["input_audio", "audio_url", "string", ""] = "input_audio"
    audio_as_url: bool = False
    """The base64 of ``input_audio`` is written as a data URL."""
    video_part: Literal["video_url", ""] = "video_url"
    file_part: Literal["file", "document_url", "file_url", ""] = "file"
    file_urls: bool = False
    """``file_data`` may be an address."""
    cache_field: Literal["cache_control", "prompt_cache_breakpoint", ""] = ""
    """How a part asks for a cache breakpoint after it."""

    reasoning_fields: tuple[str, ...] = ("reasoning_content", "reasoning")
    """Delta fields with reasoning text, in order of preference; the first non-empty one is used.

    The other names that are known are looked for after these: upgrades and upstreams change them.
    """
    think_tags: bool = True
    """Inline ``<think>`` at the start of the text is reasoning."""
    finish_map: dict[str, FinishReason] = Field(default_factory=dict)
    """Additions to the common map of the adapter."""
    usage: UsagePaths = UsagePaths()
    choice_index: bool = True
    """False where ``choices[].index`` is no choice (TGI has counted tokens in it): every choice is the answer."""


class ListPaths(Value):
    """Where the facts are in an entry of a provider's list of models: dotted paths, in order of preference.

    The defaults contain every spelling met so far. ``complete``: capabilities that a model lacks if its list of words
    does not name them. ``details``: a path that is asked by POST for each model, for facts that the list leaves out.
    ``facts``: a path that is asked once for the facts of all models, each under ``facts_id``. ``parts``: the upstreams
    of a router that serve a model, each with facts of its own; ``part_name`` is added to the id, after a colon.
    """

    label: tuple[str, ...] = ("display_name", "displayName", "name")
    context: tuple[str, ...] = (
        "context_length",
        "context_window",
        "max_context_length",
        "max_model_len",
        "max_input_tokens",
        "inputTokenLimit",
        "context_size",
        "meta.n_ctx",
        "meta.n_ctx_train",
    )
    words: tuple[str, ...] = ("supported_parameters", "supported_features", "features", "capabilities")
    modalities: tuple[str, ...] = ("architecture.input_modalities", "input_modalities")
    complete: tuple[str, ...] = ()
    flags: dict[str, str] = Field(
        default_factory=lambda: {
            "thinking": "reasoning",
            "supports_tools": "tools",
            "supports_image_input": "image_input",
            "supports_image_in": "image_input",
            "supports_video_in": "video_input",
            "supports_reasoning": "reasoning",
            "capabilities.function_calling": "tools",
            "capabilities.vision": "image_input",
            "capabilities.reasoning": "reasoning",
            "capabilities.image_input.supported": "image_input",
            "capabilities.pdf_input.supported": "pdf_input",
            "capabilities.structured_outputs.supported": "structured_output",
            "capabilities.thinking.supported": "reasoning",
        }
    )
    """path -> the capability that true or false there is about."""
    price_unit: Literal["", "token", "million", "ten_thousandths_a_million"] = ""
    """What the prices are for; empty: they are not read. The last: 10000 is one dollar a million tokens (xAI)."""
    price_input: tuple[str, ...] = ("pricing.prompt", "pricing.input")
    price_output: tuple[str, ...] = ("pricing.completion", "pricing.output")
    price_cache_read: tuple[str, ...] = ("pricing.input_cache_read", "pricing.cached_input")
    price_cache_creation: tuple[str, ...] = ("pricing.input_cache_write",)
    zero_is_free: bool = True
    """False where 0 only means that there is no price by the token."""
    details: str = ""
    facts: str = ""
    facts_id: str = "model_name"
    parts: str = ""
    part_name: str = "provider"


class Telltale(Value):
    """How discovery recognises a model server that people run themselves: by its answers to GET, without a key.

    ``ports``: where it usually listens. ``asks``: path -> dotted names that its JSON must have; every path must answer.
    ``says``: a text that must be in the answer instead. ``owner``: what its list of models gives as their owner.
    """

    ports: tuple[int, ...]
    asks: dict[str, tuple[str, ...]]
    says: str = ""
    owner: str = ""
    version: str = "version"
    """Dotted name of the server's version in the answer to the first path."""


class MediaRule(Value):
    """What is taken of one kind of content. ``types``: media types, ``most``: bytes of a file; empty: not known."""

    types: tuple[str, ...] = ()
    most: int | None = Field(default=None, gt=0)


class Door(Value):
    """Another protocol that the provider speaks: what differs from its own endpoint. Empty fields: the same."""

    base_url: str = ""
    auth: Auth | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    media: dict[MediaKind, MediaRule] = Field(default_factory=dict)
    """Of this door alone."""


class ModelFacts(Value):
    """What the catalog knows of one model. A capability that is absent is unknown, not false.

    ``prices``: USD per million tokens, decimal strings, keys ``input output cache_read cache_creation``.
    """

    id: str
    label: str = ""
    protocol: Protocol | None = None
    """The protocol to ask it by, if that is not the provider's own."""
    capabilities: dict[str, bool] = Field(default_factory=dict)
    context_window: int | None = None
    prices: dict[str, str] | None = None


BEARER, LISTED, QUIRKS, BEDROCK = Auth(), ListPaths(), Quirks(), BedrockQuirks()
"""Shared defaults: pydantic would copy a plain default that holds a dict for every provider that is read."""


class ProviderSpec(Value):
    """One catalog file. ``base_url`` holds no credentials; ``env_key``: variables that may hold a key, in order."""

    slug: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    name: str
    base_url: str
    protocol: Protocol = "openai_chat"
    auth: Auth = Field(default_factory=lambda: BEARER)
    also_auth: tuple[Auth, ...] = ()
    """Other kinds of credential that the provider takes, each kind once; a stored key says of which kind it is."""
    settings: tuple[Setting, ...] = ()
    env_key: tuple[str, ...] = ()
    env_base_url: tuple[str, ...] = ()
    models_path: str = "/models"
    models_items: str = "data"
    """Dotted path of the list in the answer of ``models_path``; empty for a bare array."""
    models_id: str = "id"
    models_strip: tuple[str, ...] = ()
    """Prefixes of listed ids that are not part of the model's id in requests."""
    listed: ListPaths = Field(default_factory=lambda: LISTED)
    as_of: str = "2026-11-20"
    """The day on which the facts about models were collected."""
    check_path: str = ""
    """The path that tells whether a key is good, if ``models_path`` answers without one; empty: ``models_path``."""
    headers: dict[str, str] = Field(default_factory=dict)
    """Fixed headers without secrets."""
    quirks: Quirks = Field(default_factory=lambda: QUIRKS)
    responses: ResponsesQuirks = ResponsesQuirks()
    messages: MessagesQuirks = MessagesQuirks()
    gemini: GeminiQuirks = GeminiQuirks()
    bedrock: BedrockQuirks = Field(default_factory=lambda: BEDROCK)
    cohere: CohereQuirks = CohereQuirks()
    ollama: OllamaQuirks = OllamaQuirks()
    yandex: YandexQuirks = YandexQuirks()
    routing: RoutingQuirks = RoutingQuirks()
    doors: dict[Protocol, Door] = Field(default_factory=dict)
    """The other protocols this provider speaks with the same key."""
    models: tuple[ModelFacts, ...] = ()
    enabled: bool = True
    """Whether it is switched on when its row is made."""
    warning: str = ""
    """What an administrator must know before using this."""
    docs_url: str = ""
    keys_url: str = ""
    media_urls: tuple[MediaKind, ...] = ()
    """Kinds of content that it is documented to fetch from a URL; unknown for the others."""
    media: dict[MediaKind, MediaRule] = Field(default_factory=dict)
    """What its own protocol is documented to take of them: other files are refused before they are sent."""
    price_id: str = ""
    """The provider's id in genai-prices; empty if it has none."""
    free_tools: tuple[str, ...] = ()
    """Tools that it runs itself and charges nothing for but their tokens, as answers name them."""
    search_once: str = ""
    """A pattern: models whose searches are charged once an answer, however many there were."""
    limits: RateLimits = RateLimits()
    """Rate limits; each one that an administrator sets replaces it."""
    simulated: bool = False
    telltale: Telltale | None = None
    """Set for servers that people run themselves, so that discovery finds them."""
