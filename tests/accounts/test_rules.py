"""What roles and rules let people do."""

import pytest
from django.db import IntegrityError, transaction

from compare_site.accounts.models import MemberRule, User
from compare_site.comparisons.rights import NOTHING, Rights, rights_of

pytestmark = pytest.mark.database


def test_without_a_rule_members_may_do_what_they_always_could(alice: User, boss: User) -> None:
    assert rights_of(alice.pk) == rights_of(boss.pk) == Rights()


def test_viewers_the_switched_off_and_nobody_start_nothing(alice: User, boss: User) -> None:
    User.objects.filter(pk=alice.pk).update(role="viewer")
    User.objects.filter(pk=boss.pk).update(is_active=False)

    assert [rights_of(who) for who in (alice.pk, boss.pk, None, 987654)] == [NOTHING] * 4


def test_a_rule_of_ones_own_goes_before_the_one_for_all_and_administrators_have_none(alice: User, boss: User) -> None:
    bob = User.objects.create_user("bob")
    MemberRule.objects.create(typed_models=False, allowed_models="demo/*\n\n group/* \n")
    MemberRule.objects.create(user=bob, extra_fields=False)
    MemberRule.objects.create(user=boss, extra_fields=False)

    assert rights_of(alice.pk) == Rights(typed_models=False, models=("demo/*", "group/*"))
    assert rights_of(bob.pk) == Rights(extra_fields=False)
    assert rights_of(boss.pk) == Rights()


def test_there_is_one_rule_for_all(db: None) -> None:
    MemberRule.objects.create()
    with pytest.raises(IntegrityError), transaction.atomic():
        MemberRule.objects.create()
