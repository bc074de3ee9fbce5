"""Share links in the admin."""

from typing import Any

import pytest
from django.test import Client

from compare_site.comparisons.models import Comparison
from compare_site.sharing.actions import ShareOptions, create_share
from compare_site.sharing.links import resolve_token
from compare_site.sharing.models import Share


def test_an_administrator_sees_and_revokes_links_but_cannot_open_them(
    client: Client, admin: Any, comparison: Comparison
) -> None:
    share, token = create_share(comparison, comparison.owner_id, ShareOptions(password="a long password"))
    client.force_login(admin)
    for path in ("/admin/sharing/share/", f"/admin/sharing/share/{share.pk}/change/"):
        page = client.get(path)
        assert page.status_code == 200
        assert share.token_sha256.encode() not in page.content
        assert share.password.encode() not in page.content
    assert client.get(f"/c/{comparison.pk}/").status_code == 404

    client.post("/admin/sharing/share/", {"action": "revoke", "_selected_action": share.pk})
    assert resolve_token(token) is None


@pytest.mark.parametrize("path", ["add/", "{}/change/"])
def test_links_are_neither_made_nor_changed_there(
    client: Client, admin: Any, comparison: Comparison, path: str
) -> None:
    share, _ = create_share(comparison, comparison.owner_id)
    client.force_login(admin)

    assert client.post(f"/admin/sharing/share/{path.format(share.pk)}", {}).status_code == 403
    assert Share.objects.count() == 1


def test_staff_without_the_permission_sees_nothing(client: Client, staff_without: Any, comparison: Comparison) -> None:
    client.force_login(staff_without)

    assert client.get("/admin/sharing/share/").status_code == 403
