"""Which browsers somebody is signed in with: noted as they sign in and are used, ended one by one or all at once.

An ended session's sockets close with the next look at who is still signed in (``comparisons.sockets``).
"""

import re
import time
from datetime import timedelta
from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from compare_site.accounts.models import BrowserSession, User

NOTED_EVERY = timedelta(minutes=1)
MOST_REMEMBERED = 10_000
BROWSERS = (
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Edge", r"Edg(?:e|A|iOS)?/"),
    ("Opera", r"OPR/|Opera"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Chrome", r"Chrom(?:e|ium)/|CriOS/"),
    ("Safari", r"Safari/"),
)
SYSTEMS = (
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("Windows", r"Windows"),
    ("macOS", r"Macintosh|Mac OS X"),
    ("ChromeOS", r"CrOS"),
    ("Linux", r"Linux|X11"),
)
_noted: dict[str, float] = {}


def words_of(user_agent: str) -> str:
    """A browser as its owner would call it."""
    browser = next((name for name, sign in BROWSERS if re.search(sign, user_agent)), "")
    system = next((name for name, sign in SYSTEMS if re.search(sign, user_agent)), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("An unknown browser")


def sessions_of(user: User) -> list[BrowserSession]:
    """Where they are signed in now, the last used first."""
    rows = list(BrowserSession.objects.filter(user=user))
    keys = [row.session_key for row in rows]
    there = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    live = set(there.values_list("session_key", flat=True))
    gone = [row.pk for row in rows if row.session_key not in live]
    if gone:
        BrowserSession.objects.filter(pk__in=gone).delete()
    return [row for row in rows if row.session_key in live]


def end_session(user: User, row_id: int) -> bool:
    """Sign out one of their browsers; False if they have no such one."""
    row = BrowserSession.objects.filter(user=user, pk=row_id).first()
    if row is None:
        return False
    _end([row.session_key])
    return True


def end_others(user: User, session_key: str | None) -> int:
    """Sign out all of their browsers but this one; how many there were."""
    keys = [row.session_key for row in sessions_of(user) if row.session_key != session_key]
    _end(keys)
    return len(keys)


def _end(keys: list[str]) -> None:
    Session.objects.filter(session_key__in=keys).delete()
    BrowserSession.objects.filter(session_key__in=keys).delete()


def note(request: HttpRequest) -> None:
    """This browser is used now: written at most once a minute and process."""
    key = request.session.session_key
    if not key or not request.user.is_authenticated:
        return
    now = time.monotonic()
    if now - _noted.get(key, -NOTED_EVERY.total_seconds()) < NOTED_EVERY.total_seconds():
        return
    if len(_noted) >= MOST_REMEMBERED:
        _noted.clear()
    _noted[key] = now
    _keep(request, key, request.user)


def _keep(request: HttpRequest, key: str, user: Any) -> None:
    agent = request.headers.get("User-Agent", "").replace("\x00", "")[:300]
    seen = {"user": user, "user_agent": agent, "last_seen_at": timezone.now()}
    if not BrowserSession.objects.filter(session_key=key).update(**seen):
        BrowserSession.objects.bulk_create([BrowserSession(session_key=key, **seen)], ignore_conflicts=True)


def _signed_in(request: HttpRequest | None, user: User, **_: Any) -> None:
    if request is not None and request.session.session_key:
        _keep(request, request.session.session_key, user)


def _signed_out(request: HttpRequest | None, **_: Any) -> None:
    if request is not None and request.session.session_key:
        BrowserSession.objects.filter(session_key=request.session.session_key).delete()


def connect() -> None:
    """Listen to sign-ins and sign-outs."""
    user_logged_in.connect(_signed_in, dispatch_uid="accounts.browsers")
    user_logged_out.connect(_signed_out, dispatch_uid="accounts.browsers")
