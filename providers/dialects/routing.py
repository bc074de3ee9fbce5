"""Session, trace and the choice of upstreams, in whatever protocol a service is asked that knows of them.

Each is independent of the others and off unless it was asked for.
"""

from typing import Any

from providers.contract.adapter import RenderedRequest
from providers.contract.errors import SetupError
from providers.contract.messages import ChatRequest
from providers.contract.spec import ProviderSpec
from providers.contract.templates import fill, gaps

UPSTREAMS = ("provider", "models", "route", "plugins")
NOT_KNOWN = "this provider has no such parameter"


def with_routing(rendered: RenderedRequest, request: ChatRequest, spec: ProviderSpec) -> RenderedRequest:
    """The request with these fields, too; what ``extra`` says goes before them. SetupError for what may not be sent."""
    quirks = spec.routing
    put, dropped = {}, {}
    session = _session(request, spec)
    if session:
        put[quirks.session_field] = session
    elif request.session_id is not None:
        dropped["session_id"] = NOT_KNOWN
    if request.trace is not None and quirks.trace_field:
        put[quirks.trace_field] = _filled(request.trace.model_dump(mode="json", exclude_none=True), request.ids)
    elif request.trace is not None:
        dropped["trace"] = NOT_KNOWN
    asked = request.routing.model_dump(mode="json", exclude_none=True) if request.routing is not None else {}
    for name in UPSTREAMS:
        if name in asked and quirks.upstreams:
            put[name] = asked[name]
        elif name in asked:
            dropped[f"routing.{name}"] = NOT_KNOWN
    put = {name: value for name, value in put.items() if name not in request.extra}
    _check(rendered.body | put, spec)
    if not put and not dropped:
        return rendered
    report = rendered.report.model_copy(
        update={"sent": rendered.report.sent | put, "dropped": rendered.report.dropped | dropped}
    )
    return rendered._replace(body=rendered.body | put, report=report)


def _session(request: ChatRequest, spec: ProviderSpec) -> str:
    """The session of the request, else the one that is set for the provider, else none."""
    quirks = spec.routing
    if not quirks.session_field:
        return ""
    said = request.session_id
    if said is None:
        said = "" if gaps(quirks.session, spec.settings) else quirks.session
    return fill(said, request.ids)


def _filled(value: Any, ids: dict[str, str]) -> Any:
    if isinstance(value, str):
        return fill(value, ids)
    if isinstance(value, dict):
        return {name: _filled(item, ids) for name, item in value.items()}
    return [_filled(item, ids) for item in value] if isinstance(value, list) else value


def _check(body: dict[str, Any], spec: ProviderSpec) -> None:
    quirks = spec.routing
    session = body.get(quirks.session_field) if quirks.session_field else None
    if isinstance(session, str) and len(session) > quirks.session_most:
        message = f"A session id has at most {quirks.session_most} characters; nothing was sent."
        raise SetupError("bad_request", message)
