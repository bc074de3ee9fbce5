"""Yandex's own foundation models: texts that grow from line to line, counts as strings, calls without ids."""

from collections.abc import Mapping, Sequence

from providers.adapters.yandex_completion.render import render
from providers.adapters.yandex_completion.stream import YandexParser
from providers.contract.adapter import Adapter, RenderedRequest
from providers.contract.errors import ProviderError
from providers.contract.events import StreamEvent
from providers.contract.messages import ChatRequest
from providers.contract.spec import ProviderSpec
from providers.dialects.errors import classify_response


class YandexCompletion:
    """Stateless; see ``contract.adapter.Adapter``."""

    protocol = "yandex_completion"

    def render(self, request: ChatRequest, spec: ProviderSpec) -> RenderedRequest:
        return render(request, spec)

    def parser(self, spec: ProviderSpec) -> YandexParser:
        return YandexParser()

    def parse_whole(self, body: bytes, spec: ProviderSpec) -> Sequence[StreamEvent]:
        return YandexParser().parse_whole(body)

    def classify(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        return classify_response(status, headers, body)


ADAPTER: Adapter = YandexCompletion()
