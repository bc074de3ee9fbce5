"""Share links over HTTP."""

import re
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Query, Router

from compare_site.api import schemas
from compare_site.api.auth import principal_of, user_id_of
from compare_site.api.comparisons import ERRORS, Short, answer, urls_of
from compare_site.comparisons import access
from compare_site.comparisons.requests import Input
from compare_site.exports.actions import fork_comparison
from compare_site.sharing import actions, lists
from compare_site.sharing.actions import Parts, ShareChange, ShareOptions
from compare_site.sharing.models import Share

router = Router(tags=["shares"])
CURSOR = re.compile(r"[1-9][0-9]{0,4}")
"""The number of a page."""


class Looked(Input):
    """``parts`` as for a link."""

    parts: Parts


class SharedWithMeOut(schemas.Out):
    """A link of somebody else's that one has opened."""

    id: str
    heading: str
    person: str
    mode: Literal["live", "snapshot"]
    parts: list[str]
    opened_at: str
    expires_at: str | None
    locked: bool
    url: str


class SharedOut(schemas.Out):
    """A page of them."""

    items: list[SharedWithMeOut]
    next: str | None


def share_json(share: Share) -> dict[str, Any]:
    """A share without its token and password, which nobody can show again."""
    return {
        "id": share.pk,
        "label": share.label,
        "audience": share.audience,
        "mode": share.mode,
        "parts": share.parts,
        "has_password": bool(share.password),
        "max_views": share.max_views,
        "views": share.views,
        "last_viewed_at": _time(share.last_viewed_at),
        "created_at": share.created_at.isoformat(),
        "expires_at": _time(share.expires_at),
        "revoked_at": _time(share.revoked_at),
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


@router.post("/comparisons/{comparison_id}/shares", response={201: schemas.ShareCreatedOut, **ERRORS})
def create(request: HttpRequest, comparison_id: str, asked: ShareOptions | None = None) -> HttpResponse:
    """Make a link; its address is shown this once."""
    comparison = access.access_comparison(principal_of(request), comparison_id, "write")
    share, token = actions.create_share(comparison, user_id_of(request), asked)
    base = settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")
    return answer({**share_json(share), "url": f"{base}/s/{token}"}, 201)


@router.get("/comparisons/{comparison_id}/shares", response={200: schemas.SharesOut, **ERRORS})
def listing(request: HttpRequest, comparison_id: str) -> HttpResponse:
    """The links of a comparison."""
    comparison = access.access_comparison(principal_of(request), comparison_id, "write")
    return answer({"items": [share_json(share) for share in Share.objects.filter(comparison=comparison)], "next": None})


@router.post("/comparisons/{comparison_id}/shares/preview", response={200: schemas.PreviewOut, **ERRORS})
def preview(request: HttpRequest, comparison_id: str, asked: Looked) -> HttpResponse:
    """What a link with these parts would show, and what in it looks like a secret. Makes no link."""
    comparison = access.access_comparison(principal_of(request), comparison_id, "write")
    state, findings = actions.preview(comparison, asked.parts)
    return answer({"state": state, "findings": [asdict(finding) for finding in findings]})


@router.post("/comparisons/{comparison_id}/fork", response={201: schemas.ForkedOut, **ERRORS})
def fork(request: HttpRequest, comparison_id: str) -> HttpResponse:
    """A comparison of your own, made of what you can see of this one. Nothing is asked again.

    `left_out`: the parts that the link did not show and that the copy is therefore without.
    """
    user_id = user_id_of(request)
    found = access.access_comparison(principal_of(request), comparison_id)
    forked = fork_comparison(user_id, found)
    url, ws_url = urls_of(request, forked.comparison)
    lacks = {"unknown_models": forked.unknown, "missing_files": forked.missing}
    body = {"id": forked.comparison.pk, "url": url, "ws_url": ws_url, "left_out": forked.comparison.left_out, **lacks}
    return answer(body, 201)


@router.patch("/shares/{share_id}", response={200: schemas.ShareOut, 409: schemas.ErrorOut, **ERRORS})
def change(request: HttpRequest, share_id: str, asked: ShareChange) -> HttpResponse:
    """Change label, end, password, number of openings, audience or parts; what is not named stays.

    Whoever has it open sees what the link shows now, or nothing, within a second. A snapshot can only come to show
    less; whether a link is live or a snapshot stays as it was made.
    """
    return answer(share_json(actions.change_share(_share(request, share_id), asked)))


@router.delete("/shares/{share_id}", response={204: None, **ERRORS})
def revoke(request: HttpRequest, share_id: str) -> HttpResponse:
    """The link is dead at once."""
    actions.revoke_share(_share(request, share_id))
    return HttpResponse(status=204)


@router.get("/shared", response={200: SharedOut, **ERRORS})
def shared(
    request: HttpRequest, person: Annotated[Short, Query("")] = "", cursor: Annotated[Short, Query("")] = ""
) -> HttpResponse:
    """What others share with you and you have opened while signed in, newest first; `person` is a user name.

    A comparison is called what its link shows. `locked`: the link asks for a password that is new since.
    """
    if cursor and not CURSOR.fullmatch(cursor):
        return answer({"items": [], "next": None})  # none of ours: the first page again would never end
    page = int(cursor or 1)
    items, more = lists.shared_with(user_id_of(request), page, person.replace("\x00", ""))
    base = settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")
    following = str(page + 1) if more else None
    return answer({"items": [_shared_json(item, base) for item in items], "next": following})


def _shared_json(item: dict[str, Any], base: str) -> dict[str, Any]:
    share: Share = item["share"]
    return {
        "id": share.pk,
        "heading": item["heading"],
        "person": share.created_by.get_username(),
        "mode": share.mode,
        "parts": share.parts,
        "opened_at": item["opened_at"].isoformat(),
        "expires_at": _time(share.expires_at),
        "locked": item["locked"],
        "url": f"{base}{reverse('shared-open', args=(share.pk,))}",
    }


def _share(request: HttpRequest, share_id: str) -> Share:
    if not access.is_id(share_id):
        raise access.Denied
    return actions.access_share(principal_of(request), share_id)
