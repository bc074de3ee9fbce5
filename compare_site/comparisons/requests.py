"""Typed inputs of actions and API, and from them the request that a run makes. Pure."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)

from compare_site.comparisons.structured import OutputInput
from providers.contract.messages import ChatRequest, ContentBlock, Message, Params, ReasoningParams
from providers.contract.routing import Routing, SessionId, Trace

MAX_TEXT = 1_000_000
MAX_TAG = 64
MOST_TAGS = MOST_METADATA = 16
Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TAG)]
Tags = Annotated[list[Tag], Field(max_length=MOST_TAGS)]
MetadataKey = Annotated[str, StringConstraints(min_length=1, max_length=64)]
MetadataValue = Annotated[str, StringConstraints(max_length=512)]
Metadata = Annotated[dict[MetadataKey, MetadataValue], Field(max_length=MOST_METADATA)]
ModelName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=364)]
Text = Annotated[str, StringConstraints(max_length=MAX_TEXT)]
ProtocolChoice = Literal["auto", "chat", "responses", "messages"]
AttachmentId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Switchable = Literal["tools", "output", "reasoning", "modalities", "routing"]
SCHEMA_KEYS = ("parameters", "input_schema", "inputSchema", "parametersJsonSchema", "parameters_json_schema")
WITH_TOOLS = ("tool_choice", "parallel_tool_calls")


class Input(BaseModel):
    """Base of all inputs: unknown keys are refused, values are not echoed in errors."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


def _as_blocks(value: Any) -> Any:
    """A plain string as a list with one block. A union type would report the problems of both spellings."""
    return [{"kind": "text", "text": value}] if isinstance(value, str) else value


class MessageInput(Input):
    """A message as people write it: ``content`` may be a plain string."""

    role: Literal["system", "user", "assistant", "tool"]
    content: Annotated[list[ContentBlock], BeforeValidator(_as_blocks, json_schema_input_type=str | list[ContentBlock])]

    @field_validator("content")
    @classmethod
    def _says_something(cls, content: list[ContentBlock]) -> list[ContentBlock]:
        if not any(block.kind != "text" or block.text.strip() for block in content):
            raise ValueError("the message is empty")
        return content

    def as_message(self) -> Message:
        return Message(role=self.role, content=tuple(self.content))


def _is_bare(message: Any) -> bool:
    """Whether a message, as it came, says nothing itself."""
    content = message.get("content") if isinstance(message, dict) else None
    return content == [] or (isinstance(content, str) and not content.strip())


