"""Ollama's own chat: one JSON object a line, arguments as objects, options beside the messages."""

from collections.abc import Mapping, Sequence

from providers.adapters.ollama_chat.render import render
from providers.adapters.ollama_chat.stream import OllamaParser
from providers.contract.adapter import Adapter, RenderedRequest
from providers.contract.errors import ProviderError
from providers.contract.events import StreamEvent
from providers.contract.messages import ChatRequest
from providers.contract.spec import ProviderSpec
from providers.dialects.errors import classify_response


class OllamaChat:
    """Stateless; see ``contract.adapter.Adapter``."""

    protocol = "ollama_chat"

    def render(self, request: ChatRequest, spec: ProviderSpec) -> RenderedRequest:
        return render(request, spec)

    def parser(self, spec: ProviderSpec) -> OllamaParser:
        return OllamaParser(spec.ollama)

    def parse_whole(self, body: bytes, spec: ProviderSpec) -> Sequence[StreamEvent]:
        return OllamaParser(spec.ollama).parse_whole(body)

    def classify(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        return classify_response(status, headers, body)


ADAPTER: Adapter = OllamaChat()
