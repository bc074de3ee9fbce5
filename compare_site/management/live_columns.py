"""Answers side by side in a terminal, while they come; below each other where there is no room."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from compare_site.comparisons.listing import about
from compare_site.management.terminal import harmless

NARROWEST = 30
FRAME = 3
"""Lines of a panel that are not text."""
COLOURS = {"finished": "green", "failed": "red", "interrupted": "red", "cancelled": "yellow"}
NOT_WHOLE = {"length": "cut off · length", "content_filter": "cut off · content filter", "refusal": "refused"}
"""What a model ended with that is no answer as it was asked for, in the words of the page."""


def newest(state: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Name and run of everything that is shown, in the order of the columns."""
    columns = {column["id"]: column for column in state["columns"]}
    found: dict[tuple[str, int], tuple[str, dict[str, Any]]] = {}
    for run in state["runs"]:
        column = columns[run["column"]]
        sample = f" #{run['sample'] + 1}" if column["samples"] > 1 else ""
        found[run["column"], run["sample"]] = (f"{column['label']} {column['model']}{sample}", run)
    order = {column: place for place, column in enumerate(columns)}
    return [found[key] for key in sorted(found, key=lambda key: (order[key[0]], key[1]))]


def live(state: Mapping[str, Any], console: Console) -> RenderableType:
    """What fits on the screen: the end of every answer."""
    runs = newest(state)
    across = max(1, min(len(runs), console.width // NARROWEST))
    rows = -(-len(runs) // across)
    height = max(FRAME + 1, (console.height - 1) // rows)
    width = console.width // across
    grid = Table.grid(expand=True)
    for _column in range(across):
        grid.add_column(ratio=1)
    panels = [_panel(name, run, width, height) for name, run in runs]
    for begin in range(0, len(panels), across):
        grid.add_row(*panels[begin : begin + across])
    return grid


def _panel(name: str, run: Mapping[str, Any], width: int, height: int) -> Panel:
    room = height - FRAME
    text = Text(harmless(_words(run)))
    lines = list(text.wrap(Console(width=width - 4), width - 4))
    shown = Text("\n").join(lines[-room:]) if lines else Text("…", style="dim")
    title, state = Text(harmless(name), style="bold"), Text(_status(run), style=_colour(run, "cyan"))
    return Panel(shown, title=title, subtitle=state, title_align="left", subtitle_align="left", height=height)


def whole(state: Mapping[str, Any], console: Console) -> RenderableType:
    """All of every answer, below each other."""
    parts: list[RenderableType] = []
    for name, run in newest(state):
        title = Text(harmless(name), style="bold")
        parts.append(Panel(Text(harmless(_words(run)) or "—"), title=title, subtitle=_figures(run), title_align="left"))
    return Group(*parts)


def plain(state: Mapping[str, Any]) -> str:
    """The same for a file or a pipe."""
    parts = [f"== {name} ==\n{_words(run)}\n-- {_figures(run).plain}\n" for name, run in newest(state)]
    return harmless("\n".join(parts))


def _words(run: Mapping[str, Any]) -> str:
    """The answer; while there is none, what the model thinks; at last what went wrong."""
    said = f"{run['text']}{run['refusal'] or ''}"
    calls = "".join(f"\n{call['name']}({call['arguments']})" for call in run["tool_calls"])
    error = run["error"] or {}
    problem = f"\n[{error.get('code', '')}] {error.get('message', '')}" if error else ""
    thought = "" if said or run["status"] == "finished" else run["reasoning"] or ""
    return f"{said or thought}{calls}{problem}".strip("\n")


def _not_whole(run: Mapping[str, Any]) -> str | None:
    return NOT_WHOLE.get(run["finish_reason"]) if run["status"] == "finished" else None


def _colour(run: Mapping[str, Any], live: str) -> str:
    return "yellow" if _not_whole(run) else COLOURS.get(run["status"], live)


def _status(run: Mapping[str, Any]) -> str:
    tokens = (run["usage"] or {}).get("output")
    counted = "" if tokens is None else "1 token" if tokens == 1 else f"{tokens} tokens"
    return " · ".join(part for part in (_not_whole(run) or run["status"], counted) if part)


def _figures(run: Mapping[str, Any]) -> Text:
    timings, parts = run["timings"], [_status(run)]
    if run["finish_reason"] not in {None, "stop"} and not _not_whole(run):
        parts.append(str(run["finish_reason"]))
    for name, label in (("ttft_ms", "first token"), ("total_ms", "total")):
        if timings.get(name) is not None:
            parts.append(f"{label} {timings[name] / 1000:.2f} s")
    parts.append(about(run["cost"]) or "cost unknown")
    return Text(" · ".join(parts), style=_colour(run, ""))


def all_finished(state: Mapping[str, Any]) -> bool:
    """Whether every answer that is shown has finished."""
    return all(run["status"] == "finished" for _name, run in newest(state))


def is_over(runs: Sequence[Mapping[str, Any]], final: frozenset[str]) -> bool:
    """Whether nothing runs any more."""
    return all(run["status"] in final for run in runs)
