"""How servers differ within one protocol other than Chat Completions: typed data, one class a protocol.

The defaults are the vendor's own service. ``Quirks`` of Chat Completions is in ``spec``.
"""

from providers.contract.messages import Value


class ResponsesQuirks(Value):
    """OpenAI's Responses."""

    path: str = "/responses"


class MessagesQuirks(Value):
    """Anthropic's Messages."""

    path: str = "/messages"
    version: str = "2023-06-01"
    """Sent as ``anthropic-version``."""
    max_tokens: int = 8192
    """Sent, and said so in the report, where none is asked for: the field is required."""


class GeminiQuirks(Value):
    """Google's generateContent."""

    path: str = "/models/{model}"


class BedrockQuirks(Value):
    """AWS Bedrock Runtime: Converse and InvokeModel."""


class CohereQuirks(Value):
    """Cohere's own chat."""

    path: str = "/chat"


class OllamaQuirks(Value):
    """Ollama's native chat."""

    path: str = "/api/chat"


class YandexQuirks(Value):
    """Yandex's foundation models."""

    path: str = "/completion"
