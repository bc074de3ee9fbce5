"""What people do with prompts: create, change, duplicate, delete. The one write path of pages and API.

Rights are checked before, by ``access``. A version never changes; changing what a prompt says adds the next one.
"""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from compare_site.comparisons.actions import Refused
from compare_site.comparisons.history import folded
from compare_site.library.inputs import Content, NewPrompt, PromptChange
from compare_site.library.models import Prompt, PromptVersion


def create_prompt(user_id: int, asked: NewPrompt) -> tuple[Prompt, PromptVersion]:
    """A prompt with its first version."""
    with transaction.atomic():
        tags = list(dict.fromkeys(asked.tags))
        prompt = Prompt(owner_id=user_id, name=asked.name, description=asked.description, tags=tags, team=asked.team)
        version = new_version(prompt, asked, 1, user_id)
        prompt.search_text = search_text(prompt, version)
        prompt.save(force_insert=True)
        version.save()
    return prompt, version


def new_version(prompt: Prompt, content: Content, number: int, user_id: int | None) -> PromptVersion:
    """A version that is not saved yet."""
    return PromptVersion(
        prompt=prompt,
        number=number,
        system=content.system,
        messages=content.said,
        variables=content.names,
        created_by_id=user_id,
        created_at=timezone.now(),
    )


def search_text(prompt: Prompt, version: PromptVersion) -> str:
    """What search looks through: name, description, tags, and what the newest version says."""
    said = [message["content"] for message in version.messages]
    return folded("\n".join(filter(None, (prompt.name, prompt.description, *prompt.tags, version.system, *said))))


def change_prompt(prompt: Prompt, asked: PromptChange, user_id: int) -> tuple[Prompt, PromptVersion]:
    """The prompt with what was named changed, and its newest version: a new one if it says something else now.

    Raises Refused 409 if somebody has added a version since ``based_on``.
    """
    with transaction.atomic():
        prompt = locked(prompt.pk)
        newest = latest_version(prompt)
        if asked.content is not None and asked.based_on not in {None, newest.pk}:
            message = _("This prompt was changed meanwhile: version %(number)d is the newest now. Reload to see it.")
            raise Refused(409, "changed_meanwhile", message % {"number": newest.number}, {"field": "based_on"})
        for name in ("name", "description", "team"):
            if (value := getattr(asked, name)) is not None:
                setattr(prompt, name, value)
        if asked.tags is not None:
            prompt.tags = list(dict.fromkeys(asked.tags))
        if asked.content is not None and not says(newest, asked.content):
            newest = new_version(prompt, asked.content, newest.number + 1, user_id)
            newest.save()
        prompt.search_text = search_text(prompt, newest)
        prompt.save()
    return prompt, newest


def says(version: PromptVersion, content: Content) -> bool:
    """Whether the version says just that already."""
    return version.system == content.system and version.messages == content.said


def duplicate_prompt(prompt: Prompt, user_id: int) -> tuple[Prompt, PromptVersion]:
    """The newest version as a prompt of one's own, seen by nobody else."""
    newest = latest_version(prompt)
    name = _("%(name)s (copy)") % {"name": prompt.name[:180]}
    content: dict[str, Any] = {"system": newest.system, "messages": newest.messages}
    copy = {"name": name, "description": prompt.description, "tags": prompt.tags, **content}
    return create_prompt(user_id, NewPrompt.model_validate(copy))


def delete_prompt(prompt: Prompt) -> None:
    """It and its versions, for ever. Comparisons keep what they were asked."""
    prompt.delete()


def latest_version(prompt: Prompt) -> PromptVersion:
    """The version in force."""
    return prompt.versions.order_by("-number")[0]


def locked(prompt_id: str) -> Prompt:
    """The prompt as it is now, to be changed by nobody else until the transaction ends. Raises Refused 404."""
    found = Prompt.objects.select_for_update().filter(pk=prompt_id).first()
    if found is None:
        raise Refused(404, "not_found", _("This prompt has been deleted."))
    return found
