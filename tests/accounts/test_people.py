"""Finding and making users for the command line."""

import pytest

from compare_site.accounts.models import User
from compare_site.accounts.people import NoSuchPerson, person


def test_somebody_who_exists_keeps_their_rights(alice: User) -> None:
    assert person("alice", create=True, administrator=True) == alice
    assert not User.objects.get(username="alice").is_superuser


@pytest.mark.parametrize("name", ["", "two words", "x" * 151, "a/b", "a\nb"])
def test_names_that_are_none_are_not_made(db: None, name: str) -> None:
    with pytest.raises(NoSuchPerson):
        person(name, create=True)
    assert not User.objects.exists()


def test_the_switched_off_stay_outside(alice: User) -> None:
    User.objects.update(is_active=False)

    with pytest.raises(NoSuchPerson, match="switched off"):
        person("alice", create=True)


def test_nobody_gets_rights_by_being_first(db: None) -> None:
    assert not person("first", create=True).is_staff
