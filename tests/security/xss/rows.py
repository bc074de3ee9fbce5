"""Rows as they would be after years of hostile people and providers, written past every check."""

import uuid
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.utils import timezone

from compare_site.accounts.models import ApiToken, Invitation, MemberRule
from compare_site.batches.models import Batch, BatchInput
from compare_site.comparisons.ledger import today
from compare_site.comparisons.models import Column, Comparison, Run, RunRecord, SpendEntry, SpendLimit, Turn
from compare_site.hooks.models import Delivery, Webhook
from compare_site.library.models import ColumnSet, Prompt, PromptVersion
from compare_site.sharing.actions import ShareOptions, create_share
from providers.group_rows import Deployment, ModelGroup
from providers.models import ApiKey, AuditEntry, ChatModel, Endpoint, Provider
from tests.security.xss.speech import MARK, pictures

ENDS = ("failed", "finished", "cancelled", "interrupted")


def plant(owner: str, texts: list[str]) -> int:
    """One row of everything for each text: comparisons of ``owner``, providers, models, keys, people, audit."""
    user = get_user_model().objects.get(username=owner)
    for text in texts:
        comparison = _comparison(user, text)
        _column(comparison, 0, text, _turns(comparison, text)[:1])
        create_share(comparison, user.pk, ShareOptions(label=text.strip()[:100]))
        hook = Webhook.objects.create(name=text[:120], url=text[:500])
        told = {"title": text}
        Delivery.objects.create(
            webhook=hook,
            comparison=comparison,
            event=text[:40],
            payload=told,
            problem=text[:300],
            due_at=timezone.now(),
        )
        provider = _provider(text)
        AuditEntry.record(text, text[:40], text, detail=text)
        person = _person(text)
        ApiToken.objects.create(user=person, label=text[:100], token_sha256=uuid.uuid4().hex)
        LogEntry.objects.create(user=user, action_flag=CHANGE, object_repr=text[:200], change_message=text)
        for row in (comparison, provider, person):
            LogEntry.objects.log_actions(user.pk, [row], CHANGE, change_message=text)
        Group.objects.get_or_create(name=text[:150])
        _model_group(text, provider)
        _money(text, user, person)
    return len(texts)


def _money(text: str, user: Any, person: Any) -> None:
    """What an invitation, a rule, a limit and the books of somebody say."""
    Invitation.objects.create(
        username=text[:150], token_sha256=uuid.uuid4().hex, created_by=person, expires_at=timezone.now()
    )
    MemberRule.objects.create(user=person, allowed_models=text)
    SpendLimit.objects.create(kind="user", user=person, amount=1)
    for payer in (user, person):
        SpendEntry.objects.create(
            run_id=uuid.uuid4().hex,
            comparison_id="c",
            user=payer,
            day=today(),
            model=f"pay/{text}"[:364],
            provider=text[:63],
            amount=2,
            source=text[:9],
        )


def plant_grid(owner: str, texts: list[str]) -> str:
    """One comparison with a column for each text, two turns, and every kind of block, verdict, error and report."""
    user = get_user_model().objects.get(username=owner)
    comparison = _comparison(user, "\n".join(texts))
    turns = _turns(comparison, "\n".join(texts))
    for place, text in enumerate(texts):
        _column(comparison, place, text, turns)
    return comparison.pk


def plant_batches(owner: str, texts: list[str]) -> list[str]:
    """A batch of ``owner`` for each text, its answers and its refusals."""
    user = get_user_model().objects.get(username=owner)
    said = []
    for text in texts:
        comparison = _comparison(user, text)
        _column(comparison, 0, text, _turns(comparison, text)[:1])
        facts = {"title": text[:200], "state": "done", "total": 2, "last_seq": 2, "asked": {"models": [text, text]}}
        batch = Batch.objects.create(owner=user, **facts)
        both = {"batch": batch, "asked": {"prompt": text, "metadata": {text: text}}, "excerpt": text[:240]}
        BatchInput.objects.create(index=0, seq=1, state="ended", differs=True, comparison=comparison, **both)
        error = {"code": text, "message": text}
        BatchInput.objects.create(index=1, seq=2, state="refused", failed=True, error=error, **both)
        said.append(batch.pk)
    return said


def plant_prompts(owner: str, texts: list[str]) -> list[str]:
    """Prompts of ``owner`` and of a teammate with two versions and a column set for each text, used in a comparison."""
    user = get_user_model().objects.get(username=owner)
    said = []
    for text in texts:
        for whose in (user, _person(text)):
            facts = {"name": text[:200], "description": text, "tags": [text[:64]], "team": True}
            prompt = Prompt.objects.create(owner=whose, search_text=text, **facts)
            for number, words in enumerate((text, f"{text}\n{text}"), 1):
                messages = [{"role": role, "content": words} for role in ("assistant", "user")]
                version = PromptVersion.objects.create(
                    prompt=prompt,
                    number=number,
                    system=words,
                    messages=messages,
                    variables=["x"],
                    created_at=timezone.now(),
                )
            _turns(_comparison(user, text), text)
            Turn.objects.filter(comparison__title=text[:200]).update(prompt_version=version)
            ColumnSet.objects.create(
                owner=whose, name=text[:120], team=True, columns=[{"model": "demo/fast", "system": text}]
            )
            said.append(prompt.pk)
    return said


def _comparison(user: Any, text: str) -> Comparison:
    settings = {"params": {"stop": [text], "temperature": text}, "extra": {text: text}, "output": {text: text}}
    metadata = {text[:60]: text}
    said = {"title": text[:200], "tags": [text[:64]], "system": text, "search_text": text}
    return Comparison.objects.create(owner=user, **said, metadata=metadata, settings=settings)


