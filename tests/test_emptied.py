"""A test that commits leaves nothing behind, and gives back what it took."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection

from compare_site.comparisons.transitions import live_leases, renew_lease
from providers.models import Endpoint, Provider
from tests.e2e.site import LIVING
from tests.emptied import Kept

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]
TABLES = (Provider, Endpoint, Permission)
_seen: list[list[list[tuple[object, ...]]]] = []


@pytest.mark.parametrize("turn", range(2))
def test_what_was_changed_is_as_before(turn: int) -> None:
    assert not connection.in_atomic_block
    found = [list(model._base_manager.order_by("pk").values_list()) for model in TABLES]
    assert all(found)
    assert not get_user_model().objects.exists()
    _seen.append(found)
    assert _seen[0] == found
    get_user_model().objects.create_user(f"somebody {turn}")
    Provider.objects.order_by("pk")[0].delete()
    Provider.objects.update(enabled=False)
    Provider.objects.create(slug=f"mine-{turn}", name="Mine")
    Permission.objects.all().delete()


def test_a_worker_that_lives_is_not_taken_for_dead() -> None:
    kept = Kept(LIVING)
    renew_lease("alive", [])
    get_user_model().objects.create_user("somebody")
    kept.restore()
    assert live_leases().filter(pk="alive").exists()
    assert not get_user_model().objects.exists()
