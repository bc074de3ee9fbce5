"""Structured output: what is asked for, by which method, and whether the answer keeps to its schema. Pure.

A schema comes from whoever asks and the answer from a model, so that validation loads nothing from elsewhere and its
patterns run in linear time (pydantic's engine, not ``re``).
"""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Annotated, Any, Literal

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.exceptions import SchemaError
from jsonschema.validators import extend
from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints, TypeAdapter, model_validator
from pydantic import ValidationError as Mismatch
from pydantic_core import SchemaError as BadPattern
from referencing.exceptions import Unresolvable
from referencing.jsonschema import EMPTY_REGISTRY

from compare_site.comparisons.fold import RunFold
from providers.contract.errors import SetupError
from providers.contract.messages import ChatRequest

Method = Literal["json_schema", "function_calling", "json_mode"]
MAX_ERRORS = 50
MAX_MESSAGE = 500
MAX_SHOWN = 80
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
            _check_schema(self.json_schema)
        return self


def _check_schema(schema: Mapping[str, Any]) -> None:
    try:
        Draft202012Validator.check_schema(schema)
        strange = '"patternProperties"' in json.dumps(schema)
    except SchemaError as error:
        raise ValueError(f"this is no JSON Schema: {error.json_path}: {error.message[:MAX_MESSAGE]}") from None
    except RecursionError:
        raise ValueError("the schema is nested too deeply") from None
    if strange:
        raise ValueError("patternProperties is not supported; name the properties")


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
    return {"method": method, "parsed": parsed, "errors": [] if schema is None else _errors(parsed, schema)}


def _raw(fold: RunFold, method: Method) -> str:
    if method == "function_calling":
        call = next((block for block in fold.content if block.kind == "tool_call"), None)
        if call is not None:
            return call.text
    text = fold.text_of("text").strip()
    if text.startswith(FENCE) and text.endswith(FENCE) and "\n" in text:
        return text.removesuffix(FENCE).partition("\n")[2]
    return text


def _errors(parsed: Any, schema: Mapping[str, Any]) -> list[dict[str, str]]:
    """Where the answer leaves its schema, with JSON paths; at most ``MAX_ERRORS``."""
    found: list[dict[str, str]] = []
    try:
        for error in _Validator(schema, registry=EMPTY_REGISTRY).iter_errors(parsed):
            if len(found) == MAX_ERRORS:
                break
            found.append({"path": error.json_path, "message": error.message[:MAX_MESSAGE]})
    except Unresolvable:
        found.append({"path": "", "message": "The schema refers to something that is not in it."})
    except RecursionError:
        found.append({"path": "", "message": "The schema or the answer is nested too deeply to be checked."})
    return sorted(found, key=lambda error: error["path"])


def _pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if not isinstance(instance, str):
        return
    matcher = _matcher(pattern)
    if matcher is None:
        yield ValidationError(f"the pattern {pattern!r} cannot be checked here")
        return
    try:
        matcher.validate_python(instance)
    except Mismatch:
        yield ValidationError(f"{instance[:MAX_SHOWN]!r} does not match {pattern!r}")


@lru_cache(maxsize=256)
def _matcher(pattern: str) -> TypeAdapter[str] | None:
    try:
        return TypeAdapter(Annotated[str, StringConstraints(pattern=pattern)])
    except BadPattern:
        return None


_Validator: Any = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]
