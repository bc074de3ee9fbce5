"""Inviting: a one-time link with which somebody chooses a name and a password. Shown once, stored hashed, 7 days."""

from datetime import timedelta

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from compare_site.accounts.models import Invitation, Role, User, new_token, token_hash

DAYS = 7
KEPT = timedelta(days=30)
MOST_CHARACTERS = 200


def invite(
    username: str = "", role: Role = Role.MEMBER, *, by: User | None = None, days: int = DAYS
) -> tuple[Invitation, str]:
    """The row, and the path of the link, which is not to be had again.

    With the name of somebody who is here already, the link sets their password and changes nothing else. ``by`` None:
    the command line. Raises ValidationError for a name that nobody can have and for what ``by`` may not give.
    """
    user = User.objects.filter(username=username).first() if username else None
    check_invitation(username, role, user, by)
    now = timezone.now()
    Invitation.objects.filter(expires_at__lt=now - KEPT).delete()
    token = new_token()
    row = Invitation.objects.create(
        user=user,
        username=username,
        role=user.standing if user is not None else role,
        token_sha256=token_hash(token),
        created_by=by,
        expires_at=now + timedelta(days=days),
    )
    return row, reverse("invitation", args=[token])


def check_invitation(username: str, role: str, user: User | None, by: User | AnonymousUser | None) -> None:
    """Raises ValidationError: a name that cannot be, somebody switched off, or rights that ``by`` cannot give."""
    is_boss = by is None or by.is_superuser
    if user is not None and not user.is_active:
        raise ValidationError({"username": _("This person is switched off. Switch them on first.")})
    if user is not None and not is_boss and (user.is_staff or user.is_superuser):
        raise ValidationError({"username": _("Only an administrator makes a link for staff.")})
    if user is None and role == Role.ADMINISTRATOR and not is_boss:
        raise ValidationError({"role": _("Only an administrator invites administrators.")})
    if user is None and username:
        try:
            User(username=username).clean_fields(exclude=["password"])
        except ValidationError as error:
            raise ValidationError({"username": error.messages}) from None


def find_invitation(token: str) -> Invitation | None:
    """The invitation of a link that still works; looking does not use it up."""
    found = _usable(token).select_related("user", "created_by").first()
    return found if found is not None and _may_still(found) else None


def _may_still(invitation: Invitation) -> bool:
    """Whether whoever made it could make it now: links must not outlive the rights that they were made with."""
    by = invitation.created_by
    if by is None:
        return True
    if not by.is_active or not by.is_staff:
        return False
    try:
        check_invitation(invitation.username, invitation.role, invitation.user, by)
    except ValidationError:
        return False
    return by.has_perm("accounts.add_invitation")


def accept(token: str, username: str, password: str) -> User | None:
    """The person with their new password, once; None if the link works no more.

    Raises ValidationError, and leaves the link as it is, if somebody has that name meanwhile.
    """
    with transaction.atomic():
        invitation = find_invitation(token)
        if invitation is None:
            return None
        # Of this row's own columns only, as with sign-in links: whoever waited must look again.
        if Invitation.objects.filter(pk=invitation.pk, used_at=None).update(used_at=timezone.now()) != 1:
            return None
        user = invitation.user or _new_user(invitation, username)
        user.set_password(password)
        try:
            with transaction.atomic():
                # Of somebody who is here nothing else: they may have been switched off at this moment.
                user.save(update_fields=None if user._state.adding else ("password",))
        except IntegrityError:
            raise ValidationError({"username": _("A user with that username already exists.")}) from None
    return user


def _new_user(invitation: Invitation, username: str) -> User:
    boss = invitation.role == Role.ADMINISTRATOR
    role = Role.MEMBER if boss else invitation.role
    return User(username=username, role=role, is_staff=boss, is_superuser=boss)


def _usable(token: str) -> QuerySet[Invitation]:
    if not token or len(token) > MOST_CHARACTERS or not token.isascii():
        return Invitation.objects.none()
    anybody = Q(user=None) | Q(user__is_active=True)
    return Invitation.objects.filter(
        anybody, token_sha256=token_hash(token), used_at=None, expires_at__gt=timezone.now()
    )
