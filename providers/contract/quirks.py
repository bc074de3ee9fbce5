"""How servers differ within one protocol other than Chat Completions: typed data, one class a protocol.

The defaults are the vendor's own service. ``Quirks`` of Chat Completions is in ``spec``.
"""

from typing import Literal

from pydantic import Field

from providers.contract.messages import Effort, Value

BedrockBody = Literal["messages", "converse", "chat", "titan", "llama", "command", "command_r", "mistral", "jurassic"]
BedrockReasoning = Literal["thinking", "nova", "reasoning_effort", "reasoning_config", "reasoning.effort"]


class RoutingQuirks(Value):
    """What a router takes, a service that passes requests on to other providers. The default is one that does not."""

    upstreams: bool = False
    """Takes ``provider``, ``models``, ``route`` and ``plugins``."""
    session_field: str = ""
    session: str = ""
    """Sent where a request names no session, unless it still has a gap."""
    session_most: int = 256
    trace_field: str = ""


class ResponsesQuirks(Value):
    """OpenAI's Responses."""

    path: str = "/responses"
    system: Literal["instructions", "system", "developer"] = "instructions"
    """Where the system text goes: a field of its own, or a message of that role."""
    store: bool | None = False
    """Sent unless None; an answer that is not stored is continued by sending its items back."""
    encrypted_reasoning: bool = True
    """Ask for reasoning that can be sent back, when the model reasons."""
    summaries: bool = True
    """``reasoning.summary`` is taken."""
    efforts: tuple[Effort, ...] = ()
    """The efforts this server knows; another one is clamped to the nearest. Empty: all are passed on."""
    efforts_of: dict[str, tuple[Effort, ...]] = Field(default_factory=dict)
    """A pattern: those of models that know others. The first that is found in the id counts."""
    temperature_max: float = 2.0
    rejects: tuple[str, ...] = ()
    """Our parameter names that this server refuses."""
    rejects_while_reasoning: tuple[str, ...] = ()
    """Refused only while the model reasons."""
    reasons_by_default: str = ""
    """A pattern: models that reason unless they are told not to."""
    audio: bool = True
    """A message may hold sound."""
    file_urls: bool = True
    """A file may be given by its address."""
    calls_together: bool = False
    """The calls of one answer must follow each other, with no text between them."""
    cost: tuple[str, ...] = ()
    """Where a usage object says what the answer cost in USD."""


class MessagesQuirks(Value):
    """Anthropic's Messages."""

    path: str = "/messages"
    """``{model}`` in it stands for the model, which then is not in the body."""
    stream_path: str = ""
    """Where streams are asked for elsewhere (Vertex); empty: the same path."""
    version: str = "2023-06-01"
    """Sent as ``anthropic-version``. From 2026-10-21 on sampling parameters are refused."""
    body_version: str = ""
    """Sent as ``anthropic_version`` in the body instead (Vertex, Bedrock)."""
    max_tokens: int = 8192
    """Sent, and said so in the report, where none is asked for: the field is required."""
    temperature_max: float = 1.0
    """A higher temperature is clamped to it."""
    rejects: tuple[str, ...] = ()
    """Our parameter names that this server refuses: dropped, and said so in the request report."""
    input_includes_cache: bool = False
    """Whether ``input_tokens`` counts cached tokens, too; Anthropic's own does not."""
    cost: tuple[str, ...] = ()
    """Where the usage object has the cost in USD: dotted paths, in order of preference."""


class GeminiQuirks(Value):
    """Google's generateContent."""

    path: str = "/models/{model}"
    """What it is about; ``:generateContent`` follows."""
    platform: Literal["studio", "vertex"] = "studio"
    """Signatures of thoughts go back only to the platform they came from."""


class BedrockQuirks(Value):
    """AWS Bedrock Runtime: Converse and InvokeModel. Models are told apart by a part of their id, the first that fits.

    Ids begin with a region or are ARNs, so that the part may stand anywhere.
    """

    think_tags: bool = True
    """Inline ``<thinking>`` at the start of the text is reasoning: Nova's way."""
    temperature_max: float = 1.0
    reasoning: dict[str, BedrockReasoning] = Field(
        default_factory=lambda: dict[str, BedrockReasoning](
            {
                "anthropic.claude": "thinking",
                "amazon.nova-2": "nova",
                "openai.gpt-oss": "reasoning_effort",
                "deepseek.": "reasoning_effort",
                "zai.": "reasoning_effort",
                "qwen.": "reasoning_config",
                "openai.": "reasoning.effort",
                "xai.": "reasoning.effort",
            }
        )
    )
    """Part of a model id -> how ``additionalModelRequestFields`` say how hard to think."""
    bodies: dict[str, BedrockBody] = Field(
        default_factory=lambda: dict[str, BedrockBody](
            {
                "anthropic.claude": "messages",
                "amazon.nova": "converse",
                "amazon.titan": "titan",
                "meta.llama": "llama",
                "cohere.command-r": "command_r",
                "cohere.": "command",
                "mistral.mistral-7b": "mistral",
                "mistral.mixtral": "mistral",
                "ai21.j2": "jurassic",
                **dict.fromkeys(("openai.", "qwen.", "deepseek.", "zai.", "moonshot", "minimax.", "mistral."), "chat"),
                **dict.fromkeys(("nvidia.", "google.", "writer.", "ai21."), "chat"),
            }
        )
    )
    """Part of a model id -> the vendor's own body, which InvokeModel takes."""
    anthropic_version: str = "bedrock-2023-05-31"
    """Stands in the body of InvokeModel."""


class CohereQuirks(Value):
    """Cohere's own chat, in its two versions."""

    path: str = "/v2/chat"
    history_path: str = "/v1/chat"
    """Version 1: the last message apart from those before it."""


class OllamaQuirks(Value):
    """Ollama's native chat."""

    path: str = "/api/chat"
    think_tags: bool = True
    """Inline ``<think>`` at the start of the text is reasoning: where the server does not know the model's tags."""
    think_levels: tuple[str, ...] = ("gpt-oss",)
    """Models (parts of their ids) that take "low", "medium", "high" and cannot be told not to think."""


class YandexQuirks(Value):
    """Yandex's foundation models."""

    path: str = "/foundationModels/v1/completion"
    folder: str = ""
    """Completes a model id like ``yandexgpt/latest`` to ``gpt://<folder>/yandexgpt/latest``."""
    temperature_max: float = 1.0
