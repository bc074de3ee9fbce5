"""An adapter made of its parts: what a protocol renders, what reads its answers, what its errors mean."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from providers.contract.adapter import RenderedRequest
from providers.contract.errors import ProviderError
from providers.contract.events import StreamEvent
from providers.contract.messages import ChatRequest
from providers.contract.spec import ProviderSpec
from providers.dialects.errors import classify_response
from providers.dialects.media import check_media, with_data
from providers.dialects.parser import Parser


@dataclass(slots=True)
class WireProtocol:
    """Stateless; see ``contract.adapter.Adapter``."""

    protocol: str
    rendering: Callable[[ChatRequest, ProviderSpec], RenderedRequest]
    parser: Callable[[ProviderSpec], Parser[Any]]
    classify: Callable[[int, Mapping[str, str], bytes], ProviderError] = classify_response

    def render(self, request: ChatRequest, spec: ProviderSpec) -> RenderedRequest:
        readable = with_data(request)
        check_media(readable, spec)
        return self.rendering(readable, spec)

    def parse_whole(self, body: bytes, spec: ProviderSpec) -> Sequence[StreamEvent]:
        return self.parser(spec).parse_whole(body)
