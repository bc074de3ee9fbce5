"""The messages that a run sends to its model: they follow from the chain of ``Run.parent`` and nothing else.

A run's history is its parent's history, then its parent's turn and answer. That rule alone keeps columns from mixing.
Tool results of a turn are matched with the calls of the answer that each run continues: by id, else by the tool's name,
so that one result can serve all columns. Pictures of the last answer are sent with the next user message, because
hardly any protocol takes pictures in an answer.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, Protocol

from providers.contract.errors import SetupError
from providers.contract.messages import ContentBlock, Message

NO_PICTURES = {"previous_images": "this model does not take images; those of the answer before were left out"}
"""In the request report: pictures of the last answer that were left out."""
NO_RESULTS = {"previous_tool_calls": "nobody gave results for them, and providers refuse calls without results"}
"""In the request report: tool calls of earlier answers that were left out."""
SAID = frozenset({"text", "refusal"})
"""The kinds of blocks that an answer says to the user; refusals go back as text where a protocol has no such block."""


class TurnLike(Protocol):
    """What is needed of a turn: its messages as JSON."""

    messages: list[dict[str, Any]]


def chain_of(run_id: str | None, parents: Mapping[str, str | None]) -> list[str]:
    """The runs whose history is continued, oldest first; ``parents``: run -> parent, for the whole comparison."""
    chain: list[str] = []
    while run_id is not None:
        chain.append(run_id)
        run_id = parents.get(run_id)
    return chain[::-1]


def messages_of(
    system: str,
    ancestors: Sequence[tuple[TurnLike, list[dict[str, Any]]]],
    turn: TurnLike,
    pictures: bool = True,
) -> list[Message]:
    """System text, then each ancestor's turn and answer, then this turn. An answer without text is left out.

    ``pictures``: send those of the last answer, too, so that "make it blue" has a meaning; False if the model takes
    none. Raises SetupError ``bad_request`` if this turn brings nothing but tool results and the answer before called
    no tool.
    """
    messages = [Message.of_text("system", system)] if system else []
    calls: list[ContentBlock] = []
    following = [*(earlier for earlier, _ in ancestors), turn][1:]
    for (earlier, blocks), after in zip(ancestors, following, strict=True):
        messages += turn_messages(earlier, calls)
        calls = _calls(blocks) if _brings_results(after) else []
        answer = answer_with_calls(blocks) if calls else answer_message(blocks)
        if answer is not None:
            messages.append(answer)
    last = turn_messages(turn, calls)
    if not last:
        message = "The answer that this run continues called no tool, so there is nothing to give results for."
        raise SetupError("bad_request", message)
    return messages + _shown(pictures_before(ancestors, turn) if pictures else (), last)


def pictures_before(ancestors: Sequence[tuple[TurnLike, list[dict[str, Any]]]], turn: TurnLike) -> list[ContentBlock]:
    """Those of the answer before that go along with this turn. An answer whose calls get results is told whole."""
    if not ancestors or not any(message["role"] == "user" for message in turn.messages):
        return []
    blocks = ancestors[-1][1]
    return [] if _brings_results(turn) and _calls(blocks) else _pictures(blocks)


def calls_dropped(ancestors: Sequence[tuple[TurnLike, list[dict[str, Any]]]], turn: TurnLike) -> bool:
    """Whether an earlier answer called tools and the turn after it brought no results, so that they are left out."""
    following = [*(earlier for earlier, _ in ancestors), turn][1:]
    answers = zip((blocks for _, blocks in ancestors), following, strict=True)
    return any(_calls(blocks) and not _brings_results(after) for blocks, after in answers)


def _pictures(blocks: Sequence[Mapping[str, Any]]) -> list[ContentBlock]:
    """Those that an answer holds, without what only its maker understands; drafts that it thought of are none."""
    found = [block.get("data") or {} for block in blocks if block["kind"] == "image"]
    shown = [data for data in found if (data.get("data") or data.get("url")) and not data.get("thought")]
    names = ("data", "url", "media_type")
    return [ContentBlock(kind="image", data={name: data[name] for name in names if data.get(name)}) for data in shown]


def _shown(pictures: Sequence[ContentBlock], messages: Sequence[Message]) -> list[Message]:
    """``messages`` with the pictures before the words of the first that is the user's."""
    at = next((place for place, message in enumerate(messages) if message.role == "user"), None)
    if not pictures or at is None:
        return list(messages)
    told = messages[at].model_copy(update={"content": (*pictures, *messages[at].content)})
    return [*messages[:at], told, *messages[at + 1 :]]


def turn_messages(turn: TurnLike, calls: Sequence[ContentBlock] = ()) -> list[Message]:
    """The rendered messages of a turn, its tool results sorted to these calls."""
    messages = [Message.model_validate(message) for message in turn.messages]
    results = [block for message in messages if message.role == "tool" for block in message.content]
    said = [message for message in messages if message.role != "tool"]
    if not calls or not results:
        return said
    return [Message(role="tool", content=tuple(_result_of(call, results) for call in calls)), *said]


def _brings_results(turn: TurnLike) -> bool:
    return any(message["role"] == "tool" for message in turn.messages)


def _calls(blocks: Sequence[Mapping[str, Any]]) -> list[ContentBlock]:
    return [_block(block) for block in blocks if block["kind"] == "tool_call"]


def _result_of(call: ContentBlock, results: Sequence[ContentBlock]) -> ContentBlock:
    """Every call needs a result, or the provider refuses the whole: one that nobody gave says so."""
    by_id = [result for result in results if result.id is not None and result.id == call.id]
    by_name = [result for result in results if result.id is None and result.name == call.name]
    found = next(iter(by_id or by_name), None)
    text = "No result was given." if found is None else found.text
    data = None if found is None else found.data
    return ContentBlock(kind="tool_result", id=call.id, name=call.name, text=text, data=data)


def answer_message(blocks: Sequence[Mapping[str, Any]]) -> Message | None:
    """An answer as the next turn repeats it: what it says, also that it refuses, partial or not; None if nothing."""
    said = [block for block in blocks if block["kind"] in SAID and block.get("text")]
    texts = [
        ContentBlock(kind=kind, text="".join(block["text"] for block in together))
        for kind, together in groupby(said, key=itemgetter("kind"))
    ]
    return Message(role="assistant", content=tuple(texts)) if texts else None


def answer_with_calls(blocks: Sequence[Mapping[str, Any]]) -> Message:
    """An answer whose tool calls are now answered: all of it, with what its provider wants back unchanged."""
    return Message(role="assistant", content=tuple(_block(block) for block in blocks))


def _block(block: Mapping[str, Any]) -> ContentBlock:
    return ContentBlock.model_validate({name: value for name, value in block.items() if name != "index"})
