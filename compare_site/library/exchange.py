"""Prompts as a file, and back: all versions, tags and descriptions. An import is taken whole or not at all."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import pairwise
from typing import Annotated, Any, Literal

from django.db import transaction
from django.utils import timezone
from pydantic import AwareDatetime, Field, model_validator

from compare_site.comparisons.requests import Input, Tags
from compare_site.library.actions import new_version, search_text
from compare_site.library.inputs import Content, Description, Name
from compare_site.library.models import Prompt, PromptVersion

FORMAT: Literal["touchstone-prompts"] = "touchstone-prompts"
MOST_PROMPTS, MOST_VERSIONS = 2000, 1000


class VersionFile(Content):
    """A version in a file; without a number it is the next one."""

    number: Annotated[int, Field(ge=1, le=2_000_000_000)] | None = None
    created_at: AwareDatetime | None = None


class PromptFile(Input):
    """A prompt in a file, its versions from the first on."""

    name: Name
    description: Description = ""
    tags: Tags = Field(default_factory=list)
    team: bool = False
    versions: list[VersionFile] = Field(min_length=1, max_length=MOST_VERSIONS)

    @model_validator(mode="after")
    def _numbered_upwards(self) -> "PromptFile":
        numbers = self.numbers
        if any(after <= before for before, after in pairwise(numbers)):
            raise ValueError("versions must be numbered upwards")
        return self

    @property
    def numbers(self) -> list[int]:
        """The number of each version."""
        found: list[int] = []
        for version in self.versions:
            found.append(version.number or (found[-1] if found else 0) + 1)
        return found


class LibraryFile(Input):
    """A whole file."""

    format: Literal["touchstone-prompts"]
    version: Literal[1]
    exported_at: str | None = None
    prompts: list[PromptFile] = Field(max_length=MOST_PROMPTS)


def exported(prompts: Iterable[Prompt]) -> dict[str, Any]:
    """The file of these prompts; three queries, however many."""
    rows = Prompt.objects.filter(pk__in=[prompt.pk for prompt in prompts]).prefetch_related("versions").order_by("name")
    return {
        "format": FORMAT,
        "version": 1,
        "exported_at": timezone.now().isoformat(),
        "prompts": [_prompt(prompt) for prompt in rows],
    }


def _prompt(prompt: Prompt) -> dict[str, Any]:
    versions = sorted(prompt.versions.all(), key=lambda version: version.number)
    return {
        "name": prompt.name,
        "description": prompt.description,
        "tags": prompt.tags,
        "team": prompt.team,
        "versions": [
            {
                "number": version.number,
                "created_at": version.created_at.isoformat(),
                "system": version.system,
                "messages": version.messages,
            }
            for version in versions
        ],
    }


def import_prompts(user_id: int, asked: LibraryFile) -> tuple[list[Prompt], int]:
    """The new prompts, and how many were left out because the user has just the same already."""
    with transaction.atomic():
        names = {prompt.name for prompt in asked.prompts}
        known = Prompt.objects.filter(owner_id=user_id, name__in=names).prefetch_related("versions")
        have = {_said(_prompt(prompt)) for prompt in known}
        made = []
        for each in asked.prompts:
            said = _said(each.model_dump() | {"versions": _versions(each)})
            if said not in have:
                made.append(_imported(user_id, each))
                have.add(said)
    return made, len(asked.prompts) - len(made)


def _versions(asked: PromptFile) -> list[dict[str, Any]]:
    pairs = zip(asked.numbers, asked.versions, strict=True)
    return [{"number": number, "system": each.system, "messages": each.said} for number, each in pairs]


def _said(prompt: dict[str, Any]) -> str:
    """What makes two prompts the same: not who sees it, nor when it was written."""
    versions = [(each["number"], each["system"], each["messages"]) for each in prompt["versions"]]
    tags = list(dict.fromkeys(prompt["tags"]))
    return json.dumps([prompt["name"], prompt["description"], tags, versions], sort_keys=True)


def _imported(user_id: int, asked: PromptFile) -> Prompt:
    tags = list(dict.fromkeys(asked.tags))
    prompt = Prompt(owner_id=user_id, name=asked.name, description=asked.description, tags=tags, team=asked.team)
    versions = [
        _version(prompt, each, number, user_id) for number, each in zip(asked.numbers, asked.versions, strict=True)
    ]
    prompt.search_text = search_text(prompt, versions[-1])
    prompt.save(force_insert=True)
    PromptVersion.objects.bulk_create(versions)
    return prompt


def _version(prompt: Prompt, asked: VersionFile, number: int, user_id: int) -> PromptVersion:
    version = new_version(prompt, asked, number, user_id)
    written = asked.created_at.astimezone(UTC) if asked.created_at is not None else None
    if written is not None and written <= datetime.now(UTC):
        version.created_at = written
    return version
