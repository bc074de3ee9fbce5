"""Who knocks at the doors, and the comparison of somebody that they knock for."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.test.client import ClientHandler
from django.utils import timezone

from compare_site.accounts.invitations import invite
from compare_site.accounts.models import MemberRule
from compare_site.accounts.tokens import create_api_token
from compare_site.batches.models import Batch, BatchInput
from compare_site.comparisons.attachments import block_of, use
from compare_site.comparisons.ledger import today
from compare_site.comparisons.models import (
    Attachment,
    AttachmentBytes,
    Column,
    Comparison,
    Run,
    RunRecord,
    SpendEntry,
    SpendLimit,
    Turn,
)
from compare_site.library.models import ColumnSet, Prompt, PromptVersion
from compare_site.sharing.actions import ShareOptions, create_share, revoke_share
from compare_site.sharing.cookies import name_of, pending_name
from compare_site.sharing.links import cookie_secret, pending_secret
from compare_site.sharing.models import Share
from providers.models import ApiKey, AuditEntry, ChatModel, Deployment, Endpoint, ModelGroup, Provider

CANARY = "CANARY-OF-THE-OWNER"
LINKED = ("revoked_viewer", "locked_viewer", "outsider_of_team", "former_teammate")
"""Who has had a link: it was revoked, asks for a password, is for teammates only, or its bearer is one no more."""
LET_IN_ONCE = ("expired_viewer", "revoked_viewer")
"""Whose cookie is that of a link which has ended: they are told so, where others are asked to sign in."""
NOBODY = ("anonymous", "bad_token", "disabled", "expired_viewer", *LINKED)
"""Visitors who have no login that holds and no share that opens anything."""
TOKENS = ("owner_token", "stranger_token", "admin_token")
PEOPLE = ("stranger", "owner", "staff", "staff_with", "admin")
"""``staff`` has no permission in the admin, ``staff_with`` exactly the one that the door asks for."""
ACTORS = (*NOBODY, *TOKENS, "viewer", "teammate", *PEOPLE)


@dataclass(slots=True)
class Household:
    """One user with one finished comparison of everything."""

    user: Any
    comparison: Comparison
    turn: Turn
    column: Column
    run: Run
    share: Share
    share_token: str
    token: Any
    bearer: str
    version: PromptVersion
    column_set: ColumnSet
    batch: Batch
    attachment: Attachment

    @property
    def ids(self) -> dict[str, str]:
        """Values for the parameters of addresses."""
        return {
            "comparison_id": self.comparison.pk,
            "run_id": self.run.pk,
            "share_id": self.share.pk,
            "turn_id": self.turn.pk,
            "column_id": self.column.pk,
            "prompt_id": self.version.prompt_id,
            "version_id": self.version.pk,
            "set_id": self.column_set.pk,
            "batch_id": self.batch.pk,
            "attachment_id": self.attachment.pk,
        }


def household(name: str, word: str) -> Household:
    """``word`` is in every text that somebody wrote or a model answered."""
    user = get_user_model().objects.create_user(name, password="a long test password")
    comparison = Comparison.objects.create(
        owner=user, title=f"{word} title", tags=[word], system=word, metadata={"of": word}, search_text=word.casefold()
    )
    file = _attachment(user, word)
    use(comparison.pk, [file.pk])
    content = [block_of(file), {"kind": "text", "text": f"{word} prompt"}]
    turn = Turn.objects.create(comparison=comparison, position=0, messages=[{"role": "user", "content": content}])
    column = Column.objects.create(comparison=comparison, position=0, label="A", model=f"demo/{word.lower()}")
    now = timezone.now()
    run = Run.objects.create(
        comparison=comparison,
        column=column,
        turn=turn,
        model=column.model,
        state="finished",
        queued_at=now,
        enqueued_at=now,
    )
    answer = {"index": 0, "kind": "text", "text": f"{word} answer"}
    state = {"id": run.pk, "column": column.pk, "turn": turn.pk, "status": "finished", "content": [answer]}
    RunRecord.objects.create(run=run, state=state, sent={"messages": [word]})
    share, share_token = create_share(comparison, user.pk)
    token, bearer = create_api_token(user, word)
    kept = _library(user, word)
    batch = Batch.objects.create(owner=user, title=word, state="done", total=1, asked={"models": ["demo/fast"]})
    BatchInput.objects.create(
        batch=batch, index=0, asked={"prompt": word}, excerpt=word, state="ended", seq=1, comparison=comparison
    )
    return Household(user, comparison, turn, column, run, share, share_token, token, bearer, *kept, batch, file)


def _attachment(user: Any, word: str) -> Attachment:
    content = b"GIF89a" + word.encode()
    facts = {"kind": "image", "mime": "image/gif", "size": len(content), "created_at": timezone.now()}
    row = Attachment.objects.create(owner=user, name=f"{word}.gif", sha256=sha256(content).hexdigest(), **facts)
    AttachmentBytes.objects.create(attachment=row, content=content)
    return row


def _library(user: Any, word: str) -> tuple[PromptVersion, ColumnSet]:
    prompt = Prompt.objects.create(owner=user, name=word, description=word, tags=[word], search_text=word.casefold())
    said = [{"role": "user", "content": word}]
    version = PromptVersion.objects.create(prompt=prompt, number=1, messages=said, created_at=timezone.now())
    return version, ColumnSet.objects.create(owner=user, name=word, columns=[{"model": f"demo/{word.lower()}"}])


def provider_of_our_own() -> None:
    """One row of everything that the admin shows of providers; the key is a row without a key."""
    if Provider.objects.filter(slug="acme").exists():
        return
    address = "http://127.0.0.1:9/v1"
    facts = {"slug": "acme", "name": "Acme", "base_url": address}
    provider = Provider.objects.create(slug="acme", name="Acme", spec_data=facts)
    Endpoint.objects.create(provider=provider, protocol="openai_chat", base_url=address)
    model = ChatModel.objects.create(provider=provider, model_id="one")
    Deployment.objects.create(group=ModelGroup.objects.create(name="some"), chat_model=model)
    ApiKey.objects.create(provider=provider, label="of the team")
    AuditEntry.record("somebody", "added", "provider acme")
    invite("somebody-new")
    MemberRule.objects.create()
    SpendLimit.objects.create(kind="user", amount=100)
    SpendEntry.objects.create(run_id="spent", comparison_id="c", day=today(), model="acme/one", provider="acme")


@dataclass(slots=True)
class World:
    """Everybody, and how each of them shows who they are."""

    own: Household
    other: Household
    staff: Any
    staff_with: Any
    admin: Any
    admin_bearer: str
    disabled: Any
    expired: Share
    jars: dict[str, dict[str, str]]

    def client(self, actor: str, csrf: bool = False) -> Client:
        """A browser or script of ``actor``, as fresh as at its first request."""
        bearers = {
            "owner_token": self.own.bearer,
            "stranger_token": self.other.bearer,
            "admin_token": self.admin_bearer,
            "bad_token": "not-a-token-of-anybody",
        }
        headers = {"Authorization": f"Bearer {bearers[actor]}"} if actor in bearers else {}
        client = Client(raise_request_exception=False, enforce_csrf_checks=csrf, headers=headers)
        client.handler = _handler(csrf, tuple(settings.MIDDLEWARE))
        for name, value in self.jars.get(actor, {}).items():
            client.cookies[name] = value
        return client


@cache
def _handler(csrf: bool, _middleware: tuple[str, ...]) -> ClientHandler:
    """What calls the site, made once: it remembers nobody, and loading the middleware takes as long as a request."""
    return ClientHandler(enforce_csrf_checks=csrf)


def world(salt: str = "") -> World:
    """Needs the database. ``salt`` is added to the names, for more than one world in it."""
    people = get_user_model().objects
    own, other = household(f"owner{salt}", CANARY), household(f"stranger{salt}", "SOMETHING-OF-THE-STRANGER")
    provider_of_our_own()
    staff, staff_with = (people.create_user(f"{name}{salt}", is_staff=True) for name in ("staff", "staff-with"))
    admin = people.create_superuser(f"admin{salt}")
    disabled = people.create_user(f"disabled{salt}")
    expired, _ = create_share(own.comparison, own.user.pk)
    Share.objects.filter(pk=expired.pk).update(expires_at=timezone.now() - timedelta(minutes=1))
    users = {"owner": own.user, "stranger": other.user, "staff": staff, "staff_with": staff_with, "admin": admin}
    jars = {name: _signed_in(user) for name, user in users.items()}
    jars["disabled"] = _signed_in(disabled)
    people.filter(pk=disabled.pk).update(is_active=False)
    jars["viewer"] = {name_of(own.share.pk): cookie_secret(own.share)}
    jars["expired_viewer"] = {name_of(expired.pk): cookie_secret(expired)}
    jars.update(_teammates(own, salt))
    _, admin_bearer = create_api_token(admin)
    return World(own, other, staff, staff_with, admin, admin_bearer, disabled, expired, jars)


def _teammates(own: Household, salt: str) -> dict[str, dict[str, str]]:
    """Who has had links of other kinds to the owner's comparison."""

    def made(**options: Any) -> Share:
        return create_share(own.comparison, own.user.pk, ShareOptions.model_validate(options))[0]

    people = get_user_model().objects
    team, locked = made(audience="teammates"), made(password="a long password")
    revoked = revoke_share(made())
    card = {name_of(team.pk): cookie_secret(team)}
    former = people.create_user(f"former{salt}")
    jars = {
        "revoked_viewer": {name_of(revoked.pk): cookie_secret(revoked)},
        "locked_viewer": {pending_name(locked.pk): pending_secret(locked), name_of(locked.pk): pending_secret(locked)},
        "outsider_of_team": card,
        "former_teammate": {**_signed_in(former), **card},
        "teammate": {**_signed_in(people.create_user(f"teammate{salt}")), **card},
    }
    people.filter(pk=former.pk).update(is_active=False)
    return jars


def _signed_in(user: Any) -> dict[str, str]:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return {name: morsel.value for name, morsel in client.cookies.items()}


def permit(user: Any, names: tuple[str, ...]) -> None:
    """Give exactly these permissions, named as in ``has_perm``."""
    wanted = [name.partition(".") for name in names]
    rows = [Permission.objects.get(content_type__app_label=app, codename=codename) for app, _dot, codename in wanted]
    user.user_permissions.set(rows)
