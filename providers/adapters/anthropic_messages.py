"""Anthropic's Messages over HTTP: Anthropic's own service, Azure, Vertex and all servers that speak it."""

from collections.abc import Mapping
from urllib.parse import quote

from providers.contract.adapter import Adapter, RenderedRequest
from providers.contract.errors import ProviderError
from providers.contract.messages import ChatRequest
from providers.contract.spec import ProviderSpec
from providers.dialects.errors import classify_response
from providers.dialects.jsonvalue import as_dict, as_text, read_json
from providers.dialects.messages.body import render_body
from providers.dialects.messages.parser import MessagesParser
from providers.dialects.protocol import WireProtocol


def render(request: ChatRequest, spec: ProviderSpec) -> RenderedRequest:
    """Pure: the same request gives the same bytes."""
    quirks = spec.messages
    body, report = render_body(request, spec)
    path = quirks.stream_path if request.stream and quirks.stream_path else quirks.path
    headers = {
        "content-type": "application/json",
        "accept": "text/event-stream" if request.stream else "application/json",
    }
    headers.update(spec.headers)  # its list of models may be asked for in an older version
    if not quirks.body_version:
        headers["anthropic-version"] = quirks.version
    path = path.replace("{model}", quote(request.model_id, safe="@.-_~"))
    return RenderedRequest("POST", path, headers, body, "sse", report, request.stream)


def classify(status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    """As any server's error, with the id by which Anthropic finds it."""
    error = classify_response(status, headers, body)
    error.request_id = error.request_id or _request_id(body)
    return error


def _request_id(body: bytes) -> str | None:
    """Also said in the body, where a proxy may have dropped the header."""
    try:
        return as_text(as_dict(read_json(body)).get("request_id"))[:200] or None
    except ValueError:
        return None


ADAPTER: Adapter = WireProtocol("anthropic_messages", render, lambda spec: MessagesParser(spec.messages), classify)
