"""One-time sign-in links."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from compare_site.accounts import links
from compare_site.accounts.models import SignInLink, User
from compare_site.accounts.people import NoSuchPerson
from tests.clients.together import together

pytestmark = pytest.mark.database


def _token(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


def test_the_token_has_256_bits_and_is_not_stored(alice: User) -> None:
    token = _token(links.create_sign_in_link("alice"))
    row = SignInLink.objects.get()

    assert len(token) == 43
    assert token not in str(row.__dict__)
    assert timedelta(minutes=14) < row.expires_at - timezone.now() <= timedelta(minutes=15)


def test_the_address_is_that_of_the_page() -> None:
    assert links.PATH.format(token="a-token") == reverse("sign-in-link", args=["a-token"])


def test_a_link_works_once(alice: User) -> None:
    token = _token(links.create_sign_in_link("alice"))

    assert links.is_usable(token)
    assert links.use(token) == alice
    assert not links.is_usable(token)
    assert links.use(token) is None


def test_expired_unknown_and_switched_off_do_not_work(alice: User) -> None:
    token = _token(links.create_sign_in_link("alice"))
    SignInLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert links.use(token) is None

    SignInLink.objects.update(expires_at=timezone.now() + timedelta(minutes=1))
    User.objects.update(is_active=False)
    assert links.use(token) is None
    assert links.use("") is None
    assert links.use(SignInLink.objects.get().token_sha256) is None


@pytest.mark.django_db(transaction=True)
def test_of_many_at_the_same_time_one_gets_in(transactional_db: None) -> None:
    User.objects.create_user("alice")
    token = _token(links.create_sign_in_link("alice"))

    found = together(8, lambda: links.use(token))

    assert [user.username for user in found if user is not None] == ["alice"]


def test_old_links_are_forgotten(alice: User) -> None:
    links.create_sign_in_link("alice")
    SignInLink.objects.update(expires_at=timezone.now() - timedelta(days=2))
    links.create_sign_in_link("alice")

    assert SignInLink.objects.count() == 1


def test_a_missing_person_is_made_only_on_request_and_as_a_member(db: None) -> None:
    with pytest.raises(NoSuchPerson):
        links.create_sign_in_link("new")
    links.create_sign_in_link("new", create=True)
    links.create_sign_in_link("admin", create=True, administrator=True)
    links.create_sign_in_link("new", create=True, administrator=True)

    new, admin = User.objects.get(username="new"), User.objects.get(username="admin")
    assert (new.is_staff, new.is_superuser, new.has_usable_password()) == (False, False, False)
    assert (admin.is_staff, admin.is_superuser, admin.has_usable_password()) == (True, True, False)


def test_the_address_is_the_public_one_or_this_machines(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PUBLIC_URL = ""
    monkeypatch.setenv("PORT", "4321")
    assert links.absolute("/x/") == "http://127.0.0.1:4321/x/"

    settings.PUBLIC_URL = "https://models.example"
    assert links.absolute("/x/") == "https://models.example/x/"


def test_a_command_knows_the_address_of_the_running_site(
    settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings.PUBLIC_URL, settings.DATA_DIR = "", tmp_path
    monkeypatch.setenv("PORT", "4321")
    links.write_address()
    monkeypatch.delenv("PORT")
    assert links.absolute("/x/") == "http://127.0.0.1:4321/x/"

    links.remove_address()
    assert links.absolute("/x/") == "http://127.0.0.1:8642/x/"
