"""The list of models as one person may use it, and the pages that leave out what is not allowed."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from compare_site.accounts.models import MemberRule
from providers.resolve import sync_catalog
from tests.comparisons.driving import QUICK, started

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey")]


@pytest.fixture
def mine(client: Client, owner: Any) -> Client:
    sync_catalog()
    client.force_login(owner)
    return client


def _models(client: Client, query: str = "") -> dict[str, dict[str, Any]]:
    return {each["id"]: each for each in client.get(f"/api/v1/models{query}").json()}


@pytest.mark.parametrize("query", ["", "?provider=demo"])
def test_what_is_not_allowed_is_listed_as_not_available(mine: Client, query: str) -> None:
    assert _models(mine, query)["demo/thinker"]["available"]
    MemberRule.objects.create(allowed_models="demo/fast")

    found = _models(mine, query)

    assert (found["demo/fast"]["available"], found["demo/thinker"]["available"]) == (True, False)
    assert "administrator" in found["demo/thinker"]["why_unavailable"]


def test_typed_ids_of_before_are_not_offered_any_more(mine: Client, owner: Any) -> None:
    started(owner, QUICK)
    assert _models(mine)[QUICK]["available"]

    MemberRule.objects.create(typed_models=False)

    assert not _models(mine)[QUICK]["available"]


def test_the_pages_leave_out_what_is_not_allowed(mine: Client, owner: Any) -> None:
    comparison = started(owner, QUICK)
    for path in ("/", f"/c/{comparison.pk}/"):
        page = mine.get(path).content.decode()
        assert ('data-typed="false"' in page, "switched off for you" in page) == (False, False)
    MemberRule.objects.create(typed_models=False, extra_fields=False)

    for path in ("/", f"/c/{comparison.pk}/"):
        page = mine.get(path).content.decode()
        assert ('data-typed="false"' in page, "switched off for you" in page) == (True, True)


def test_a_viewer_has_no_composer_and_nothing_to_re_run(mine: Client, owner: Any) -> None:
    comparison = started(owner, QUICK)
    get_user_model().objects.update(role="viewer")

    playground, own = (mine.get(path).content.decode() for path in ("/", f"/c/{comparison.pk}/"))

    assert "You can read here" in playground
    assert "<ts-composer hidden" in playground
    assert "You can read only" in own
    assert 'data-writable="false"' in own
    assert mine.get("/history/").status_code == 200


def test_without_models_a_member_is_told_whom_to_ask_and_an_administrator_what_to_do(mine: Client) -> None:
    """The section that the composer shows when nothing can be asked."""
    asked = mine.get("/").content.decode()
    get_user_model().objects.update(is_staff=True, is_superuser=True)
    doing = mine.get("/").content.decode()

    assert ("See which keys are missing" in asked, "/admin/" in asked) == (True, False)
    assert "/admin/providers/apikey/add/" in doing
