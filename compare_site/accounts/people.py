"""Finding and making users for the command line. Nobody becomes an administrator by coming first."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from compare_site.accounts.models import User


class NoSuchPerson(Exception):
    """The user does not exist, is switched off, or cannot be made; the message says what to do."""


def person(username: str, *, create: bool = False, administrator: bool = False) -> User:
    """The active user of that name. ``create`` makes a missing one, without a password: a member or an administrator.

    Somebody who exists keeps the rights that they have.
    """
    user = User.objects.filter(username=username).first()
    if user is None and create:
        user = _made(username, administrator)
    if user is None:
        raise NoSuchPerson(f"There is no user {username!r}. Add --create to make a member of that name.")
    if not user.is_active:
        raise NoSuchPerson(f"The user {username!r} is switched off. An administrator can switch them on again.")
    return user


def _made(username: str, administrator: bool) -> User:
    user = User(username=username, is_staff=administrator, is_superuser=administrator)
    user.set_unusable_password()
    try:
        user.clean_fields(exclude=["password"])
    except ValidationError as error:
        raise NoSuchPerson(f"{username!r} cannot be a user name. {' '.join(error.messages)}") from None
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        return User.objects.get(username=username)
    return user
