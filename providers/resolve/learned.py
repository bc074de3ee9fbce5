"""What is learned of models after the catalog was written: from providers' own lists, and from their answers.

Each statement is about one model. Lists tell what is so and what is not; an answer only what is certain, that
something is there: a model that was not asked to think, or did not, has not shown that it cannot.
"""

from collections.abc import Collection, Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from providers.dialects.listed import Listed
from providers.models import ChatModel, Provider, check_model_id

MOST_MODELS = 5000
FIELDS = ("label", "capabilities", "context_window", "prices", "statements")


def note_listed(provider: Provider, listed: Sequence[Listed]) -> int:
    """Note what a provider's list says today; returns how many models are new here."""
    today = _today()
    with transaction.atomic():
        rows = {
            row.model_id: row for row in ChatModel.objects.select_for_update(of=("self",)).filter(provider=provider)
        }
        new, changed = [], []
        for each in listed[:MOST_MODELS]:
            row = rows.get(each.id)
            if row is None and not _usable(each.id):
                continue
            if row is None:
                row = ChatModel(provider=provider, model_id=each.id, source="listed", label=each.label)
                new.append(row)
            else:
                changed.append(row)
                if row.source == "listed" and "label" not in row.overrides:
                    row.label = each.label
            facts = {"context_window": each.context_window, "prices": each.prices}
            said = {name: value for name, value in facts.items() if value is not None}
            row.state("model list", {**each.capabilities, **said}, today)
        ChatModel.objects.bulk_create(new, ignore_conflicts=True)
        ChatModel.objects.bulk_update(changed, FIELDS, batch_size=500)
    return len(new)


def note_observed(slug: str, model_id: str, can: Collection[str]) -> None:
    """Note what an answer of this very model has shown that it can."""
    with transaction.atomic():
        found = ChatModel.objects.select_for_update(of=("self",)).filter(provider__slug=slug, model_id=model_id)
        row = found.first()
        if row is None:
            return
        news = {name: True for name in can if "observed" not in row.statements.get(name, {})}
        if news:
            row.state("observed", news, _today(), whole=False)
            row.save(update_fields=("capabilities", "context_window", "prices", "statements"))


def _today() -> str:
    return timezone.now().date().isoformat()


def _usable(model_id: str) -> bool:
    try:
        check_model_id(model_id)
    except ValidationError:
        return False
    return True
