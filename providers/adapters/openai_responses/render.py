"""A request as a Responses body, with a report of what became of every parameter."""

from typing import Any

from providers.adapters.openai_responses.input import BREAKPOINT_TTLS, input_items, read_system
from providers.contract.adapter import RenderedRequest
from providers.contract.messages import ChatRequest, RequestReport
from providers.contract.spec import ProviderSpec
from providers.dialects.fields import Fields, efforts_for, note_tools, note_ttls, reasons, refusals
from providers.dialects.tools import FunctionTool, read_tool_choice, read_tools, schema_name, schema_tool

UNREPORTED = frozenset({"input", "instructions"})
ENCRYPTED = "reasoning.encrypted_content"
LOGPROBS = "message.output_text.logprobs"


def render(request: ChatRequest, spec: ProviderSpec) -> RenderedRequest:
    """Pure: the same request gives the same bytes."""
    quirks = spec.responses
    active = reasons(request, quirks.reasons_by_default, efforts_for(request.model_id, quirks))
    fields = Fields(refusals(quirks.rejects, quirks.rejects_while_reasoning, active))
    _parameters(request, fields, spec)
    _reasoning(request, fields, spec)
    _tools(request, fields)
    _output(request, fields)
    note_ttls(fields, request, BREAKPOINT_TTLS)
    _include(request, fields, active and quirks.encrypted_reasoning)
    body: dict[str, Any] = {
        "model": request.model_id,
        "input": input_items(request.messages, spec.slug, quirks),
        "stream": request.stream,
    }
    if quirks.store is not None:
        body["store"] = quirks.store
    if quirks.system == "instructions" and (system := read_system(request.messages)):
        body["instructions"] = system
    body.update(fields.body)
    body.update(request.extra)
    sent = {name: value for name, value in body.items() if name not in UNREPORTED}
    report = RequestReport(sent=sent, renamed=fields.renamed, clamped=fields.clamped, dropped=fields.dropped)
    headers = {
        "content-type": "application/json",
        "accept": "text/event-stream" if request.stream else "application/json",
    }
    return RenderedRequest("POST", quirks.path, {**headers, **spec.headers}, body, "sse", report, request.stream)


def _parameters(request: ChatRequest, fields: Fields, spec: ProviderSpec) -> None:
    params = request.params
    fields.put("temperature", fields.at_most("temperature", params.temperature, spec.responses.temperature_max))
    fields.put("top_p", params.top_p)
    fields.put("max_tokens", params.max_tokens, "max_output_tokens")
    fields.put("service_tier", params.service_tier)
    fields.put("parallel_tool_calls", request.parallel_tool_calls if request.tools else None)
    if params.top_logprobs is not None:
        fields.put("top_logprobs", params.top_logprobs)
    for name in ("stop", "seed"):
        if getattr(params, name) not in (None, ()):
            fields.drop(name, "Responses has no such parameter")
    if request.modalities and set(request.modalities) != {"text"}:
        fields.drop("modalities", "Responses gives images by its image_generation tool")


def _reasoning(request: ChatRequest, fields: Fields, spec: ProviderSpec) -> None:
    wish, quirks = request.reasoning, spec.responses
    if wish is None:
        return
    known = efforts_for(request.model_id, quirks)
    if wish.effort is not None:
        fields.put("reasoning_effort", fields.nearest_effort(wish.effort, known), "reasoning.effort")
    elif wish.enabled is False:
        fields.put("reasoning_enabled", fields.nearest_effort("none", known), "reasoning.effort")
    elif wish.enabled:
        fields.drop("reasoning_enabled", "this provider has no switch for reasoning")
    if wish.summary is not None:
        if quirks.summaries:
            fields.put("reasoning_summary", wish.summary, "reasoning.summary")
        else:
            fields.drop("reasoning_summary", "this provider gives no reasoning summaries")
    if wish.budget is not None:
        fields.drop("reasoning_budget", "Responses takes an effort, no token budget for reasoning")
    if wish.exclude is not None:
        fields.drop("reasoning_exclude", "Responses shows summaries only where they are asked for")


def _tools(request: ChatRequest, fields: Fields) -> None:
    tools = [_tool(tool) for tool in read_tools(request.tools)]
    output = request.output or {}
    choice = _choice(request.tool_choice, tools)
    if output.get("method") == "function_calling" and isinstance(output.get("schema"), dict):
        only = schema_tool(output["schema"], output.get("strict"))  # type: ignore[arg-type]
        tools.append(_tool(only))
        choice = {"type": "function", "name": only.name}
    if tools:
        note_tools(fields, read_tools(request.tools), strict=True, breakpoints=False)
        fields.put("tools", tools)
        fields.put("tool_choice", choice)


def _tool(tool: FunctionTool | dict[str, Any]) -> dict[str, Any]:
    """Flat. ``strict`` is always said: left out it would mean true here, unlike everywhere else."""
    if isinstance(tool, FunctionTool):
        described = {"description": tool.description} if tool.description else {}
        named = {"type": "function", "name": tool.name, **described}
        return {**named, "parameters": tool.parameters, "strict": bool(tool.strict)}
    inner = tool.get("custom")
    return {"type": "custom", **inner} if isinstance(inner, dict) else tool


def _choice(wanted: Any, tools: list[dict[str, Any]]) -> Any:
    choice = read_tool_choice(wanted)
    if choice is None or choice.mode == "native":
        return None if choice is None else choice.raw
    if choice.mode != "named":
        return choice.mode
    named = next((tool for tool in tools if tool.get("name") == choice.name), {})
    return {"type": named.get("type") or "function", "name": choice.name}


def _output(request: ChatRequest, fields: Fields) -> None:
    output = request.output
    if output is None or output.get("method") == "function_calling":
        return
    schema = output.get("schema")
    if output.get("method") == "json_mode" or not isinstance(schema, dict):
        fields.put("output", {"type": "json_object"}, "text.format")
        return
    form: dict[str, Any] = {"type": "json_schema", "name": schema_name(schema), "schema": schema}
    if output.get("strict") is not None:
        form["strict"] = output["strict"]
    fields.put("output", form, "text.format")


def _include(request: ChatRequest, fields: Fields, encrypted: bool) -> None:
    """What an answer holds only when it is asked for."""
    include = [ENCRYPTED] if encrypted else []
    wanted = request.params.logprobs or (request.params.logprobs is None and request.params.top_logprobs)
    if wanted and not fields.dropped.keys() & {"logprobs", "top_logprobs"}:
        fields.put("logprobs", [LOGPROBS], "include")
        include = [*include, *fields.body.pop("include", ())]
    if include:
        fields.body["include"] = include
