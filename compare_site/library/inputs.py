"""What may be asked of prompts and column sets: the typed inputs of actions and API. Pure."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from compare_site.comparisons.requests import Common, Input, NamedColumn, Tags, Text
from compare_site.library import variables

MOST_MESSAGES = 100
MOST_VARIABLES = 100
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Description = Annotated[str, StringConstraints(max_length=4000)]
SetName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]


class PromptMessage(Input):
    """One message of a prompt: text, in which ``{name}`` is a variable."""

    role: Literal["system", "user", "assistant"]
    content: Text


def _checked_messages(value: list[PromptMessage]) -> list[PromptMessage]:
    if value[-1].role != "user":
        raise ValueError("the last message must be the user's")
    if not all(message.content.strip() for message in value):
        raise ValueError("a message is empty")
    return value


class Content(Input):
    """What a version says. ``prompt`` is short for one user message."""

    system: Text = ""
    prompt: Text | None = None
    messages: Annotated[list[PromptMessage], Field(min_length=1, max_length=MOST_MESSAGES)] | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if (self.prompt is None) == (self.messages is None):
            raise ValueError("give either prompt or messages")
        if self.prompt is not None and not self.prompt.strip():
            raise ValueError("the prompt is empty")
        if self.messages is not None:
            _checked_messages(self.messages)
        if len(self.names) > MOST_VARIABLES:
            raise ValueError("too many variables; at most 100")
        return self

    @property
    def said(self) -> list[dict[str, str]]:
        """The messages as they are stored."""
        if self.messages is None:
            return [{"role": "user", "content": self.prompt or ""}]
        return [{"role": message.role, "content": message.content} for message in self.messages]

    @property
    def names(self) -> list[str]:
        """The variables, in the order in which they are first met."""
        return variables.names_in([self.system, *(message["content"] for message in self.said)])


class NewPrompt(Content):
    """A prompt with its first version."""

    name: Name
    description: Description = ""
    tags: Tags = Field(default_factory=list)
    team: bool = False


class PromptChange(Input):
    """What may be changed. A new ``content`` is the next version; ``based_on`` is the id of the one that was edited."""

    name: Name | None = None
    description: Description | None = None
    tags: Tags | None = None
    team: bool | None = None
    content: Content | None = None
    based_on: str | None = None


class NewColumnSet(Input):
    """Models with their parameters; ``common`` holds for all of them."""

    name: SetName
    columns: list[NamedColumn] = Field(min_length=1, max_length=32)
    common: Common = Field(default_factory=Common)
    team: bool = False


class ColumnSetChange(Input):
    """What may be changed of a set; what is not named stays."""

    name: SetName | None = None
    columns: Annotated[list[NamedColumn], Field(min_length=1, max_length=32)] | None = None
    common: Common | None = None
    team: bool | None = None
