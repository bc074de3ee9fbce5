"""Tools, the choice among them and structured output, as Messages takes them."""

from typing import Any

from providers.contract.messages import ChatRequest
from providers.dialects.fields import Fields
from providers.dialects.jsonvalue import as_dict
from providers.dialects.messages.schema import enforceable
from providers.dialects.messages.thinking import clamp
from providers.dialects.tools import FunctionTool, ToolChoice, read_tool_choice, read_tools, schema_tool

TYPES = {"auto": "auto", "none": "none", "required": "any"}


def put_tools(fields: Fields, request: ChatRequest, *, may_force: bool = True) -> None:
    """Tools, tool choice and output. ``may_force``: whether the model takes a choice that forces a call."""
    tools = [wired for tool in request.tools for wired in _wired(tool)]
    choice = read_tool_choice(request.tool_choice)
    if request.output is not None:
        made = _output(fields, request.output)
        if made is not None:
            tools.append(_tool(made))
            choice = ToolChoice("named", made.name)
    if not tools:
        if request.tool_choice is not None:
            fields.drop("tool_choice", "there are no tools to choose from")
        return
    fields.put("tools", tools)
    if "tools" in fields.body:
        wired = _choice(fields, choice, may_force=may_force)
        fields.put("tool_choice", _with_parallel(fields, wired, request))


def _wired(tool: dict[str, Any]) -> list[dict[str, Any]]:
    """A tool written for Messages keeps all its fields; so do the tools that run at the provider."""
    if "input_schema" in tool and "name" in tool:
        return [tool]
    return [_tool(found) if isinstance(found, FunctionTool) else found for found in read_tools([tool])]


def _tool(tool: FunctionTool) -> dict[str, Any]:
    wired: dict[str, Any] = {"name": tool.name}
    if tool.description:
        wired["description"] = tool.description
    wired["input_schema"] = enforceable(tool.parameters) if tool.strict else tool.parameters
    if tool.strict is not None:
        wired["strict"] = tool.strict
    if tool.cache_control is not None:
        wired["cache_control"] = tool.cache_control
    return wired


def _choice(fields: Fields, choice: ToolChoice | None, *, may_force: bool) -> Any:
    wired = _form(choice)
    if isinstance(wired, dict) and wired.get("type") in {"any", "tool"} and not may_force:
        return clamp(fields, "tool_choice", wired, {"type": "auto"})
    return wired


def _with_parallel(fields: Fields, wired: Any, request: ChatRequest) -> Any:
    """Whether several calls may come at once is said inside the choice."""
    disabled = as_dict(request.tool_choice).get("disable_parallel_tool_use")
    if request.parallel_tool_calls is not None:
        fields.renamed["parallel_tool_calls"] = "tool_choice.disable_parallel_tool_use"
        disabled = not request.parallel_tool_calls
    if disabled is None or (isinstance(wired, dict) and wired.get("type") == "none"):
        return wired
    return {**(wired if isinstance(wired, dict) else {"type": "auto"}), "disable_parallel_tool_use": disabled}


def _form(choice: ToolChoice | None) -> Any:
    if choice is None:
        return None
    if choice.mode == "named":
        return {"type": "tool", "name": choice.name}
    if choice.mode == "native":
        return choice.raw
    return {"type": TYPES[choice.mode]}


def _output(fields: Fields, output: dict[str, Any]) -> FunctionTool | None:
    """Adds the format; or the function whose arguments shall be the answer, where that is the method."""
    schema = output.get("schema")
    method = output.get("method")
    if not isinstance(schema, dict):
        fields.drop("output", "Messages knows no JSON mode without a schema")
        return None
    strict = output.get("strict")
    if method == "function_calling":
        return schema_tool(schema, strict if isinstance(strict, bool) else None)
    if method == "json_mode":
        clamp(fields, "output_method", method, "json_schema")
    if strict is False:
        fields.drop("output_strict", "a schema is always enforced here")
    fields.put("output", {"type": "json_schema", "schema": enforceable(schema)}, "output_config.format")
    return None
