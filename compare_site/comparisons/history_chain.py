"""What a model is told: the messages of a run, from the chain of ``Run.parent`` and nothing else.

"Never mix" is a property of this one rule: a run's history is its parent's history, its parent's turn and answer.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from providers.contract.messages import ContentBlock, Message


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
    system: str, ancestors: Sequence[tuple[TurnLike, list[dict[str, Any]]]], turn: TurnLike
) -> list[Message]:
    """System text, then each ancestor's turn and answer blocks, then this turn. An answer without text is left out."""
    messages = [Message.of_text("system", system)] if system else []
    for earlier, blocks in ancestors:
        messages += turn_messages(earlier)
        answer = answer_message(blocks)
        if answer is not None:
            messages.append(answer)
    return messages + turn_messages(turn)


def turn_messages(turn: TurnLike) -> list[Message]:
    """The rendered messages of a turn."""
    return [Message.model_validate(message) for message in turn.messages]


def answer_message(blocks: Sequence[Mapping[str, Any]]) -> Message | None:
    """An answer as the next turn repeats it: its text, partial or not; None if it has none."""
    text = "".join(block.get("text") or "" for block in blocks if block["kind"] == "text")
    if not text:
        return None
    return Message(role="assistant", content=(ContentBlock(kind="text", text=text),))
