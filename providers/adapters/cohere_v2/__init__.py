"""Cohere's chat, version 2: typed content, thinking, a plan before tool calls, citations of documents."""

from collections.abc import Mapping, Sequence

from providers.adapters.cohere_v2.render import render
from providers.adapters.cohere_v2.stream import ChatParser
from providers.contract.adapter import Adapter, RenderedRequest
from providers.contract.errors import ProviderError
from providers.contract.events import StreamEvent
from providers.contract.messages import ChatRequest
from providers.contract.spec import ProviderSpec
from providers.dialects.errors import classify_response


class CohereV2:
    """Stateless; see ``contract.adapter.Adapter``."""

    protocol = "cohere_v2"

    def render(self, request: ChatRequest, spec: ProviderSpec) -> RenderedRequest:
        return render(request, spec)

    def parser(self, spec: ProviderSpec) -> ChatParser:
        return ChatParser()

    def parse_whole(self, body: bytes, spec: ProviderSpec) -> Sequence[StreamEvent]:
        return ChatParser().parse_whole(body)

    def classify(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        return classify_response(status, headers, body)


ADAPTER: Adapter = CohereV2()
