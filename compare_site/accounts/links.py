"""One-time sign-in links: 256 bits, stored hashed, 15 minutes, one use."""

from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from compare_site import env
from compare_site.accounts.models import SignInLink, User, new_token, token_hash
from compare_site.accounts.people import person

PATH = "/accounts/link/{token}/"
"""Said once more here: to ask the addresses for it, `up` would load every view and wait for that before it speaks."""
LIFETIME = timedelta(minutes=15)
DEFAULT_PORT = 8642
KEPT = timedelta(days=1)


def create_sign_in_link(username: str, create: bool = False, administrator: bool = False) -> str:
    """The path of a new link for ``username``. Raises ``people.NoSuchPerson``."""
    user = person(username, create=create, administrator=administrator)
    now = timezone.now()
    SignInLink.objects.filter(expires_at__lt=now - KEPT).delete()
    token = new_token()
    SignInLink.objects.create(user=user, token_sha256=token_hash(token), expires_at=now + LIFETIME)
    return PATH.format(token=token)


def absolute(path: str) -> str:
    """``path`` as a person opens it: at PUBLIC_URL, or at this machine's own address.

    A command that is told neither says what the running site has written down.
    """
    port = env.integer("PORT", 0)
    root = settings.PUBLIC_URL or (f"http://127.0.0.1:{port}" if port else _address_of_running())
    return f"{root}{path}"


def absolute_of(request: HttpRequest, path: str) -> str:
    """``path`` as whoever sends this request can hand it on."""
    return f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL else request.build_absolute_uri(path)


def write_address() -> None:
    """For commands that are called in another window, without PORT and PUBLIC_URL of this one."""
    _address_file().write_text(absolute(""), encoding="utf-8")


def remove_address() -> None:
    """The site has stopped."""
    _address_file().unlink(missing_ok=True)


def _address_of_running() -> str:
    try:
        return _address_file().read_text(encoding="utf-8")
    except FileNotFoundError:
        return f"http://127.0.0.1:{DEFAULT_PORT}"


def _address_file() -> Path:
    return Path(settings.DATA_DIR, "address")


def is_usable(token: str) -> bool:
    """Whether the link would still sign somebody in; looking does not use it up."""
    return _usable(token).exists()


def use(token: str) -> User | None:
    """The user whom the link signs in, once: of several at the same time the database lets one through."""
    link = _usable(token).select_related("user").first()
    if link is None:
        return None
    # Of this row's own columns only: with a join the condition becomes a subquery, which PostgreSQL does not look at
    # again after waiting for whoever was faster.
    used = SignInLink.objects.filter(pk=link.pk, used_at=None).update(used_at=timezone.now())
    return link.user if used == 1 else None


def _usable(token: str) -> QuerySet[SignInLink]:
    return SignInLink.objects.filter(
        token_sha256=token_hash(token), used_at=None, expires_at__gt=timezone.now(), user__is_active=True
    )
