"""What differs between two texts, line by line. Pure."""

from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

Kind = Literal["same", "added", "removed", "left_out"]
AROUND = 2
"""Unchanged lines that are shown before and after a change."""
MOST_LINES = 2000
"""Longer texts are shown as wholly replaced: comparing them takes the square of their length."""


MOST_PAIRS = 20_000
"""Of equal lines. With more of them, lines that stand everywhere begin no match."""


class Line(NamedTuple):
    """One line; of kind ``left_out`` it stands for unchanged ones and ``text`` is how many."""

    kind: Kind
    text: str

    @property
    def left_out(self) -> int:
        """How many lines it stands for."""
        return int(self.text) if self.kind == "left_out" else 0


def changed_lines(old: str, new: str) -> list[Line]:
    """The lines of both, in reading order; [] if they are the same."""
    if old == new:
        return []
    before, after = old.split("\n") if old else [], new.split("\n") if new else []
    if len(before) + len(after) > MOST_LINES:
        return [Line("removed", text) for text in before] + [Line("added", text) for text in after]
    lines: list[Line] = []
    matcher = SequenceMatcher(None, before, after, autojunk=_is_repetitive(before, after))
    for group in matcher.get_grouped_opcodes(AROUND):
        lines += _left_out(lines, group[0][1], before)
        for tag, start, end, new_start, new_end in group:
            if tag == "equal":
                lines += [Line("same", text) for text in before[start:end]]
                continue
            lines += [Line("removed", text) for text in before[start:end]]
            lines += [Line("added", text) for text in after[new_start:new_end]]
    shown = sum(line.kind in {"same", "removed"} for line in lines) + sum(_skipped(lines))
    return lines + ([Line("left_out", str(len(before) - shown))] if shown < len(before) else [])


def _is_repetitive(before: list[str], after: list[str]) -> bool:
    """Whether the same lines stand in so many places that trying all pairs of them would take minutes."""
    counts = Counter(after)
    return sum(counts[line] for line in before) > MOST_PAIRS


def _left_out(lines: list[Line], start: int, before: list[str]) -> list[Line]:
    """What stands between the last group and this one."""
    seen = sum(line.kind in {"same", "removed"} for line in lines) + sum(_skipped(lines))
    return [Line("left_out", str(start - seen))] if seen < start <= len(before) else []


def _skipped(lines: list[Line]) -> Iterator[int]:
    return (line.left_out for line in lines)
