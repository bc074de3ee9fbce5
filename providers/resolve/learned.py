"""What is learned of models after the catalog was written: from providers' own lists, and from their answers.

Each statement is about one model. Lists tell what is so and what is not; an answer only what is certain: that
something is there (a model that was not asked to think, or did not, has not shown that it cannot), or that its provider
has refused it in so many words.
"""

from collections.abc import Mapping, Sequence

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


def note_observed(slug: str, model_id: str, news: Mapping[str, bool]) -> None:
    """Note what an answer of this very model has shown that it can, or its provider has clearly refused.

    What was seen once is stronger than a refusal, whenever that came: that may have been another server's.
    """
    with transaction.atomic():
        found = ChatModel.objects.select_for_update(of=("self",)).filter(provider__slug=slug, model_id=model_id)
        row = found.first()
        if row is None:
            return
        before = {name: row.statements.get(name, {}).get("observed", {}).get("value") for name in news}
        said = {name: value for name, value in news.items() if before[name] is None or (value and not before[name])}
        if said:
            row.state("observed", said, _today(), whole=False)
            row.save(update_fields=("capabilities", "context_window", "prices", "statements"))


def _today() -> str:
    return timezone.now().date().isoformat()


def _usable(model_id: str) -> bool:
    try:
        check_model_id(model_id)
    except ValidationError:
        return False
    return True
