"""Looking changes nothing: no GET, HEAD or OPTIONS of anybody writes anything but who called."""

from typing import Any

import pytest
from django.utils import timezone

from compare_site.accounts.links import create_sign_in_link
from compare_site.accounts.models import SignInLink
from compare_site.sharing.actions import create_share
from compare_site.sharing.models import Share
from tests.security.matrix.inventory import operations, routes
from tests.security.matrix.people import World, permit
from tests.security.matrix.policy import CALLS, PAGES, SAFE
from tests.security.matrix.probes import digest, door_of, rows_of, send

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.usefixtures("valkey")]


@pytest.mark.parametrize("actor", ["anonymous", "viewer", "teammate", "owner", "owner_token", "admin"])
def test_looking_changes_nothing(everybody: World, actor: str) -> None:
    policies, rows, asked = {page.door: page for page in PAGES}, rows_of(everybody), 0
    before = digest()
    client = everybody.client(actor)
    assert not rows.keys() - {page.partition(":")[2] or page for page in rows}
    for route in routes():
        if route.pattern.startswith("/api/"):
            continue
        page = policies[door_of(route)]
        if actor == "staff_with":
            permit(everybody.staff_with, page.permissions_of("GET"))
        leads = {name: rows.get(value, value) for name, value in page.leads.items()}
        for method in SAFE if not page.is_admin else ("GET",):
            client.cookies.update(everybody.client(actor).cookies)
            send(client, method, route.path({**everybody.own.ids, **leads}))
            asked += 1
        if actor == "staff_with":
            permit(everybody.staff_with, ())
    for call in {call.door.partition(" ")[2] for call in CALLS} | {each.pattern for each in operations()}:
        for method in SAFE:
            send(client, method, call.format(**everybody.own.ids))
            asked += 1
    assert digest() == before
    assert asked > 100


def test_links_are_not_used_up_by_programs_that_fetch_them(everybody: World, client: Any) -> None:
    link = create_sign_in_link("owner")
    _, token = create_share(everybody.own.comparison, everybody.own.user.pk)
    before = digest()
    for method in SAFE:
        for path in (link, f"/s/{token}"):
            for query in ("", "?x=1"):
                assert send(client, method, path + query).status_code < 500
    assert digest() == before
    assert SignInLink.objects.get().used_at is None
    assert Share.objects.filter(revoked_at=None, expires_at=None).count() >= 1
    assert "_auth_user_id" not in client.session
    assert client.post(link).status_code == 302
    assert SignInLink.objects.get().used_at is not None
    assert SignInLink.objects.get().used_at <= timezone.now()
