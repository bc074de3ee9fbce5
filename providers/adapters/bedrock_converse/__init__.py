"""AWS Bedrock's Converse: one form for the models of all vendors that Bedrock serves."""

from collections.abc import Mapping, Sequence

from providers.adapters.bedrock_converse.errors import classify
from providers.adapters.bedrock_converse.render import render
from providers.adapters.bedrock_converse.stream import ConverseParser
from providers.contract.adapter import Adapter, RenderedRequest
from providers.contract.errors import ProviderError
from providers.contract.events import StreamEvent
from providers.contract.messages import ChatRequest
from providers.contract.spec import ProviderSpec


class BedrockConverse:
    """Stateless; see ``contract.adapter.Adapter``."""

    protocol = "bedrock_converse"

    def render(self, request: ChatRequest, spec: ProviderSpec) -> RenderedRequest:
        return render(request, spec)

    def parser(self, spec: ProviderSpec) -> ConverseParser:
        return ConverseParser(spec.bedrock)

    def parse_whole(self, body: bytes, spec: ProviderSpec) -> Sequence[StreamEvent]:
        return ConverseParser(spec.bedrock).parse_whole(body)

    def classify(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        return classify(status, headers, body)


ADAPTER: Adapter = BedrockConverse()