def _turns(comparison: Comparison, text: str) -> list[Turn]:
    """A turn that was asked something, and one that follows it."""
    blocks = [{"kind": "text", "text": text}, {"kind": "file", "name": text, "data": {"name": text}}, {"kind": text}]
    blocks.append({"kind": "file", "name": text, "data": {"attachment": "0" * 32, "media_type": text}})
    messages = [{"role": text, "content": blocks}, {"role": "user", "content": blocks}]
    first = Turn.objects.create(comparison=comparison, position=0, messages=messages, system=text)
    return [first, Turn.objects.create(comparison=comparison, position=1, messages=messages, parent=first)]


def _column(comparison: Comparison, place: int, text: str, turns: list[Turn]) -> None:
    overrides = {"extra": {text: text}, "system": text, "params": {"stop": [text]}, "protocol": text}
    column = Column.objects.create(
        comparison=comparison, position=place, label=text[:3], model=f"pay/{text}"[:364], overrides=overrides, samples=2
    )
    for number, turn in enumerate(turns):
        for sample in (0, 1):
            _run(column, turn, sample, text, ENDS[(place + number + sample) % len(ENDS)])


def _run(column: Column, turn: Turn, sample: int, text: str, ending: str) -> None:
    now = timezone.now()
    run = Run.objects.create(
        comparison=column.comparison,
        column=column,
        turn=turn,
        sample=sample,
        model=column.model,
        state=ending,
        error_code=text[:24],
        finish_reason=text[:16],
        cost_source=text[:9],
        queued_at=now,
        enqueued_at=now,
        ended_at=now,
    )
    state = {**_state(text), "id": run.pk, "column": column.pk, "turn": turn.pk, "sample": sample, "status": ending}
    told = {text: text}
    RunRecord.objects.create(run=run, provider=text[:120], raw_usage=told, prices=told, sent=told, state=state)


def _state(text: str) -> dict[str, Any]:
    failure = {"message": f"{text} {MARK}", "code": text, "status": text, "request_id": text}
    changed = {text: {"from": text, "to": text}}
    verdict = {"method": text, "parsed": text, "errors": [{"path": text, "message": text}]}
    told = {text: text}
    return {
        "content": [{"index": index, **block} for index, block in enumerate(_blocks(text))],
        "error": failure,
        "retries": [{"error": failure, "attempt": text, "delay_ms": 1}],
        "hops": [{"provider": text, "base_url": text, "status": text, "ms": 1}],
        "request_report": {"sent": told, "renamed": told, "clamped": changed, "dropped": told},
        "metadata": {"output": verdict, text: text},
        "native_finish_reason": text,
        "finish_reason": "error",
        "response_id": text,
        "model": text,
        "cost": {"amount": text, "currency": text, "source": "reported"},
        "usage": {"input": 1, "output": 2, "reasoning": 1},
    }


def _blocks(text: str) -> list[dict[str, Any]]:
    """Every kind, and one that is none."""
    media = {"url": text, "media_type": text, "mime_type": text, "title": text, "name": text}
    blocks: list[dict[str, Any]] = [{"kind": kind, "text": text} for kind in ("text", "reasoning", "refusal")]
    blocks += [{"kind": kind, "name": text, "data": media} for kind in ("audio", "video", "file", text)]
    blocks += [{"kind": "image", "name": text, "data": picture} for picture in pictures(text)]
    blocks += [{"kind": "citation", "text": text, "data": media}]
    blocks += [{"kind": "citation", "data": {"url": f"https://evil.example/{text}", "title": text}}]
    blocks += [{"kind": "citation", "data": {"url": "https://evil.example/", "title": "www.bank.example"}}]
    blocks += [{"kind": kind, "id": text, "name": text, "text": text} for kind in ("tool_call", "tool_result")]
    blocks += [{"kind": "tool_call", "name": text, "data": {"arguments": {text: text}}}]
    done: list[Any] = [text, {text: text}]
    blocks += [{"kind": "server_tool", "name": text, "data": {"input": said, "output": said}} for said in done]
    return blocks


def _model_group(text: str, provider: Provider) -> None:
    group = ModelGroup.objects.create(name=f"{text[:180]} {uuid.uuid4().hex[:8]}", label=text[:200], fallbacks=[text])
    Deployment.objects.create(
        group=group, chat_model=provider.chat_models.get(), account={text[:40]: text}, base_url=text[:500]
    )


def _person(text: str) -> Any:
    name = f"{text[:120]} {uuid.uuid4().hex[:8]}"
    return get_user_model().objects.create(username=name, first_name=text[:150], last_name=text[:150], email=text[:254])


def _provider(text: str) -> Provider:
    slug, name = f"p-{uuid.uuid4().hex[:12]}", text[:120]
    facts = {**Provider.objects.get(slug="pay").spec_data, "slug": slug, "name": name, "warning": text}
    facts |= {"docs_url": text, "keys_url": text, "headers": {"x-said": text}, "models_path": text}
    row = Provider.objects.create(slug=slug, name=name, spec_data=facts, account={text[:40]: text})
    Endpoint.objects.create(provider=row, protocol="openai_chat", base_url=text[:500])
    ApiKey.objects.create(provider=row, label=name, hosts=[text], last_error=text[:32], fingerprint=text[:64])
    capabilities, prices = {"tools": True, text: True}, {"input": text, "output": text}
    model = text[:300].strip() or "x"
    ChatModel.objects.create(
        provider=row, model_id=model, label=text[:200], capabilities=capabilities, prices=prices, protocol=text[:32]
    )
    return row
