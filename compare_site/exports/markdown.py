"""A comparison as one Markdown document. What people and models wrote is quoted, so none of it can pass for ours."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from compare_site.exports.source import Answer, Source, answers, files_of, prompt_of

SPECIAL = re.compile(r"([\\`*_\[\]<>#!|~&$])")
LINES = re.compile(r"\r\n|\r|\n|\x0b|\x0c|\x85|\u2028|\u2029")


def lines(source: Source) -> Iterator[bytes]:
    """The document, an answer at a time."""
    for part in _parts(source):
        yield part.encode("utf-8", "replace")


def _parts(source: Source) -> Iterator[str]:
    comparison = source.comparison
    yield f"# {inline(comparison.title or 'Comparison')}\n\n"
    facts = [f"Started {comparison.created_at:%Y-%m-%d %H:%M} UTC"]
    if comparison.tags:
        facts.append("tags: " + ", ".join(inline(tag) for tag in comparison.tags))
    yield f"{' · '.join(facts)}\n\n"
    if comparison.system:
        yield f"**System prompt**\n\n{quoted(comparison.system)}\n"
    turn = None
    for answer in answers(source):
        if not answer.newest:
            continue
        if answer.turn.pk != turn:
            turn = answer.turn.pk
            yield from _question(answer)
        yield _answer(answer)


def _question(answer: Answer) -> Iterator[str]:
    yield f"\n## Turn {answer.turn.position + 1}\n\n"
    if answer.turn.system:
        yield f"**System prompt of this turn**\n\n{quoted(answer.turn.system)}\n"
    for message in answer.turn.messages[:-1]:
        text = "".join(block.get("text", "") for block in message["content"])
        yield f"**{inline(message['role']).capitalize()}**\n\n{quoted(text)}\n"
    yield f"**Prompt**\n\n{quoted(prompt_of(answer.turn))}\n"
    if files := files_of(answer.turn):
        yield "**Attached**\n\n" + "".join(f"- {_file(each)}\n" for each in files) + "\n"


def _file(told: dict[str, Any]) -> str:
    size = "size unknown" if told["size"] is None else f"{told['size']} bytes"
    gone = ", not here" if told.get("missing") else ""
    return f"{inline(told['name']) or 'unnamed'} ({told['kind']}, {size}{gone})"


def _answer(answer: Answer) -> str:
    run, fold, column = answer.run, answer.fold, answer.column
    sample = f", sample {run.sample + 1}" if column.samples > 1 else ""
    attempt = f", attempt {run.attempt}" if run.attempt > 1 else ""
    parts = [f"\n### {column.label} · {inline(column.model)}{sample}{attempt}\n\n"]
    if not answer.complete:
        parts.append(f"**Not complete** ({inline(answer.note)})\n\n")
    if "imported" in fold.metadata:
        parts.append("*Imported: this answer was not asked for here.*\n\n")
    if reasoning := fold.text_of("reasoning"):
        parts.append(f"**Reasoning**\n\n{quoted(reasoning)}\n**Answer**\n\n")
    if text := fold.text_of("text") + fold.text_of("refusal"):
        parts.append(f"{quoted(text)}\n")
    elif answer.complete:
        parts.append("*No text.*\n\n")
    calls = (block for block in fold.content if block.kind == "tool_call")
    parts += [f"**Tool call** {inline(block.name or '')}\n\n{quoted(block.text)}\n" for block in calls]
    return "".join([*parts, _figures(answer)])


def _figures(answer: Answer) -> str:
    usage, cost, timings = answer.fold.usage, answer.fold.cost, answer.fold.timings
    tokens = [usage.input, usage.output] if usage else [None, None]
    amount = "unknown" if cost is None else f"${Decimal(cost.amount):f} ({cost.source})"
    times = [timings.ttft_ms, timings.total_ms]
    cells = [*("unknown" if count is None else str(count) for count in tokens), amount]
    cells += ["unknown" if time is None else f"{time / 1000:.2f} s" for time in times]
    return (
        "| Input tokens | Output tokens | Cost | First token | Total |\n"
        f"| ---: | ---: | ---: | ---: | ---: |\n| {' | '.join(cells)} |\n"
    )


def quoted(text: str) -> str:
    """A block quote that holds all of ``text``."""
    return "".join(f"> {line}".rstrip() + "\n" for line in LINES.split(text))


def inline(text: str) -> str:
    """``text`` on one line, without any meaning for Markdown or HTML."""
    return SPECIAL.sub(r"\\\1", " ".join(text.split()))
