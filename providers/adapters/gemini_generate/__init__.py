"""Google's generateContent, as AI Studio and Vertex AI speak it: one body, two addresses, two kinds of credential."""

from collections.abc import Mapping, Sequence

from providers.adapters.gemini_generate.errors import refined
from providers.adapters.gemini_generate.render import render
from providers.adapters.gemini_generate.stream import GenerateParser
from providers.contract.adapter import Adapter, RenderedRequest
from providers.contract.errors import ProviderError
from providers.contract.events import StreamEvent
from providers.contract.messages import ChatRequest
from providers.contract.spec import ProviderSpec
from providers.dialects.errors import classify_response


class GeminiGenerate:
    """Stateless; see ``contract.adapter.Adapter``."""

    protocol = "gemini_generate"

    def render(self, request: ChatRequest, spec: ProviderSpec) -> RenderedRequest:
        return render(request, spec)

    def parser(self, spec: ProviderSpec) -> GenerateParser:
        return GenerateParser(spec.gemini)

    def parse_whole(self, body: bytes, spec: ProviderSpec) -> Sequence[StreamEvent]:
        return GenerateParser(spec.gemini).parse_whole(body)

    def classify(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        return refined(classify_response(status, headers, body), body)


ADAPTER: Adapter = GeminiGenerate()
