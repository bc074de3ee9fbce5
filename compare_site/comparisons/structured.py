"""Structured output: what is asked for, by which method, and whether the answer keeps to its schema. Pure.

The validator is loaded by the first schema that comes: no start has to wait for it.
"""

import json
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from compare_site.comparisons.fold import RunFold
from providers.contract.errors import SetupError
from providers.contract.messages import ChatRequest

Method = Literal["json_schema", "function_calling", "json_mode"]
FENCE = "```"


class OutputInput(BaseModel):
    """What the answer has to be. ``method`` auto takes the strictest one that the model is known to have."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, populate_by_name=True)

    method: Literal["auto", "json_schema", "function_calling", "json_mode"] = "auto"
    json_schema: dict[str, JsonValue] | None = Field(default=None, alias="schema")
    strict: bool | None = None

    @model_validator(mode="after")
    def _sound(self) -> "OutputInput":
        if self.json_schema is None and self.method != "json_mode":
            raise ValueError('a schema is needed (only the method "json_mode" does without)')
        if self.strict is not None and self.method == "json_mode":
            raise ValueError("strict goes with json_schema and function_calling, not with json_mode")
        if self.json_schema is not None:
            from compare_site.comparisons import json_schema

            json_schema.check_schema(self.json_schema)
        return self


def with_method(request: ChatRequest, capabilities: Mapping[str, bool]) -> tuple[ChatRequest, Method | None]:
    """The request with its method decided, and the method; a schema as a function where that is the method.

    Raises SetupError ``unsupported`` if function calling is asked for beside tools of one's own.
    """
    asked = request.output
    if asked is None:
        return request, None
    wanted: Any = asked.get("method", "auto")
    method: Method = _best(request, capabilities) if wanted == "auto" else wanted
    if method != "function_calling":
        return request.model_copy(update={"output": {**asked, "method": method}}), method
    if request.tools:
        message = "Function calling cannot serve the output schema beside other tools. Choose json_schema."
        raise SetupError("unsupported", message)
    schema = asked.get("schema")
    assert isinstance(schema, dict)
    name = function_name(schema)
    tool: dict[str, JsonValue] = {"name": name, "parameters": schema}
    described = schema.get("description")
    if isinstance(described, str):
        tool["description"] = described
    if asked.get("strict") is not None:
        tool["strict"] = asked["strict"]
    return request.model_copy(update={"output": None, "tools": (tool,), "tool_choice": {"name": name}}), method


def _best(request: ChatRequest, capabilities: Mapping[str, bool]) -> Method:
    """Unknown counts as able: the provider's refusal says more than our guess."""
    if capabilities.get("structured_output", True):
        return "json_schema"
    if capabilities.get("tools", True) and not request.tools:
        return "function_calling"
    return "json_mode"


def function_name(schema: Mapping[str, Any]) -> str:
    """A name that every provider takes, from the schema's title."""
    title = schema.get("title")
    return title[:64] if isinstance(title, str) and title.isascii() and title.isidentifier() else "answer"


def read_answer(fold: RunFold, output: Mapping[str, Any], method: Method) -> dict[str, Any]:
    """``{"method", "parsed", "errors": [{"path", "message"}]}`` of an answer that is complete."""
    try:
        parsed = json.loads(_raw(fold, method))
    except (ValueError, RecursionError) as error:
        what = "is not JSON" if isinstance(error, ValueError) else "is nested too deeply"
        return {"method": method, "parsed": None, "errors": [{"path": "", "message": f"The answer {what}."}]}
    schema = output.get("schema")
    if schema is None:
        return {"method": method, "parsed": parsed, "errors": []}
    from compare_site.comparisons import json_schema

    return {"method": method, "parsed": parsed, "errors": json_schema.errors_of(parsed, schema)}


def _raw(fold: RunFold, method: Method) -> str:
    if method == "function_calling":
        call = next((block for block in fold.content if block.kind == "tool_call"), None)
        if call is not None:
            return call.text
    text = fold.text_of("text").strip()
    if text.startswith(FENCE) and text.endswith(FENCE) and "\n" in text:
        return text.removesuffix(FENCE).partition("\n")[2]
    return text
