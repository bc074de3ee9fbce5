"""Looks through what a link would show for what is shared by mistake: keys, tokens, private keys, addresses. Pure."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["private_key", "api_key", "token", "password", "email"]
MOST = 50
_ANY = r"A-Za-z0-9_\-"
RULES: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("private_key", re.compile(r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----")),
    (
        "api_key",
        re.compile(
            rf"\b(?:sk|rk|pk)[-_](?:[a-z]+[-_])?[{_ANY}]{{16,}}|\bAIza[{_ANY}]{{30,}}|\bA[KS]IA[A-Z0-9]{{16}}\b"
            rf"|\b(?:gsk_|xai-|hf_|nvapi-|pplx-|r8_|fw_|csk-|tgp_v1_|AQVN|glpat-|npm_|pypi-|SG\.)[{_ANY}]{{16,}}"
        ),
    ),
    (
        "token",
        re.compile(
            rf"\b(?:gh[pousr]_|github_pat_)[A-Za-z0-9_]{{20,}}|\bxox[abeprs]-[{_ANY}]{{10,}}|\bya29\.[{_ANY}]{{20,}}"
            rf"|(?<![{_ANY}])eyJ[{_ANY}]{{8,}}\.[{_ANY}]{{8,}}\.[{_ANY}]{{4,}}|\b[Bb]earer\s+[{_ANY}.~+/=]{{16,}}"
        ),
    ),
    (
        "password",
        re.compile(
            r"(?i)(?<![a-z])(?:api[_-]?key|access[_-]?key|secret(?:[_-]key)?|token|password|passwd|pwd)"
            r"[\"']?\s{0,3}[:=]\s{0,3}[\"']?[^\s\"',;<>{}()\[\]]{8,}"
            r"|://[^/\s:@\"']{1,64}:[^/\s@\"']{3,}@"
        ),
    ),
    ("email", re.compile(r"\b[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,4}[A-Za-z]{2,24}\b")),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """``place``: title, system, prompt, answer, reasoning, settings or other; ``label``: which turn or column."""

    kind: Kind
    place: str
    label: str
    sample: str


def scan(state: Mapping[str, Any]) -> list[Finding]:
    """What is found in a comparison's state, each once, at most ``MOST``."""
    found: dict[Finding, None] = {}
    for place, label, text in _texts(state):
        for finding in _in_text(place, label, text):
            found.setdefault(finding)
            if len(found) >= MOST:
                return list(found)
    return list(found)


def _in_text(place: str, label: str, text: str) -> Iterator[Finding]:
    taken: list[tuple[int, int]] = []
    for kind, pattern in RULES:
        before, own = sorted(taken), []
        for match in pattern.finditer(text):
            if not _overlaps(before, *match.span()):
                own.append(match.span())
                yield Finding(kind, place, label, masked(match[0]))
        # Matches of one rule never overlap each other.
        taken += own


def _overlaps(spans: list[tuple[int, int]], begin: int, end: int) -> bool:
    """Whether some of ``spans``, which are sorted and apart, share a character with this one."""
    after = bisect_left(spans, (end,))
    return after > 0 and spans[after - 1][1] > begin


def masked(secret: str) -> str:
    """Enough to find it again, too little to use it."""
    if secret.startswith("-----BEGIN"):
        return secret
    name, at, host = secret.rpartition("@")
    if at and ":" not in name:
        return f"{name[:2]}…@{host}"
    return f"{secret[:4]}…{secret[-2:]}"


def _texts(state: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    yield "title", "", state.get("title") or ""
    yield "system", "", state.get("system") or ""
    yield from _strings("settings", "", state.get("settings"))
    yield from _strings("settings", "", state.get("metadata"))
    labels = {}
    for column in state.get("columns", ()):
        labels[column["id"]] = column.get("label") or ""
        yield from _strings("settings", labels[column["id"]], column.get("overrides"))
    for number, turn in enumerate(state.get("turns", ()), 1):
        yield from _strings("prompt", str(number), turn.get("messages"))
    for run in state.get("runs", ()):
        label = labels.get(run.get("column"), "")
        for block in run.get("content", ()):
            place = "reasoning" if block.get("kind") == "reasoning" else "answer"
            yield from _strings(place, label, {"text": block.get("text"), "data": block.get("data")})
        for name in ("error", "retries", "hops", "request_report", "metadata"):
            yield from _strings("other", label, run.get(name))


def _strings(place: str, label: str, value: Any) -> Iterator[tuple[str, str, str]]:
    """All texts in a value, however deep."""
    if isinstance(value, str):
        yield place, label, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            # What stands under a telling name is looked at with it.
            joined = f"{name}={inner}" if isinstance(inner, str) and name != "text" else inner
            yield from _strings(place, label, joined)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _strings(place, label, inner)
