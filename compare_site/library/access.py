"""Who may read or change what is kept here: the owner everything, teammates what is visible to the team.

Somebody else's does not exist, as in ``comparisons.access``.
"""

from django.db.models import Q, QuerySet

from compare_site.comparisons.access import Denied, Need, Principal, is_id
from compare_site.library.models import ColumnSet, Prompt, PromptVersion


def visible_prompts(principal: Principal) -> QuerySet[Prompt]:
    """The principal's own prompts and those of the team."""
    if principal.user_id is None:
        return Prompt.objects.none()
    return Prompt.objects.filter(Q(owner_id=principal.user_id) | Q(team=True))


def visible_versions(principal: Principal) -> QuerySet[PromptVersion]:
    """All versions of the prompts that the principal may read."""
    if principal.user_id is None:
        return PromptVersion.objects.none()
    return PromptVersion.objects.filter(Q(prompt__owner_id=principal.user_id) | Q(prompt__team=True))


def visible_sets(principal: Principal) -> QuerySet[ColumnSet]:
    """The principal's own column sets and those of the team."""
    if principal.user_id is None:
        return ColumnSet.objects.none()
    return ColumnSet.objects.filter(Q(owner_id=principal.user_id) | Q(team=True))


def access_prompt(principal: Principal, prompt_id: str, need: Need = "read") -> Prompt:
    """The prompt with its owner, if the principal may do ``need`` with it. Raises Denied."""
    found = visible_prompts(principal).select_related("owner").filter(pk=_id(prompt_id)).first()
    if found is None or (need == "write" and found.owner_id != principal.user_id):
        raise Denied
    return found


def access_version(principal: Principal, version_id: str) -> PromptVersion:
    """The version with its prompt, if the principal may read it. Raises Denied."""
    found = visible_versions(principal).select_related("prompt__owner").filter(pk=_id(version_id)).first()
    if found is None:
        raise Denied
    return found


def access_set(principal: Principal, set_id: str, need: Need = "read") -> ColumnSet:
    """The column set with its owner, if the principal may do ``need`` with it. Raises Denied."""
    found = visible_sets(principal).select_related("owner").filter(pk=_id(set_id)).first()
    if found is None or (need == "write" and found.owner_id != principal.user_id):
        raise Denied
    return found


def _id(text: str) -> str:
    if not is_id(text):
        raise Denied
    return text
