"""Chat Completions, as OpenAI defined it and as everybody else speaks it.

The differences between servers are data (``Quirks``); what cannot be known beforehand is read leniently.
"""

from collections.abc import Mapping, Sequence

from providers.adapters.openai_chat.render import render
from providers.adapters.openai_chat.stream import ChatParser
from providers.contract.adapter import Adapter, RenderedRequest
from providers.contract.errors import ProviderError
from providers.contract.events import StreamEvent
from providers.contract.messages import ChatRequest
from providers.contract.spec import ProviderSpec
from providers.dialects.errors import classify_response


class OpenAIChat:
    """Stateless; see ``contract.adapter.Adapter``."""

    protocol = "openai_chat"

    def render(self, request: ChatRequest, spec: ProviderSpec) -> RenderedRequest:
        return render(request, spec)

    def parser(self, spec: ProviderSpec) -> ChatParser:
        return ChatParser(spec.quirks, provider=spec.slug)

    def parse_whole(self, body: bytes, spec: ProviderSpec) -> Sequence[StreamEvent]:
        return ChatParser(spec.quirks, provider=spec.slug, whole=True).parse_whole(body)

    def classify(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        return classify_response(status, headers, body)


ADAPTER: Adapter = OpenAIChat()
