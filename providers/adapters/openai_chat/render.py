"""A request as a Chat Completions body, with a report of what became of every parameter."""

import re
from typing import Any

from providers.adapters.openai_chat.messages import BREAKPOINT_TTLS, render_messages
from providers.contract.adapter import RenderedRequest
from providers.contract.messages import ChatRequest, ReasoningParams, RequestReport
from providers.contract.spec import ProviderSpec, Quirks
from providers.dialects.fields import Fields, efforts_for, marks_of, note_tools, note_ttls, reasons, refusals
from providers.dialects.tools import (
    FunctionTool,
    ToolChoice,
    read_tool_choice,
    read_tools,
    schema_name,
    schema_tool,
)


def render(request: ChatRequest, spec: ProviderSpec) -> RenderedRequest:
    """Pure: the same request gives the same bytes."""
    quirks = _of_model(spec.quirks, request.model_id)
    active = reasons(request, quirks.reasons_by_default, () if quirks.thinking_field else quirks.efforts)
    fields = Fields(refusals(quirks.rejects, quirks.rejects_while_reasoning, active))
    _parameters(request, fields, quirks)
    if request.reasoning is not None:
        _reasoning(request.reasoning, fields, quirks)
    _tools(request, fields, quirks, active)
    _output(request, fields, quirks)
    stream = _streams(request, fields, quirks)
    if marks_of(request) and not quirks.cache_field:
        fields.drop("cache_control", "this provider caches by itself or not at all")
    elif quirks.cache_field == "prompt_cache_breakpoint":
        note_ttls(fields, request, BREAKPOINT_TTLS)
    body: dict[str, Any] = {
        "model": request.model_id,
        "messages": render_messages(request.messages, spec.slug, quirks),
        "stream": stream,
    }
    if stream and quirks.stream_options:
        body["stream_options"] = {"include_usage": True}
    body.update(fields.body)
    body.update(request.extra)
    sent = {name: value for name, value in body.items() if name != "messages"}
    report = RequestReport(sent=sent, renamed=fields.renamed, clamped=fields.clamped, dropped=fields.dropped)
    headers = {"content-type": "application/json", "accept": "text/event-stream" if stream else "application/json"}
    return RenderedRequest("POST", quirks.chat_path, {**headers, **spec.headers}, body, "sse", report, stream)


def _of_model(quirks: Quirks, model_id: str) -> Quirks:
    """With what differs for this very model."""
    if quirks.efforts_of:
        quirks = quirks.model_copy(update={"efforts": efforts_for(model_id, quirks)})
    found = next((each for each in quirks.by_model if re.search(each.models, model_id)), None)
    if found is None:
        return quirks
    own = found.model_dump(exclude={"models", "rejects"})
    return quirks.model_copy(update={**own, "rejects": (*quirks.rejects, *found.rejects)})


def _parameters(request: ChatRequest, fields: Fields, quirks: Quirks) -> None:
    params = request.params
    fields.put("temperature", fields.at_most("temperature", params.temperature, quirks.temperature_max))
    fields.put("top_p", params.top_p)
    tokens = fields.at_most("max_tokens", params.max_tokens, quirks.max_tokens_max)
    fields.put("max_tokens", tokens, quirks.max_tokens_field)
    fields.put("stop", list(params.stop) if params.stop else None)
    fields.put("seed", params.seed, quirks.seed_field)
    if quirks.logprobs_count:
        asked = params.logprobs or (params.logprobs is None and params.top_logprobs is not None)
        fields.put("logprobs", (params.top_logprobs or 1) if asked else None)
    else:
        fields.put("logprobs", params.logprobs)
        fields.put("top_logprobs", params.top_logprobs)
    fields.put("service_tier", params.service_tier)
    fields.put("modalities", list(request.modalities) or None)


def _reasoning(wish: ReasoningParams, fields: Fields, quirks: Quirks) -> None:
    nested = quirks.effort_field == "reasoning.effort"
    _switch(wish, fields, quirks)
    _effort(wish, fields, quirks)
    budget_field = "reasoning.max_tokens" if nested else quirks.budget_field
    if wish.budget is not None:
        if not budget_field:
            fields.drop("reasoning_budget", "this provider takes no token budget for reasoning")
        elif nested and wish.effort is not None:
            fields.drop("reasoning_budget", "effort and budget exclude each other; effort was sent")
        else:
            fields.put("reasoning_budget", wish.budget, budget_field)
    if wish.summary is not None:
        if nested:
            fields.put("reasoning_summary", wish.summary, "reasoning.summary")
        else:
            fields.drop("reasoning_summary", "Chat Completions has no reasoning summaries")
    if wish.exclude is not None:
        if nested:
            fields.put("reasoning_exclude", wish.exclude, "reasoning.exclude")
        elif quirks.include_field:
            fields.put("reasoning_exclude", not wish.exclude, quirks.include_field)
        else:
            fields.drop("reasoning_exclude", "this provider cannot leave reasoning out of its answer")


