"""Making, changing and revoking share links. Callers have checked through ``comparisons.access`` who may do it."""

import secrets
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from pydantic import Field, SecretStr, StringConstraints

from compare_site.comparisons import snapshot
from compare_site.comparisons.access import Denied, Principal
from compare_site.comparisons.actions import Refused
from compare_site.comparisons.events import FINAL
from compare_site.comparisons.models import Comparison
from compare_site.comparisons.project import RAW_HOLDS, USUAL_PARTS, Audience, project_state, visible
from compare_site.comparisons.requests import Input
from compare_site.sharing.links import hash_of
from compare_site.sharing.models import Share, ShareSnapshot
from compare_site.sharing.scan import Finding, scan

Part = Literal["prompt", "system", "attachments", "reasoning", "metrics", "raw", "names"]
Parts = Annotated[list[Part], Field(max_length=16)]
MOST_VIEWS = 1_000_000
MOST_SNAPSHOTS = 50
"""Of one comparison: each is a copy of all of it."""
LEAST_PASSWORD, MOST_PASSWORD = 8, 200


def _usual() -> list[Part]:
    return [part for part in Part.__args__ if part in USUAL_PARTS]  # type: ignore[attr-defined]


class ShareChange(Input):
    """What may be changed of a link; open pages follow within a second. ``password``: null = none; whoever came in by
    the old one has to come in anew."""

    label: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)] = ""
    expires_at: datetime | None = None
    password: SecretStr | None = None
    max_views: Annotated[int, Field(ge=1, le=MOST_VIEWS)] | None = None
    audience: Literal["anyone", "teammates"] = "anyone"
    parts: Parts = Field(default_factory=_usual)


class ShareOptions(ShareChange):
    """A link to be made. ``expires_at`` null = until it is revoked; ``mode`` snapshot = frozen as it is now."""

    mode: Literal["live", "snapshot"] = "live"


def create_share(comparison: Comparison, by: int, asked: ShareOptions | None = None) -> tuple[Share, str]:
    """A new link by the user ``by``: the row, and the token, which is not to be had again. Raises Refused (422)."""
    asked = asked or ShareOptions()
    share = Share(comparison=comparison, created_by_id=by, mode=asked.mode)
    _set(share, asked, frozenset(ShareChange.model_fields))
    token = secrets.token_urlsafe(32)
    share.token_sha256 = hash_of(token)
    state = _frozen(comparison, share) if share.mode == Share.Mode.SNAPSHOT else None
    with transaction.atomic():
        share.save(force_insert=True)
        if state is not None:
            ShareSnapshot.objects.create(share=share, state=state)
    return share, token


def preview(comparison: Comparison, parts: list[Part]) -> tuple[dict[str, Any], list[Finding]]:
    """What a link with these parts would show now, and what in it looks as if nobody else should see it."""
    audience = Audience(visible(frozenset(check_parts(parts))))
    state = project_state(snapshot.whole_state(comparison), audience)
    return state, scan(state)


def change_share(share: Share, asked: ShareChange) -> Share:
    """Change what is named of it. A snapshot can only come to show less. Raises Refused."""
    with transaction.atomic():
        share = Share.objects.select_for_update().get(pk=share.pk)
        if share.revoked_at is not None:
            raise Refused(409, "revoked", _("This link has been revoked. Make a new one."))
        before = frozenset(share.parts)
        _set(share, asked, frozenset(asked.model_fields_set))
        if share.mode == Share.Mode.SNAPSHOT and frozenset(share.parts) != before:
            _narrow(share, before)
        share.save(update_fields=("label", "expires_at", "password", "max_views", "audience", "parts"))
    return share


