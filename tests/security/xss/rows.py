"""Rows as they would be after years of hostile people and providers, written past every check."""

import uuid

from django.contrib.auth import get_user_model
from django.utils import timezone

from compare_site.comparisons.models import Column, Comparison, Run, RunRecord, Turn
from providers.models import ApiKey, AuditEntry, ChatModel, Provider


def plant(owner: str, texts: list[str]) -> int:
    """Comparisons of ``owner``, providers, models, keys and audit entries made of these texts."""
    user = get_user_model().objects.get(username=owner)
    for text in texts:
        _comparison(user, text)
        _provider(text)
        AuditEntry.record(text, text[:40], text, detail=text)
    return len(texts)


def _comparison(user: object, text: str) -> None:
    now = timezone.now()
    row = Comparison.objects.create(
        owner=user, title=text[:200], tags=[text[:64]], system=text, metadata={text[:60]: text}, search_text=text
    )
    messages = [{"role": "user", "content": [{"kind": "text", "text": text}]}]
    turn = Turn.objects.create(comparison=row, position=0, messages=messages)
    model = f"pay/{text}"[:364]
    column = Column.objects.create(
        comparison=row, position=0, label="A", model=model, overrides={"extra": {text: text}}
    )
    run = Run.objects.create(
        comparison=row,
        column=column,
        turn=turn,
        model=model,
        state="failed",
        error_code=text[:24],
        finish_reason=text[:16],
        queued_at=now,
        enqueued_at=now,
    )
    block = {"index": 0, "kind": "text", "text": text}
    state = {"id": run.pk, "column": column.pk, "turn": turn.pk, "status": "failed", "content": [block]}
    state["error"] = {"message": text, "code": text}
    RunRecord.objects.create(run=run, provider=text[:120], raw_usage={text: text}, sent={text: text}, state=state)


def _provider(text: str) -> None:
    slug, name = f"p-{uuid.uuid4().hex[:12]}", text[:120]
    facts = {**Provider.objects.get(slug="pay").spec_data, "slug": slug, "name": name}
    row = Provider.objects.create(slug=slug, name=name, spec_data=facts)
    ApiKey.objects.create(provider=row, label=name)
    ChatModel.objects.create(provider=row, model_id=text[:300].strip() or "x", label=text[:200])
