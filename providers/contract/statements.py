"""Who has stated what a model can, and when. Statements are kept side by side; the one with the best source counts.

A statement is about one model only. ``None`` is a statement, too: "nobody knows", by which an administrator overrides
others. What nobody has stated is unknown.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

Source = Literal["administrator", "model list", "observed", "catalog"]
SOURCES: tuple[Source, ...] = ("administrator", "model list", "observed", "catalog")
"""The strongest first."""
Statements = dict[str, dict[str, dict[str, Any]]]
"""name -> source -> {"value", "date"}, as a row keeps it."""


class Known(NamedTuple):
    """What counts: the value, who has said it, and on which day (ISO, empty if that is not known)."""

    value: Any
    source: Source
    date: str


def strongest(statements: Mapping[str, Mapping[str, Mapping[str, Any]]], name: str) -> Known | None:
    """What counts for ``name``; None if nobody has said anything."""
    said = statements.get(name, {})
    for source in SOURCES:
        if source in said:
            return Known(said[source].get("value"), source, str(said[source].get("date", "")))
    return None


def with_statements(
    statements: Statements, source: Source, values: Mapping[str, Any], date: str, *, whole: bool = True
) -> Statements:
    """The statements with these of one source. ``whole``: what it said before and does not say now is taken back."""
    kept = {name: dict(said) for name, said in statements.items()}
    if whole:
        kept = without_source(kept, source)
    for name, value in values.items():
        kept.setdefault(name, {})[source] = {"value": value, "date": date}
    return kept


def without_source(statements: Statements, source: Source, names: Iterable[str] | None = None) -> Statements:
    """The statements without those of one source, about everything or about some names."""
    chosen = set(statements if names is None else names)
    kept = {
        name: {who: what for who, what in said.items() if who != source or name not in chosen}
        for name, said in statements.items()
    }
    return {name: said for name, said in kept.items() if said}