def _named(tool: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """A function needs a name in every form in which it may be written; what providers run themselves needs a type."""
    inner = next((tool[wrapper] for wrapper in ("function", "toolSpec") if wrapper in tool), None)
    flat = tool.get("type") in {None, "function"} and any(isinstance(tool.get(key), dict) for key in SCHEMA_KEYS)
    written = inner if inner is not None else tool if flat else None
    if not tool or (written is not None and not (isinstance(written, dict) and written.get("name"))):
        raise ValueError("a function needs a name")
    return tool


Tool = Annotated[dict[str, JsonValue], AfterValidator(_named)]


class Common(Input):
    """What may be set for all columns and again for one of them."""

    params: Params | None = None
    reasoning: ReasoningParams | None = None
    tools: list[Tool] | None = None
    tool_choice: JsonValue = None
    parallel_tool_calls: bool | None = None
    modalities: list[Literal["text", "image", "audio"]] | None = Field(default=None, max_length=3)
    output: OutputInput | None = None
    routing: Routing | None = None
    session_id: SessionId | None = None
    trace: Trace | None = None

    def as_settings(self) -> dict[str, Any]:
        """Only what was said, as JSON."""
        said = self.model_dump(mode="json", include=set(Common.model_fields), exclude_none=True, by_alias=True)
        return {name: value for name, value in said.items() if value != {}}


class ColumnInput(Common):
    """One model of a comparison with what is particular to its column. Its runs get ``tags`` and ``metadata``."""

    model: ModelName
    system: Text | None = None
    samples: int = Field(default=1, ge=1, le=32)
    extra: dict[str, JsonValue] | None = None
    protocol: ProtocolChoice = "auto"
    stream: bool | None = None
    off: list[Switchable] | None = Field(default=None, max_length=5)
    """Common settings that this column does without."""
    tags: Tags = Field(default_factory=list)
    metadata: Metadata = Field(default_factory=dict)

    def as_overrides(self) -> dict[str, Any]:
        """Only what differs from the common settings, as JSON."""
        overrides = self.as_settings()
        said = {"system": self.system, "extra": self.extra, "stream": self.stream}
        overrides.update({name: value for name, value in said.items() if value is not None})
        if self.protocol != "auto":
            overrides["protocol"] = self.protocol
        if self.off:
            overrides["off"] = sorted(set(self.off))
        return overrides


def _as_column(value: Any) -> Any:
    """The short spelling as the long one."""
    return {"model": value} if isinstance(value, str) else value


NamedColumn = Annotated[ColumnInput, BeforeValidator(_as_column, json_schema_input_type=ModelName | ColumnInput)]


class FileInput(Input):
    """An uploaded file, with a cache breakpoint behind it if one is wanted."""

    id: AttachmentId
    cache_control: dict[str, JsonValue] | None = None


def _as_file(value: Any) -> Any:
    """The short spelling as the long one."""
    return {"id": value} if isinstance(value, str) else value


NamedFile = Annotated[FileInput, BeforeValidator(_as_file, json_schema_input_type=AttachmentId | FileInput)]


class Asking(Input):
    """A prompt, or messages of which the last is answered, or a version of a kept prompt: exactly one of them."""

    attachments: list[NamedFile] | None = Field(default=None, max_length=8)
    """Uploaded files that go before the text of the last message; with any, it needs no text."""
    prompt: Text | None = None
    messages: list[MessageInput] | None = None
    prompt_version: Annotated[str, StringConstraints(max_length=32)] | None = None
    variables: Annotated[dict[str, Text], Field(max_length=100)] | None = None
    """Values for the variables of ``prompt_version``."""
    system: Text | None = None

    @field_validator("messages", mode="wrap")
    @classmethod
    def _files_may_be_all(cls, said: Any, check: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        if not (info.data.get("attachments") and isinstance(said, list) and said and _is_bare(said[-1])):
            return check(said)
        *before, last = check([*said[:-1], {**said[-1], "content": "its files"}])
        return [*before, last.model_copy(update={"content": []})]

    @model_validator(mode="after")
    def _one_of(self) -> "Asking":
        if sum(said is not None for said in (self.prompt, self.messages, self.prompt_version)) != 1:
            raise ValueError("give either prompt or messages")
        if self.variables is not None and self.prompt_version is None:
            raise ValueError("variables belong to a prompt_version")
        if self.prompt is not None and not self.prompt.strip() and not self.attachments:
            raise ValueError("the prompt is empty")
        if self.messages is not None and not self.messages:
            raise ValueError("messages is empty")
        if any("attachment" in (block.data or {}) for said in self.messages or () for block in said.content):
            raise ValueError("files are named in attachments")
        return self

    def as_messages(self) -> list[dict[str, Any]]:
        """The messages of the turn as JSON; of a kept prompt they are elsewhere."""
        if self.prompt is not None:
            bare = Message(role="user", content=())
            said = [Message.of_text("user", self.prompt) if self.prompt.strip() else bare]
        else:
            said = [message.as_message() for message in self.messages or []]
        return [message.model_dump(mode="json", exclude_none=True) for message in said]


class StartComparison(Asking, Common):
    """One prompt to many models."""

    models: list[NamedColumn] = Field(min_length=1, max_length=32)
    title: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] | None = None
    tags: Tags = Field(default_factory=list)
    metadata: Metadata = Field(default_factory=dict)


class AddTurn(Asking):
    """A follow-up. ``history`` own: each column continues itself; chosen: all continue the run ``chosen``."""

    parent: str | None = None
    history: Literal["own", "chosen"] = "own"
    chosen: str | None = None

    @model_validator(mode="after")
    def _chosen_needs_a_run(self) -> "AddTurn":
        if (self.history == "chosen") != (self.chosen is not None):
            raise ValueError('history "chosen" and a chosen run belong together')
        return self


def settings_of(common: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a column: the common ones, without those that it switches off, then its own over them."""
    off = set(overrides.get("off", ()))
    off |= set(WITH_TOOLS) if "tools" in off else set()
    return {**{name: value for name, value in common.items() if name not in off}, **overrides}


def effective_request(
    model_id: str,
    messages: Sequence[Message],
    common: Mapping[str, Any],
    overrides: Mapping[str, Any],
    ids: Mapping[str, str] = MappingProxyType({}),
) -> ChatRequest:
    """The request of one run: common settings, then the column's own over them, field by field for params."""
    own, off = settings_of(common, overrides), overrides.get("off", ())
    together = {
        name: {**({} if name in off else common.get(name, {})), **overrides.get(name, {})}
        for name in ("params", "reasoning", "routing")
    }
    reasoning, routing = together["reasoning"], together["routing"]
    return ChatRequest(
        model_id=model_id,
        messages=tuple(messages),
        params=Params.model_validate(together["params"]),
        reasoning=ReasoningParams.model_validate(reasoning) if reasoning else None,
        stream=overrides.get("stream", True),
        extra=overrides.get("extra", {}),
        tools=tuple(own.get("tools", ())),
        tool_choice=own.get("tool_choice"),
        parallel_tool_calls=own.get("parallel_tool_calls"),
        modalities=tuple(own.get("modalities", ())),
        output=own.get("output"),
        routing=Routing.model_validate(routing) if routing else None,
        session_id=own.get("session_id"),
        trace=own.get("trace"),
        ids=dict(ids),
    )
