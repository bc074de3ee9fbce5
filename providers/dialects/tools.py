"""Tools as people have them, in one form: OpenAI nested or flat, bare, Anthropic, MCP, Pydantic, Bedrock, Gemini.

What is no function (a provider's own web search, a free-text tool) is handed back as it came.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from providers.contract.errors import ProviderError
from providers.dialects.jsonvalue import as_dict, as_text

NO_PARAMETERS: dict[str, Any] = {"type": "object", "properties": {}}
SCHEMAS = ("parameters", "input_schema", "inputSchema", "parametersJsonSchema", "parameters_json_schema")
FUNCTION_TYPES = frozenset({None, "function", "custom"})
NAME_LIMIT = 64
MODES: dict[str, "ChoiceMode"] = {
    "auto": "auto",
    "none": "none",
    "required": "required",
    "any": "required",
}

ChoiceMode = Literal["auto", "none", "required", "named", "native"]


@dataclass(frozen=True, slots=True)
class FunctionTool:
    """A function the model may ask us to call. ``strict``: None if nobody said."""

    name: str
    description: str
    parameters: dict[str, Any]
    strict: bool | None = None
    cache_control: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """What the model shall do with its tools. ``native``: a form of one protocol, in ``raw`` as it came."""

    mode: ChoiceMode
    name: str = ""
    raw: Any = None


def read_tools(tools: Iterable[Mapping[str, Any]]) -> list[FunctionTool | dict[str, Any]]:
    """Every tool in order: functions normalised, anything else untouched. ProviderError where a name is missing."""
    found: list[FunctionTool | dict[str, Any]] = []
    for tool in tools:
        declared = tool.get("functionDeclarations") or tool.get("function_declarations")
        if isinstance(declared, list):
            found.extend(_function(as_dict(each), as_dict(each)) for each in declared)
        else:
            found.append(_read(tool))
    return found


def _read(tool: Mapping[str, Any]) -> FunctionTool | dict[str, Any]:
    for wrapper in ("function", "toolSpec"):
        if isinstance(tool.get(wrapper), dict):
            return _function(tool[wrapper], tool)
    if tool.get("type") == "object" and isinstance(tool.get("properties"), dict):
        return _model(tool)
    if tool.get("type") not in FUNCTION_TYPES or not (tool.get("name") or _schema(tool) is not None):
        return dict(tool)
    if tool.get("type") == "custom" and _schema(tool) is None:
        return dict(tool)
    return _function(tool, tool)


def _function(inner: Mapping[str, Any], outer: Mapping[str, Any]) -> FunctionTool:
    name = as_text(inner.get("name"))
    if not name:
        raise ProviderError("bad_request", "A tool has no name. Give every function a name.", retryable=False)
    strict = inner.get("strict", outer.get("strict"))
    marked = outer.get("cache_control") or inner.get("cache_control")
    return FunctionTool(
        name=name,
        description=as_text(inner.get("description")),
        parameters=_schema(inner) or dict(NO_PARAMETERS),
        strict=strict if isinstance(strict, bool) else None,
        cache_control=marked if isinstance(marked, dict) else None,
    )


def _schema(tool: Mapping[str, Any]) -> dict[str, Any] | None:
    for name in SCHEMAS:
        schema = tool.get(name)
        if isinstance(schema, dict):
            inner = schema.get("json") if set(schema) == {"json"} else None
            return inner if isinstance(inner, dict) else schema
    return None


def _model(schema: Mapping[str, Any]) -> FunctionTool:
    """The JSON schema of a Pydantic model: its title is the function's name, its docstring the description."""
    parameters = {name: value for name, value in schema.items() if name not in {"title", "description", "strict"}}
    said = {"name": schema_name(schema, "function"), "description": schema.get("description")}
    return _function({**said, "parameters": parameters, "strict": schema.get("strict")}, {})


def schema_name(schema: Mapping[str, Any] | None, otherwise: str = "answer") -> str:
    """A name every provider accepts, from the schema's title if it has one."""
    title = as_text((schema or {}).get("title"))
    return re.sub(r"[^A-Za-z0-9_-]+", "_", title).strip("_")[:NAME_LIMIT] or otherwise


def schema_tool(schema: Mapping[str, Any], strict: bool | None = None) -> FunctionTool:
    """Structured output by function calling: the one function whose arguments are the answer."""
    said = as_text(schema.get("description")) or "Give the answer by calling this function."
    return FunctionTool(schema_name(schema), said, dict(schema), strict)


def read_tool_choice(choice: Any) -> ToolChoice | None:
    """None where nothing was asked for; every protocol's way of naming a mode or one function is understood."""
    if choice is None:
        return None
    if isinstance(choice, str):
        return ToolChoice(MODES[choice]) if choice in MODES else ToolChoice("native", raw=choice)
    if not isinstance(choice, Mapping):
        return ToolChoice("native", raw=choice)
    kind = choice.get("type")
    inner = choice.get("function") if isinstance(choice.get("function"), dict) else choice
    name = as_text(as_dict(inner).get("name"))
    if name and kind in {None, "function", "tool"}:
        return ToolChoice("named", name)
    if isinstance(kind, str) and kind in MODES:
        return ToolChoice(MODES[kind])
    return ToolChoice("native", raw=dict(choice))
