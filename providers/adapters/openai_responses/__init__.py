"""Responses, as OpenAI defined it: items in and out, typed events in the stream.

Answers are read without asking who sent them; what differs between servers on the way out is ``ResponsesQuirks``.
"""

from collections.abc import Mapping, Sequence

from providers.adapters.openai_responses.render import render
from providers.adapters.openai_responses.stream import ResponsesParser
from providers.contract.adapter import Adapter, RenderedRequest
from providers.contract.errors import ProviderError
from providers.contract.events import StreamEvent
from providers.contract.messages import ChatRequest
from providers.contract.spec import ProviderSpec
from providers.dialects.errors import classify_response


class OpenAIResponses:
    """Stateless; see ``contract.adapter.Adapter``."""

    protocol = "openai_responses"

    def render(self, request: ChatRequest, spec: ProviderSpec) -> RenderedRequest:
        return render(request, spec)

    def parser(self, spec: ProviderSpec) -> ResponsesParser:
        return ResponsesParser(spec)

    def parse_whole(self, body: bytes, spec: ProviderSpec) -> Sequence[StreamEvent]:
        return ResponsesParser(spec).parse_whole(body)

    def classify(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        return classify_response(status, headers, body)


ADAPTER: Adapter = OpenAIResponses()
