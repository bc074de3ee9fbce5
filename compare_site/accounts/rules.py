"""What somebody may do: the answer that ``comparisons.rights`` asks this app for."""

from django.db.models import F, Q

from compare_site.accounts.models import MemberRule, Role, User
from compare_site.comparisons.rights import NOTHING, Rights


def rights_of_user(user_id: int) -> Rights:
    """An administrator may do everything, a viewer start nothing, a member what the rules say. Two queries at most."""
    user = User.objects.filter(pk=user_id, is_active=True).only("is_superuser", "role").first()
    if user is None or user.standing == Role.VIEWER:
        return NOTHING
    if user.standing == Role.ADMINISTRATOR:
        return Rights()
    # The rule of one's own before the one for everybody, on both databases.
    rules = MemberRule.objects.filter(Q(user_id=user_id) | Q(user=None)).order_by(F("user_id").desc(nulls_last=True))
    rule = rules.first()
    if rule is None:
        return Rights()
    return Rights(typed_models=rule.typed_models, extra_fields=rule.extra_fields, models=rule.patterns)
