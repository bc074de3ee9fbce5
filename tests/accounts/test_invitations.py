"""Invitations: made by administrators and the command, used once by whoever has the link."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from compare_site.accounts.invitations import accept, find_invitation, invite
from compare_site.accounts.models import Invitation, Role, User, token_hash
from compare_site.log_scrub import scrub
from tests.accounts.conftest import PASSWORD
from tests.clients.together import together

pytestmark = pytest.mark.database
NEW = {"username": "new", "password": "a brand new secret", "again": "a brand new secret"}


def _token(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


def test_a_new_person_chooses_name_and_password_and_is_in(client: Client, db: None) -> None:
    row, path = invite(role=Role.VIEWER)

    assert [client.get(path).status_code, client.head(path).status_code] == [200, 200]
    response = client.post(path, NEW)

    assert (response.status_code, response["Location"]) == (302, "/")
    person = User.objects.get(username="new")
    assert (person.standing, person.is_staff, person.check_password(NEW["password"])) == (Role.VIEWER, False, True)
    assert client.get("/private/").content == b"new"
    for spent in (Client().get(path), Client().post(path, {**NEW, "username": "other"})):
        assert spent.status_code == 404
        assert b"does not work any more" in spent.content
    assert User.objects.count() == 1
    assert _token(path) not in str(Invitation.objects.values())
    assert token_hash(_token(path)) == row.token_sha256


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"username": ""}, "This field is required."),
        ({"username": "Alice"}, "Somebody has this name already."),
        ({"username": "no spaces here"}, "Enter a valid username."),
        ({"password": "12345678", "again": "12345678"}, "entirely numeric"),
        ({"again": "another secret"}, "The two passwords are not the same."),
    ],
)
def test_problems_stand_at_their_field_and_the_link_stays(
    client: Client, alice: User, said: dict[str, str], problem: str
) -> None:
    _, path = invite()

    response = client.post(path, {**NEW, **said})

    assert response.status_code == 200
    assert problem in response.content.decode()
    assert next(iter(said)) in response.content.decode()
    assert client.post(path, NEW).status_code == 302


def test_a_link_for_somebody_who_is_here_sets_the_password_and_nothing_else(client: Client, alice: User) -> None:
    _, path = invite("alice", Role.ADMINISTRATOR)
    response = client.post(path, {**NEW, "username": "mallory"})

    alice.refresh_from_db()
    assert response.status_code == 302
    assert (alice.username, alice.standing, alice.check_password(NEW["password"])) == ("alice", Role.MEMBER, True)


@pytest.mark.parametrize("how", ["expired", "revoked", "switched off"])
def test_a_link_ends(client: Client, alice: User, how: str) -> None:
    _, path = invite("alice")
    if how == "expired":
        Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif how == "revoked":
        Invitation.objects.all().delete()
    else:
        User.objects.update(is_active=False)

    assert client.get(path).status_code == 404
    assert client.post(path, NEW).status_code == 404


@pytest.mark.parametrize("token", ["", "x", "é" * 8, "a" * 5000, "null", "None"])
def test_what_is_no_token_opens_nothing(db: None, token: str) -> None:
    invite()

    assert find_invitation(token) is None


def test_two_who_choose_the_same_name_at_once_do_not_share_it(client: Client, db: None) -> None:
    (_, first), (_, second) = invite(), invite()

    assert client.post(first, NEW).status_code == 302
    assert Client().post(second, NEW).status_code == 200
    assert User.objects.count() == 1


def test_the_link_is_shown_once_in_the_administration(client: Client, boss: User) -> None:
    client.force_login(boss)
    page = client.post("/admin/accounts/invitation/add/", {"username": "", "role": "member", "days": "7"})
    found = re.search(r'value="http://testserver(/accounts/invitation/[\w-]+/)"', page.content.decode())

    assert found
    assert Client().post(found[1], NEW).status_code == 302
    assert _token(found[1]).encode() not in client.get("/admin/accounts/invitation/").content
    assert Invitation.objects.get().created_by == boss


def test_staff_gives_no_rights_by_invitation(client: Client, clerk: User, boss: User) -> None:
    client.force_login(clerk)
    for said in ({"username": "", "role": "administrator"}, {"username": "boss", "role": "member"}):
        page = client.post("/admin/accounts/invitation/add/", {**said, "days": "7"})
        assert b"Only an administrator" in page.content
    with pytest.raises(ValidationError):
        invite("boss", by=clerk)

    assert not Invitation.objects.exists()


def test_people_who_may_not_add_invitations_make_none(client: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    client.force_login(alice)

    assert client.post("/admin/accounts/invitation/add/", {"role": "member", "days": "7"}).status_code == 403


def test_the_command_prints_one_address_that_works(client: Client, db: None, capsys: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("PORT", "4321")
    call_command("invite", "--role", "administrator")
    out = capsys.readouterr().out

    assert re.fullmatch(r"http://127\.0\.0\.1:4321/accounts/invitation/[\w-]{43}/\n", out)
    client.post(out.strip().removeprefix("http://127.0.0.1:4321"), NEW)
    assert User.objects.get().standing == Role.ADMINISTRATOR


def test_the_command_refuses_a_name_that_cannot_be(db: None) -> None:
    with pytest.raises(CommandError, match="Enter a valid username"):
        call_command("invite", "no spaces here")


def test_no_log_shows_the_token() -> None:
    assert scrub("GET /accounts/invitation/abcdefgh/") == "GET /accounts/invitation/***/"


def test_switching_off_and_on_in_the_list_spares_oneself(client: Client, boss: User, alice: User) -> None:
    client.force_login(boss)
    chosen = {"_selected_action": [str(boss.pk), str(alice.pk)]}
    client.post("/admin/accounts/user/", {"action": "switch_off", **chosen})

    assert list(User.objects.filter(is_active=False)) == [alice]
    sign_in = {"username": "alice", "password": PASSWORD}
    assert Client().post("/accounts/sign-in/", sign_in).status_code == 200
    client.post("/admin/accounts/user/", {"action": "switch_on", **chosen})
    assert not User.objects.filter(is_active=False).exists()


@pytest.mark.django_db(transaction=True)
def test_of_many_at_the_same_time_one_gets_a_password(transactional_db: None) -> None:
    User.objects.create_user("alice")
    _row, path = invite("alice")

    found = together(8, lambda: accept(_token(path), "alice", NEW["password"]))

    assert [user.username for user in found if user is not None] == ["alice"]


@pytest.mark.parametrize("how", ["switched off", "demoted", "deleted"])
def test_a_link_does_not_outlive_the_rights_of_its_maker(client: Client, admin: User, how: str) -> None:
    _, path = invite(role=Role.ADMINISTRATOR, by=admin)
    assert client.get(path).status_code == 200

    if how == "switched off":
        User.objects.filter(pk=admin.pk).update(is_active=False)
    elif how == "demoted":
        User.objects.filter(pk=admin.pk).update(is_superuser=False)
    else:
        admin.delete()

    assert client.get(path).status_code == 404
    assert client.post(path, NEW).status_code == 404
    assert not User.objects.filter(username="new").exists()


def test_a_new_password_by_staff_is_none_for_whoever_has_become_staff(admin: User, alice: User) -> None:
    User.objects.filter(pk=admin.pk).update(is_superuser=False)
    admin.refresh_from_db()
    admin.user_permissions.add(Permission.objects.get(codename="add_invitation"))
    _, path = invite("alice", by=admin)
    assert find_invitation(_token(path)) is not None

    User.objects.filter(pk=alice.pk).update(is_superuser=True)

    assert accept(_token(path), "", NEW["password"]) is None
