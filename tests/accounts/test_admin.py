"""People and tokens in the admin."""

import pytest
from django.test import Client

from compare_site.accounts.models import ApiToken, User
from compare_site.accounts.tokens import create_api_token
from tests.accounts.conftest import PASSWORD


def test_an_administrator_adds_and_changes_people(client: Client, boss: User) -> None:
    client.force_login(boss)
    data = {"username": "new", "usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}

    assert client.post("/admin/accounts/user/add/", data).status_code == 302
    new = User.objects.get(username="new")
    assert not new.is_staff
    assert client.get(f"/admin/accounts/user/{new.pk}/change/").status_code == 200
    assert client.get("/admin/accounts/user/").status_code == 200


def _fields(user: User, **more: str) -> dict[str, str]:
    return {"username": user.username, "email": "", "first_name": "", "last_name": "", "is_active": "on", **more}


def test_staff_without_that_right_gives_no_rights(client: Client, clerk: User, alice: User) -> None:
    client.force_login(clerk)
    rights = {"is_staff": "on", "is_superuser": "on", "user_permissions": "1"}
    for user in (clerk, alice):
        response = client.post(f"/admin/accounts/user/{user.pk}/change/", _fields(user, **rights))
        assert response.status_code == 302

    clerk.refresh_from_db()
    alice.refresh_from_db()
    assert (clerk.is_superuser, alice.is_superuser, alice.is_staff) == (False, False, False)
    assert not alice.user_permissions.exists()


@pytest.mark.parametrize("administrator", [True, False])
def test_staff_touches_neither_an_administrator_nor_other_staff(
    client: Client, clerk: User, boss: User, administrator: bool
) -> None:
    User.objects.filter(pk=boss.pk).update(is_superuser=administrator)
    client.force_login(clerk)
    password = {"usable_password": "true", "password1": "a new " + PASSWORD, "password2": "a new " + PASSWORD}
    refused = [
        client.post(f"/admin/accounts/user/{boss.pk}/change/", _fields(boss, email="x@example.com")),
        client.post(f"/admin/accounts/user/{boss.pk}/password/", password),
        client.post(f"/admin/accounts/user/{boss.pk}/delete/", {"post": "yes"}),
    ]
    client.post(
        "/admin/accounts/user/",
        {"action": "delete_selected", "_selected_action": str(boss.pk), "post": "yes"},
    )

    assert [response.status_code for response in refused] == [403] * 3
    boss.refresh_from_db()
    assert boss.check_password(PASSWORD)
    assert boss.email == ""


def test_people_who_are_no_staff_see_no_admin(client: Client, alice: User) -> None:
    client.force_login(alice)

    assert client.get("/admin/accounts/user/").status_code == 302


def test_tokens_are_listed_without_their_hash_and_can_be_revoked(client: Client, boss: User, alice: User) -> None:
    row, token = create_api_token(alice, "laptop")
    client.force_login(boss)
    pages = [client.get("/admin/accounts/apitoken/"), client.get(f"/admin/accounts/apitoken/{row.pk}/change/")]

    for page in pages:
        assert page.status_code == 200
        assert b"laptop" in page.content
        assert token.encode() not in page.content
        assert row.token_sha256.encode() not in page.content
    client.post(f"/admin/accounts/apitoken/{row.pk}/delete/", {"post": "yes"})
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("path", ["add/", "{}/change/"])
def test_tokens_are_neither_made_nor_changed_there(client: Client, boss: User, alice: User, path: str) -> None:
    row, _ = create_api_token(alice)
    client.force_login(boss)

    assert client.post(f"/admin/accounts/apitoken/{path.format(row.pk)}", {"label": "x"}).status_code == 403
