"""Share links over HTTP."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Router

from compare_site.api import schemas
from compare_site.api.auth import principal_of, user_id_of
from compare_site.api.comparisons import ERRORS, answer
from compare_site.comparisons import access
from compare_site.comparisons.requests import Input
from compare_site.sharing import actions
from compare_site.sharing.models import Share

router = Router(tags=["shares"])


class NewShare(Input):
    """``expires_at``: null = until it is revoked."""

    expires_at: datetime | None = None


def share_json(share: Share) -> dict[str, Any]:
    """A share without its token, which nobody can show again."""
    return {
        "id": share.pk,
        "created_at": share.created_at.isoformat(),
        "expires_at": share.expires_at.isoformat() if share.expires_at else None,
        "revoked_at": share.revoked_at.isoformat() if share.revoked_at else None,
    }


@router.post("/comparisons/{comparison_id}/shares", response={201: schemas.ShareCreatedOut, **ERRORS})
def create(request: HttpRequest, comparison_id: str, asked: NewShare | None = None) -> HttpResponse:
    """Make a link; its address is shown this once."""
    comparison = access.access_comparison(principal_of(request), comparison_id, "write")
    share, token = actions.create_share(comparison, user_id_of(request), asked.expires_at if asked else None)
    base = settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")
    return answer({**share_json(share), "url": f"{base}/s/{token}"}, 201)


@router.get("/comparisons/{comparison_id}/shares", response={200: schemas.SharesOut, **ERRORS})
def listing(request: HttpRequest, comparison_id: str) -> HttpResponse:
    """The links of a comparison."""
    comparison = access.access_comparison(principal_of(request), comparison_id, "write")
    return answer({"items": [share_json(share) for share in Share.objects.filter(comparison=comparison)], "next": None})


@router.delete("/shares/{share_id}", response={204: None, **ERRORS})
def revoke(request: HttpRequest, share_id: str) -> HttpResponse:
    """The link is dead at once."""
    if not access.is_id(share_id):
        raise access.Denied
    actions.revoke_share(actions.access_share(principal_of(request), share_id))
    return HttpResponse(status=204)
