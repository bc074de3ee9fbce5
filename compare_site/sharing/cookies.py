"""The cookie of a share link: one a share, for the whole site, because page, API and socket live at different paths."""

import re
from collections.abc import Mapping

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone

from compare_site.sharing.links import cookie_holds, cookie_secret, pending_holds, pending_secret, was_let_in
from compare_site.sharing.models import Share

LONGEST = 30 * 24 * 3600
LINGERS = 24 * 3600
"""So long after its end the cookie is still there: who reloads the page is told that the link has ended."""
PENDING_SECONDS = 15 * 60
MOST = 20
"""More cookies than this would in time outgrow the limit of request headers."""
_NAME = re.compile(r"(?:__Host-)?share_([0-9a-f]{32})")


def name_of(share_id: str) -> str:
    """The name of the cookie."""
    return f"__Host-share_{share_id}" if settings.HTTPS else f"share_{share_id}"


def pending_name(share_id: str) -> str:
    """The name of the cookie of somebody who is at the door."""
    return f"__Host-door_{share_id}" if settings.HTTPS else f"door_{share_id}"


def carried(cookies: Mapping[str, str]) -> dict[str, str]:
    """Share id -> secret, of all cookies that can be ours."""
    ids = {match[1]: name for name in cookies if (match := _NAME.fullmatch(name)) and name == name_of(match[1])}
    return {share_id: cookies[name] for share_id, name in ids.items()}


def opens(cookies: Mapping[str, str], share: Share) -> bool:
    """Whether this browser can read by the share."""
    return cookie_holds(share, carried(cookies).get(share.pk, ""))


def came_before(cookies: Mapping[str, str], share: Share) -> bool:
    """Whether this browser was let in once, although it may need a new password now."""
    return was_let_in(share, carried(cookies).get(share.pk, ""))


def give(response: HttpResponse, share: Share) -> None:
    """Let the browser keep the share."""
    age = LONGEST
    if share.expires_at is not None:
        left = max(0, int((share.expires_at - timezone.now()).total_seconds()))
        age = min(age, left + LINGERS)
    response.set_cookie(
        name_of(share.pk), cookie_secret(share), max_age=age, secure=settings.HTTPS, httponly=True, samesite="Lax"
    )


def give_pending(response: HttpResponse, share: Share) -> None:
    """Let the browser say for a while that it had the link, which is then no longer in the address."""
    response.set_cookie(
        pending_name(share.pk),
        pending_secret(share),
        max_age=PENDING_SECONDS,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def is_pending(cookies: Mapping[str, str], share: Share) -> bool:
    """Whether this browser has had the link a while ago."""
    return pending_holds(share, cookies.get(pending_name(share.pk), ""))


def drop_pending(response: HttpResponse, share: Share) -> None:
    """The door is behind them."""
    response.delete_cookie(pending_name(share.pk), samesite="Lax")


def tidy(response: HttpResponse, cookies: Mapping[str, str], valid: set[str], keep: str) -> None:
    """Drop cookies that open nothing any more, and the surplus."""
    others = [share_id for share_id in carried(cookies) if share_id != keep]
    good = [share_id for share_id in others if share_id in valid]
    for share_id in (each for each in others if each not in good[-(MOST - 1) :]):
        response.delete_cookie(name_of(share_id), samesite="Lax")
