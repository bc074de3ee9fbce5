"""The seams of a protocol: render a request, parse what comes back, classify an error. An adapter never sends."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol

from providers.contract.errors import ProviderError
from providers.contract.events import StreamEvent
from providers.contract.messages import ChatRequest, RequestReport
from providers.contract.spec import ProviderSpec

Framing = Literal["sse", "ndjson", "eventstream"]


class RenderedRequest(NamedTuple):
    """What the transport sends. ``path`` is appended to the endpoint's base URL and may hold a query. No credentials.

    ``streamed``: the answer comes in pieces, so that its first byte is worth a deadline of its own.
    """

    method: Literal["POST", "GET"]
    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]
    framing: Framing
    report: RequestReport
    streamed: bool = True


class StreamParser(Protocol):
    """The state of one streamed answer."""

    def feed(self, data: bytes, event: str = "") -> Sequence[StreamEvent]:
        """Parse the payload of one frame. Malformed input gives a ``StreamFailed``, never an exception."""
        ...

    def end(self) -> Sequence[StreamEvent]:
        """The body has ended: flush what was held back."""
        ...


class Adapter(Protocol):
    """One wire protocol. Stateless; one instance serves all calls."""

    protocol: str

    def render(self, request: ChatRequest, spec: ProviderSpec) -> RenderedRequest: ...

    def parser(self, spec: ProviderSpec) -> StreamParser: ...

    def parse_whole(self, body: bytes, spec: ProviderSpec) -> Sequence[StreamEvent]:
        """Events of an answer that came as one JSON body."""
        ...

    def classify(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        """The error of a response whose status is not 2xx; never raises."""
        ...