def _narrow(share: Share, before: frozenset[str]) -> None:
    """What a snapshot does not show any more is not kept in it either."""
    if not frozenset(share.parts) <= before:
        message = _("A snapshot holds what was chosen when it was made. Make a new link to show more.")
        raise Refused(422, "invalid", message, [{"field": "parts", "message": message}])
    frozen = ShareSnapshot.objects.select_for_update().get(share=share)
    audience = Audience(visible(frozenset(share.parts)))
    frozen.state = {
        **project_state(frozen.state, audience, frozen.state["shared"]["frozen_at"]),
        "seq": f"snapshot:{share.pk}:{len(share.parts)}",
    }
    frozen.save(update_fields=("state",))


def check_parts(parts: list[Part]) -> list[str]:
    """In our order, each once. Raises Refused (422) for a raw request without what it is made of."""
    chosen = frozenset[str](parts)
    if "raw" in chosen and not chosen >= RAW_HOLDS:
        message = _("The raw request holds prompt, system text, attachments and names: it can only be shown with them.")
        raise Refused(422, "invalid", message, [{"field": "parts", "message": message}])
    return [part for part in Part.__args__ if part in chosen]  # type: ignore[attr-defined]


def _set(share: Share, asked: ShareChange, named: frozenset[str]) -> None:
    if "label" in named:
        share.label = asked.label
    if "expires_at" in named:
        share.expires_at = _in_future(asked.expires_at) if asked.expires_at is not None else None
    if "max_views" in named:
        share.max_views = asked.max_views
    if "audience" in named:
        share.audience = asked.audience
    if "parts" in named:
        share.parts = check_parts(asked.parts)
    if "password" in named:
        share.password = _hashed(asked.password.get_secret_value()) if asked.password is not None else ""


def _hashed(password: str) -> str:
    if not LEAST_PASSWORD <= len(password) <= MOST_PASSWORD:
        message = _("A password has %(least)d to %(most)d characters.") % {
            "least": LEAST_PASSWORD,
            "most": MOST_PASSWORD,
        }
        raise Refused(422, "invalid", message, [{"field": "password", "message": message}])
    return make_password(password)


def _frozen(comparison: Comparison, share: Share) -> dict[str, Any]:
    """The comparison as it is now, without what is kept back; what still runs has stopped there."""
    if ShareSnapshot.objects.filter(share__comparison=comparison).count() >= MOST_SNAPSHOTS:
        message = _("There are %d snapshots of this comparison already. Revoke some of them first.")
        raise Refused(422, "too_many_snapshots", message % MOST_SNAPSHOTS, {"field": "mode"})
    now = timezone.now().isoformat()
    audience = Audience(visible(frozenset(share.parts)))
    state = project_state(snapshot.whole_state(comparison), audience, now)
    for run in state["runs"]:
        if run["status"] not in FINAL:
            run["status"], run["waiting"], run["age_ms"] = "cancelled", None, None
    return {**state, "seq": f"snapshot:{share.pk}"}


def _in_future(moment: datetime) -> datetime:
    try:
        moment = moment.replace(tzinfo=UTC) if timezone.is_naive(moment) else moment.astimezone(UTC)
    except OverflowError:
        message = _("This must be a date and time.")
        raise Refused(422, "invalid", message, [{"field": "expires_at", "message": message}]) from None
    if moment <= timezone.now():
        message = _("The link would have ended already: choose a time in the future.")
        raise Refused(422, "invalid", message, [{"field": "expires_at", "message": message}])
    return moment


def revoke_share(share: Share) -> Share:
    """End the link and all access by it, for ever: what it has frozen goes, too. The first time counts."""
    Share.objects.filter(pk=share.pk, revoked_at=None).update(revoked_at=timezone.now())
    ShareSnapshot.objects.filter(share=share).delete()
    share.refresh_from_db()
    return share


def access_share(principal: Principal, share_id: str) -> Share:
    """The share, if the principal owns its comparison. Raises ``access.Denied``."""
    share = Share.objects.select_related("comparison").filter(pk=share_id).first()
    if share is None or principal.user_id is None or share.comparison.owner_id != principal.user_id:
        raise Denied
    return share