def _effort(wish: ReasoningParams, fields: Fields, quirks: Quirks) -> None:
    if wish.effort is None:
        return
    off = wish.effort == "none" and quirks.thinking_field and "none" not in quirks.efforts
    if quirks.effort_field and not off:
        fields.put("reasoning_effort", fields.nearest_effort(wish.effort, quirks.efforts), quirks.effort_field)
    elif not quirks.effort_field and quirks.thinking_field and wish.effort != "none":
        fields.clamped["reasoning_effort"] = {"from": wish.effort, "to": "on"}
    elif not quirks.thinking_field:
        fields.drop("reasoning_effort", "this provider has no such parameter")


def _switch(wish: ReasoningParams, fields: Fields, quirks: Quirks) -> None:
    """Reasoning on or off: said so, or meant by an effort where there is no other way to say it."""
    field = "reasoning.enabled" if quirks.effort_field == "reasoning.effort" else quirks.thinking_field
    wanted = wish.enabled
    if wanted is None and quirks.thinking_field and wish.effort is not None:
        wanted = False if wish.effort == "none" else None if quirks.effort_field else True
    if wanted is None:
        return
    if field:
        words: tuple[Any, Any] = quirks.thinking_words if field.endswith("type") else (False, True)
        fields.put("reasoning_enabled", words[wanted], field)
    elif not wanted and quirks.effort_field and wish.effort is None:
        fields.put("reasoning_enabled", fields.nearest_effort("none", quirks.efforts), quirks.effort_field)
    elif wish.effort is None:
        fields.drop("reasoning_enabled", "this provider has no switch for reasoning")


def _tools(request: ChatRequest, fields: Fields, quirks: Quirks, active: bool) -> None:
    tools = read_tools(request.tools)
    choice = read_tool_choice(request.tool_choice)
    output = request.output or {}
    if output.get("method") == "function_calling" and isinstance(output.get("schema"), dict):
        only = schema_tool(output["schema"], output.get("strict"))  # type: ignore[arg-type]
        tools.append(only)
        choice = ToolChoice("named", only.name)
    if not tools:
        return
    fields.put("tools", [_tool(tool, quirks) for tool in tools])
    note_tools(fields, tools, strict=quirks.tool_strict, breakpoints=quirks.cache_field == "cache_control")
    fields.put("parallel_tool_calls", request.parallel_tool_calls)
    if choice is not None:
        refused = _choice_refused(choice, quirks, active)
        if refused:
            fields.drop("tool_choice", refused)
        else:
            fields.put("tool_choice", _choice(choice, quirks))


def _tool(tool: FunctionTool | dict[str, Any], quirks: Quirks) -> dict[str, Any]:
    """Nested. What is no function is passed on as it came."""
    if not isinstance(tool, FunctionTool):
        named = tool.get("type") == "custom" and "custom" not in tool
        return {"type": "custom", "custom": {k: v for k, v in tool.items() if k != "type"}} if named else tool
    function: dict[str, Any] = {"name": tool.name}
    if tool.description:
        function["description"] = tool.description
    function["parameters"] = tool.parameters
    if tool.strict is not None and quirks.tool_strict:
        function["strict"] = tool.strict
    marked = (
        {"cache_control": tool.cache_control} if tool.cache_control and quirks.cache_field == "cache_control" else {}
    )
    return {"type": "function", "function": function, **marked}


def _choice_refused(choice: ToolChoice, quirks: Quirks, active: bool) -> str:
    """Why a choice is not sent; empty if it is."""
    if choice.mode != "native" and choice.mode not in quirks.tool_choices:
        return f"this provider knows no tool choice {choice.mode!r}"
    if active and not quirks.forced_choice_while_reasoning and choice.mode in {"required", "named"}:
        return "this model cannot be forced to call a tool while it reasons"
    return ""


def _choice(choice: ToolChoice, quirks: Quirks) -> Any:
    if choice.mode == "native":
        return choice.raw
    if choice.mode == "named":
        return {"type": "function", "function": {"name": choice.name}}
    word = quirks.required_word if choice.mode == "required" else choice.mode
    return {"value": word} if quirks.choice_object else word


def _output(request: ChatRequest, fields: Fields, quirks: Quirks) -> None:
    output = request.output
    if output is None or output.get("method") == "function_calling":
        return
    schema = output.get("schema")
    plain = output.get("method") == "json_mode" or not isinstance(schema, dict)
    method = "json_mode" if plain else "json_schema"
    if not quirks.output_methods:
        fields.drop("output", "this provider has no structured output")
        return
    if method not in quirks.output_methods:
        fields.clamped["output"] = {"from": method, "to": quirks.output_methods[0]}
        method = quirks.output_methods[0]
    if method == "json_mode" or not isinstance(schema, dict):
        fields.put("output", {"type": "json_object"}, "response_format")
        return
    inner: dict[str, Any] = {"name": schema_name(schema), "schema": schema}
    if output.get("strict") is not None:
        inner["strict"] = output["strict"]
    fields.put("output", {"type": "json_schema", "json_schema": inner}, "response_format")


def _streams(request: ChatRequest, fields: Fields, quirks: Quirks) -> bool:
    if request.stream and not quirks.stream_with_tools and "tools" in fields.body:
        fields.clamped["stream"] = {"from": True, "to": False}
        return False
    if not request.stream and quirks.never_whole and re.search(quirks.never_whole, request.model_id):
        fields.clamped["stream"] = {"from": False, "to": True}
        return True
    return request.stream
