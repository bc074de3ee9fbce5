"""Checked before anything starts: may this person start it, and with these models? Every entry point calls this."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from compare_site.comparisons import ledger
from compare_site.comparisons.models import Column
from compare_site.comparisons.requests import ColumnInput, Common
from compare_site.comparisons.rights import (
    REPLACES_MODEL,
    Problem,
    Rights,
    Wanted,
    others_of,
    problem_of,
    rights_of,
    typed_not_allowed,
)
from providers.contract.errors import SetupError
from providers.models import ChatModel, ModelGroup
from providers.resolve import find_named


class Refused(Exception):
    """The action cannot be done; ``code`` is stable, ``message`` says what to do, ``details`` name the input."""

    def __init__(self, status: int, code: str, message: str, details: Any = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details


def permitted_models(
    user_id: int, columns: Sequence[ColumnInput], common: Common | None = None
) -> list[ChatModel | ModelGroup]:
    """The rows of what these columns name; ``common``: what is set for all of them.

    Raises Refused: 403 for what is not for them, 422 for what cannot be named.

    Looked at before any row is made: an id that is not allowed leaves nothing behind.
    """
    rights = rights_of(user_id)
    shared = common.as_settings() if common is not None else {}
    _check(rights, [_wanted(spelled(column.model), shared, column.as_overrides()) for column in columns])
    _check_extra(columns)
    known = find_named({column.model for column in columns}, create_typed=rights.typed_models)
    models: list[ChatModel | ModelGroup] = []
    for index, column in enumerate(columns):
        found = known[column.model]
        if isinstance(found, SetupError):
            raise _unnamed(found, rights, column.model, f"models.{index}")
        models.append(found)
    _check(rights, [Wanted(found.public_id, typed=_is_typed(found)) for found in models])
    _check_spend([_place(user_id, found.public_id) for found in models])
    return models


def check_again(user_id: int, columns: Iterable[Column]) -> None:
    """Whether columns that stand may be asked once more: what was allowed yesterday may not be so today."""
    again, rights = list(columns), rights_of(user_id)
    _check(
        rights,
        [
            # Where every model is allowed, nobody needs to know what all columns have in common.
            _wanted(each.model, each.comparison.settings if rights.models else {}, each.overrides)._replace(
                typed=_is_typed(each.chat_model)
            )
            for each in again
        ],
    )
    _check_spend([_place(user_id, column.model, column.comparison_id) for column in again])


def _wanted(public_id: str, common: Mapping[str, Any], own: Mapping[str, Any]) -> Wanted:
    """A column with all that could bring in another model."""
    routing, extra = {**common.get("routing", {}), **own.get("routing", {})}, own.get("extra")
    return Wanted(public_id, extra=bool(extra), others=others_of(public_id, routing, extra))


def _check_extra(columns: Sequence[ColumnInput]) -> None:
    """A column answers for the model that stands above it."""
    for index, column in enumerate(columns):
        found = next((name for name in column.extra or () if name.lower() in REPLACES_MODEL), None)
        if found is not None:
            message = _('The extra body field "%s" would replace the model of the column. Choose that model instead.')
            raise Refused(422, "extra_names_model", message % found, {"field": f"models.{index}.extra"})


def _place(user_id: int, public_id: str, comparison_id: str = "") -> ledger.Place:
    """Which key will be used is seen when it is: the worker looks at those."""
    provider = public_id.partition("/")[0]
    return ledger.Place(user_id, comparison_id, provider="" if provider == "group" else provider)


def _check_spend(places: Sequence[ledger.Place]) -> None:
    for index, limit in enumerate(ledger.passed(places)):
        if limit is not None:
            details = {"field": f"models.{index}"} if limit.scope.kind == "provider" else None
            raise Refused(403, "spend_limit", limit.message, details)


def spelled(name: str) -> str:
    """A public id as rows spell it: ``:`` may stand for the first ``/``."""
    places = [place for place in (name.find("/"), name.find(":")) if place >= 0]
    return f"{name[: min(places)]}/{name[min(places) + 1 :]}" if places else name


def _is_typed(found: ChatModel | ModelGroup | None) -> bool:
    return isinstance(found, ChatModel) and found.only_typed


def _check(rights: Rights, wanted: Sequence[Wanted]) -> None:
    problem = problem_of(rights, wanted)
    if problem is not None:
        raise _refusal(problem)


def _refusal(problem: Problem) -> Refused:
    return Refused(403, problem.code, problem.message, problem.details)


def _unnamed(error: SetupError, rights: Rights, name: str, field: str) -> Refused:
    if error.code == "not_found" and not rights.typed_models:
        return _refusal(typed_not_allowed(name, field))
    return Refused(422, error.code, error.message, {"field": field, "model": name})
