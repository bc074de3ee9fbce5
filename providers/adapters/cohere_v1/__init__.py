"""Cohere's chat, version 1: one message beside a history, one JSON object a line."""

from collections.abc import Mapping, Sequence

from providers.adapters.cohere_v1.render import render
from providers.adapters.cohere_v1.stream import HistoryChatParser
from providers.contract.adapter import Adapter, RenderedRequest
from providers.contract.errors import ProviderError
from providers.contract.events import StreamEvent
from providers.contract.messages import ChatRequest
from providers.contract.spec import ProviderSpec
from providers.dialects.errors import classify_response


class CohereV1:
    """Stateless; see ``contract.adapter.Adapter``."""

    protocol = "cohere_v1"

    def render(self, request: ChatRequest, spec: ProviderSpec) -> RenderedRequest:
        return render(request, spec)

    def parser(self, spec: ProviderSpec) -> HistoryChatParser:
        return HistoryChatParser()

    def parse_whole(self, body: bytes, spec: ProviderSpec) -> Sequence[StreamEvent]:
        return HistoryChatParser().parse_whole(body)

    def classify(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        return classify_response(status, headers, body)


ADAPTER: Adapter = CohereV1()
