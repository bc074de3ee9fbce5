"""A request as a body of Cohere's chat, with a report of what became of every parameter."""

from typing import Any

from providers.adapters.cohere_v2.messages import messages_of
from providers.contract.adapter import RenderedRequest
from providers.contract.messages import ChatRequest, RequestReport
from providers.contract.spec import ProviderSpec
from providers.dialects.cohere.fields import CohereFields


def render(request: ChatRequest, spec: ProviderSpec) -> RenderedRequest:
    """Pure: the same request gives the same bytes."""
    fields = CohereFields({})
    fields.sampling(request.params)
    fields.put("logprobs", request.params.logprobs)
    fields.reasoning(request)
    fields.unknown(request)
    fields.tools(request)
    fields.output(request, "json_schema")
    body: dict[str, Any] = {
        "model": request.model_id,
        "messages": messages_of(request.messages),
        "stream": request.stream,
        **fields.body,
        **request.extra,
    }
    sent = {name: value for name, value in body.items() if name != "messages"}
    report = RequestReport(sent=sent, renamed=fields.renamed, clamped=fields.clamped, dropped=fields.dropped)
    headers = {
        "content-type": "application/json",
        "accept": "text/event-stream" if request.stream else "application/json",
    }
    return RenderedRequest("POST", spec.cohere.path, {**headers, **spec.headers}, body, "sse", report, request.stream)
