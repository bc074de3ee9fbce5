"""AWS Bedrock's InvokeModel: every vendor's own body, in AWS's frames."""

from collections.abc import Mapping, Sequence

from providers.adapters import get_adapter
from providers.adapters.bedrock_invoke.render import render
from providers.adapters.bedrock_invoke.stream import InvokeParser
from providers.contract.adapter import Adapter, RenderedRequest
from providers.contract.errors import ProviderError
from providers.contract.events import StreamEvent
from providers.contract.messages import ChatRequest
from providers.contract.spec import ProviderSpec


class BedrockInvoke:
    """Stateless; see ``contract.adapter.Adapter``."""

    protocol = "bedrock_invoke"

    def render(self, request: ChatRequest, spec: ProviderSpec) -> RenderedRequest:
        return render(request, spec)

    def parser(self, spec: ProviderSpec) -> InvokeParser:
        return InvokeParser(spec)

    def parse_whole(self, body: bytes, spec: ProviderSpec) -> Sequence[StreamEvent]:
        return InvokeParser(spec).parse_whole(body)

    def classify(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        return get_adapter("bedrock_converse").classify(status, headers, body)


ADAPTER: Adapter = BedrockInvoke()
