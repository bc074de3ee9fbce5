"""Parameters, tools and structured output as Converse takes them, and what became of each."""

import json
from typing import Any

from providers.adapters.bedrock_converse.content import cache_point
from providers.contract.messages import ChatRequest
from providers.contract.quirks import BedrockQuirks
from providers.dialects.fields import Fields
from providers.dialects.jsonvalue import as_dict
from providers.dialects.messages.schema import enforceable
from providers.dialects.tools import (
    NO_PARAMETERS,
    FunctionTool,
    ToolChoice,
    read_tool_choice,
    read_tools,
    schema_name,
    schema_tool,
)

NEVER = {
    "seed": "Converse has no such parameter",
    "logprobs": "Converse gives no token probabilities",
    "top_logprobs": "Converse gives no token probabilities",
    "parallel_tool_calls": "Converse has no such parameter",
}


def put_parameters(fields: Fields, request: ChatRequest, quirks: BedrockQuirks) -> None:
    params = request.params
    fields.put("max_tokens", params.max_tokens, "inferenceConfig.maxTokens")
    temperature = fields.at_most("temperature", params.temperature, quirks.temperature_max)
    fields.put("temperature", temperature, "inferenceConfig.temperature")
    fields.put("top_p", params.top_p, "inferenceConfig.topP")
    fields.put("stop", list(params.stop) if params.stop else None, "inferenceConfig.stopSequences")
    fields.put("service_tier", params.service_tier, "serviceTier.type")
    for name in ("seed", "logprobs", "top_logprobs"):
        fields.put(name, getattr(params, name))
    if set(request.modalities) - {"text"}:
        fields.drop("modalities", "Converse has no such parameter; the model decides what it answers with")


def put_tools(fields: Fields, request: ChatRequest, used: list[str], *, may_force: bool = True) -> None:
    """``used``: tools in the history. Without them declared, Converse refuses the history."""
    tools = read_tools(request.tools)
    choice = read_tool_choice(request.tool_choice)
    if request.output is not None:
        choice = _output(fields, request, tools) or choice
    rendered = [each for tool in tools for each in _tool(tool)]
    if not rendered:
        rendered = [each for name in used for each in _tool(FunctionTool(name, "", dict(NO_PARAMETERS)))]
    if choice is not None and choice.mode == "none" and rendered:
        rendered = _forbidden(fields, rendered, used)
    if rendered:
        chosen = _choice(choice)
        if not may_force and {"any", "tool"} & set(as_dict(chosen.get("toolChoice"))):
            fields.clamped["tool_choice"] = {"from": chosen["toolChoice"], "to": {"auto": {}}}
            chosen = {"toolChoice": {"auto": {}}}
        fields.body["toolConfig"] = {"tools": rendered, **chosen}
        fields.put("parallel_tool_calls", request.parallel_tool_calls)


def _forbidden(fields: Fields, rendered: list[dict[str, Any]], used: list[str]) -> list[dict[str, Any]]:
    """The only way to have no tool called is to offer none, which a history with calls does not allow."""
    if used:
        fields.drop("tool_choice", "Converse cannot forbid tools once some have been called")
        return rendered
    fields.drop("tools", "tool_choice is none, and Converse has no other way to say so")
    return []


def _choice(choice: ToolChoice | None) -> dict[str, Any]:
    """The field if there is anything to say."""
    if choice is None or choice.mode == "none":
        return {}
    if choice.mode == "native":
        return {"toolChoice": choice.raw}
    modes: dict[str, Any] = {"auto": {"auto": {}}, "required": {"any": {}}, "named": {"tool": {"name": choice.name}}}
    return {"toolChoice": modes[choice.mode]}


def _closed(schema: dict[str, Any], request: ChatRequest) -> dict[str, Any]:
    """Claude's constrained decoding wants every object closed; of other models nothing is known."""
    return enforceable(schema) if "anthropic." in request.model_id else schema


def _output(fields: Fields, request: ChatRequest, tools: list[FunctionTool | dict[str, Any]]) -> ToolChoice | None:
    """Structured output: by the field for it, or by a function whose arguments are the answer."""
    output: dict[str, Any] = request.output or {}
    schema, strict = output.get("schema"), output.get("strict")
    if not isinstance(schema, dict) or output.get("method") == "json_mode":
        fields.drop("output", "Converse has no JSON mode; a schema is needed")
        return None
    if output.get("method") == "function_calling":
        tool = schema_tool(schema, strict if isinstance(strict, bool) else None)
        tools.append(tool)
        fields.renamed["output"] = "toolConfig"
        return ToolChoice("named", tool.name)
    inner = {"name": schema_name(schema), "schema": json.dumps(_closed(schema, request), ensure_ascii=False)}
    wanted = {"type": "json_schema", "structure": {"jsonSchema": inner}}
    fields.put("output", wanted, "outputConfig.textFormat")
    return None


def _tool(tool: FunctionTool | dict[str, Any]) -> list[dict[str, Any]]:
    if not isinstance(tool, FunctionTool):
        return [tool]
    spec: dict[str, Any] = {"name": tool.name}
    if tool.description:
        spec["description"] = tool.description
    spec["inputSchema"] = {"json": tool.parameters}
    if tool.strict is not None:
        spec["strict"] = tool.strict
    rendered: list[dict[str, Any]] = [{"toolSpec": spec}]
    return [*rendered, cache_point(tool.cache_control)] if tool.cache_control else rendered
