"""What somebody may start: which models, typed ids, extra body fields. ``accounts`` registers how that is looked up.

Actions ask it whoever calls them, and pages ask it to hide what is not allowed.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Rights:
    """``models``: patterns of public ids such as ``openai/*`` or ``group/*``; none = all."""

    start: bool = True
    typed_models: bool = True
    extra_fields: bool = True
    models: tuple[str, ...] = ()

    def allows(self, public_id: str) -> bool:
        """Whether this model or group may be asked."""
        return not self.models or any(fnmatchcase(public_id, pattern) for pattern in self.models)

    def as_json(self) -> dict[str, Any]:
        """For pages and the API."""
        return {
            "start": self.start,
            "typed_models": self.typed_models,
            "extra_fields": self.extra_fields,
            "models": list(self.models),
        }


NOTHING = Rights(start=False, typed_models=False, extra_fields=False)


class Wanted(NamedTuple):
    """One column that somebody wants to ask. ``typed``: only people's own typing speaks for its id.

    ``others``: models that may answer in its place, as public ids; None among them: one that cannot be told.
    """

    public_id: str
    typed: bool = False
    extra: bool = False
    others: tuple[str | None, ...] = ()


NAMES_MODELS = frozenset(
    {"model", "models", "modelid", "model_id", "modeluri", "fallbacks", "route", "routing", "preset"}
)
"""Extra body fields that ask another model than the column does, however they are capitalized."""
REPLACES_MODEL = frozenset({"model", "modelid", "model_id", "modeluri"})
"""Those of them that put it in place of the column's own, which would be priced and shown all the same."""


def others_of(
    public_id: str, routing: Mapping[str, Any] | None, extra: Mapping[str, Any] | None
) -> tuple[str | None, ...]:
    """Whoever may answer instead of this model: what routing falls back to, and what extra fields put in its place."""
    provider = public_id.partition("/")[0]
    named = (routing or {}).get("models") or ()
    found: list[str | None] = [None if provider == "group" else f"{provider}/{name}" for name in named]
    return (*found, *(None for name in extra or () if name.lower() in NAMES_MODELS))


class Problem(NamedTuple):
    """What is not allowed, in words that say what to do."""

    code: str
    message: str
    details: dict[str, Any] | None = None


Resolver = Callable[[int], Rights]
_resolvers: list[Resolver] = []


def register_rights(resolver: Resolver) -> None:
    """How the rights of a user are looked up."""
    _resolvers[:] = [resolver]


def rights_of(user_id: int | None) -> Rights:
    """The rights of a user; of nobody, none."""
    if user_id is None:
        return NOTHING
    return _resolvers[0](user_id) if _resolvers else Rights()


def problem_of(rights: Rights, wanted: Iterable[Wanted]) -> Problem | None:
    """The first thing that is not allowed."""
    if not rights.start:
        message = _("You can read here, but not start anything. An administrator can make you a member.")
        return Problem("read_only", message)
    for index, each in enumerate(wanted):
        field = f"models.{index}"
        if not rights.allows(each.public_id):
            return not_allowed(each.public_id, field)
        if rights.models and (found := _not_among(rights, each, field)) is not None:
            return found
        if each.typed and not rights.typed_models:
            return typed_not_allowed(each.public_id, field)
        if each.extra and not rights.extra_fields:
            message = _("Extra body fields are switched off for you. Remove them, or ask an administrator.")
            return Problem("extra_not_allowed", message, {"field": f"{field}.extra", "model": each.public_id})
    return None


def _not_among(rights: Rights, wanted: Wanted, field: str) -> Problem | None:
    """Another model by a back door."""
    for other in wanted.others:
        if other is None:
            message = _(
                "You may use some models only, so no other one can be named in routing or in extra body fields."
            )
            return Problem("model_not_allowed", message, {"field": field, "model": wanted.public_id})
        if not rights.allows(other):
            return not_allowed(other, field)
    return None


def not_allowed(public_id: str, field: str) -> Problem:
    """A model or group that is not for them."""
    message = _("%s is not among the models that you may use. Choose another one, or ask an administrator.")
    return Problem("model_not_allowed", message % public_id, {"field": field, "model": public_id})


def typed_not_allowed(public_id: str, field: str) -> Problem:
    """An id that no list names."""
    message = _("%s is not in the list of models, and you may not type model ids. Choose one from the list.")
    return Problem("typed_not_allowed", message % public_id, {"field": field, "model": public_id})
