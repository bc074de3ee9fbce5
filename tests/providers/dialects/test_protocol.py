"""An adapter of parts: every answer gets a parser of its own; errors are those of any server unless said otherwise."""

from typing import Any

from providers.contract.adapter import Adapter, RenderedRequest
from providers.contract.errors import ProviderError
from providers.contract.events import BlockOpened, Delta, StreamEnded
from providers.contract.messages import ChatRequest, RequestReport
from providers.contract.spec import ProviderSpec
from providers.dialects.protocol import WireProtocol
from tests.providers.dialects.test_parser import Speech

SPEC = ProviderSpec(slug="any", name="Any", base_url="https://host")


def render(request: ChatRequest, spec: ProviderSpec) -> RenderedRequest:
    return RenderedRequest("POST", "/say", {}, {"model": request.model_id}, "ndjson", RequestReport())


def test_its_parts() -> None:
    adapter: Adapter = WireProtocol("speech", render, lambda spec: Speech())

    assert adapter.protocol == "speech"
    assert adapter.render(ChatRequest(model_id="m", messages=()), SPEC).body == {"model": "m"}
    assert adapter.parser(SPEC) is not adapter.parser(SPEC)
    assert adapter.classify(429, {"retry-after": "3"}, b"").retry_after == 3
    for _ in range(2):
        whole = adapter.parse_whole(b'{"answer": "a"}', SPEC)
        assert list(whole) == [BlockOpened(0, "text"), Delta(0, "text", "a"), StreamEnded()]


def test_errors_of_its_own() -> None:
    def classify(status: int, headers: Any, body: bytes) -> ProviderError:
        return ProviderError("payment", "Pay first.", status=status)

    adapter: Adapter = WireProtocol("speech", render, lambda spec: Speech(), classify)

    assert adapter.classify(418, {}, b"").code == "payment"
