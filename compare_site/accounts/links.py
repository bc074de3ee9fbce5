"""One-time sign-in links: 256 bits, stored hashed, 15 minutes, one use."""

from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from compare_site import env
from compare_site.accounts.models import SignInLink, User, new_token, token_hash
from compare_site.accounts.people import person

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
    return reverse("sign-in-link", args=[token])


def absolute(path: str) -> str:
    """``path`` as a person opens it: at PUBLIC_URL, or at this machine's own address."""
    root = settings.PUBLIC_URL or f"http://127.0.0.1:{env.integer('PORT', DEFAULT_PORT)}"
    return f"{root}{path}"


def is_usable(token: str) -> bool:
    """Whether the link would still sign somebody in; looking does not use it up."""
    return _usable(token).exists()


def use(token: str) -> User | None:
    """The user whom the link signs in, once: of several at the same time the database lets one through."""
    link = _usable(token).select_related("user").first()
    if link is None or _usable(token).update(used_at=timezone.now()) != 1:
        return None
    return link.user


def _usable(token: str) -> QuerySet[SignInLink]:
    return SignInLink.objects.filter(
        token_sha256=token_hash(token), used_at=None, expires_at__gt=timezone.now(), user__is_active=True
    )
