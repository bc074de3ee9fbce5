"""A request in the form of the model's vendor: Anthropic's, Nova's, Chat Completions, or a prompt to complete."""

from typing import Any
from urllib.parse import quote

from providers.adapters import get_adapter
from providers.adapters.bedrock_invoke.prompts import prompt_body
from providers.contract.adapter import RenderedRequest
from providers.contract.messages import ChatRequest, RequestReport
from providers.contract.quirks import BedrockBody
from providers.contract.spec import ProviderSpec, Quirks

IN_PATH = "/{model}"
NOVA_SCHEMA = "messages-v1"
NOT_NOVA = frozenset({"serviceTier", "outputConfig"})
SAID_BY_PATH = ("model", "stream", "stream_options")
"""Told by the address; in the body they are refused."""


def render(request: ChatRequest, spec: ProviderSpec) -> RenderedRequest:
    """Pure: the same request gives the same bytes."""
    bodies = spec.bedrock.bodies
    form: BedrockBody = next((form for part, form in bodies.items() if part in request.model_id), "messages")
    if form == "converse":
        body, report = _nova(request, spec)
    elif form == "messages":
        body, report = _claude(request, spec)
    elif form == "chat":
        body, report = _chat(request, spec)
    else:
        body, report = prompt_body(request, form)
    action = "invoke-with-response-stream" if request.stream else "invoke"
    headers = {
        "content-type": "application/json",
        "accept": "application/vnd.amazon.eventstream" if request.stream else "application/json",
    }
    path = f"/model/{quote(request.model_id, safe='')}/{action}"
    return RenderedRequest("POST", path, {**headers, **spec.headers}, body, "eventstream", report, request.stream)


def _nova(request: ChatRequest, spec: ProviderSpec) -> tuple[dict[str, Any], RequestReport]:
    """Converse's body with a version, without the fields that Converse itself acts on."""
    rendered = get_adapter("bedrock_converse").render(request.model_copy(update={"extra": {}}), spec)
    body, report = rendered.body, rendered.report
    own = {name: value for name, value in body.items() if name not in NOT_NOVA}
    more = own.pop("additionalModelRequestFields", {})
    own = {"schemaVersion": NOVA_SCHEMA, **own, **more, **request.extra}
    dropped = dict(report.dropped)
    for name, field in (("service_tier", "serviceTier"), ("output", "outputConfig")):
        if field in body:
            dropped[name] = "Nova's own body has no such field"
    renamed = {
        name: field.removeprefix("additionalModelRequestFields.")
        for name, field in report.renamed.items()
        if name not in dropped
    }
    return own, report.model_copy(update={"sent": _sent(own), "dropped": dropped, "renamed": renamed})


def _claude(request: ChatRequest, spec: ProviderSpec) -> tuple[dict[str, Any], RequestReport]:
    quirks = spec.messages.model_copy(update={"body_version": spec.bedrock.anthropic_version, "path": IN_PATH})
    return _told_by_path(request, "anthropic_messages", spec.model_copy(update={"messages": quirks}))


def _chat(request: ChatRequest, spec: ProviderSpec) -> tuple[dict[str, Any], RequestReport]:
    return _told_by_path(request, "openai_chat", spec.model_copy(update={"quirks": Quirks()}))


def _told_by_path(request: ChatRequest, protocol: str, spec: ProviderSpec) -> tuple[dict[str, Any], RequestReport]:
    rendered = get_adapter(protocol).render(request, spec)
    own = {name: value for name, value in rendered.body.items() if name not in SAID_BY_PATH or name in request.extra}
    return own, rendered.report.model_copy(update={"sent": _sent(own)})


def _sent(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in {"messages", "system"}}
