"""Prompts, versions and column sets as API and pages show them."""

from typing import Any

from compare_site.library.models import ColumnSet, Prompt, PromptVersion

EXCERPT = 240


def version_json(version: PromptVersion) -> dict[str, Any]:
    """A version with all it says."""
    return {
        "id": version.pk,
        "prompt": version.prompt_id,
        "number": version.number,
        "system": version.system,
        "messages": version.messages,
        "variables": version.variables,
        "created_at": version.created_at.isoformat(),
    }


def prompt_json(prompt: Prompt, version: PromptVersion, user_id: int) -> dict[str, Any]:
    """A prompt with its newest version."""
    return {**_head(prompt, user_id), "version": version_json(version)}


def summary_json(prompt: Prompt, version: PromptVersion, user_id: int) -> dict[str, Any]:
    """A prompt as lists show it: how its last message begins."""
    summary = {"id": version.pk, "number": version.number, "variables": version.variables}
    examples = len(version.messages) - 1
    return {**_head(prompt, user_id), "excerpt": excerpt(version), "examples": examples, "version": summary}


def _head(prompt: Prompt, user_id: int) -> dict[str, Any]:
    return {
        "id": prompt.pk,
        "name": prompt.name,
        "description": prompt.description,
        "tags": prompt.tags,
        "team": prompt.team,
        "mine": prompt.owner_id == user_id,
        "owner": prompt.owner.get_username(),
        "created_at": prompt.created_at.isoformat(),
        "updated_at": prompt.updated_at.isoformat(),
    }


def excerpt(version: PromptVersion) -> str:
    """How the message begins that is answered."""
    text: str = version.messages[-1]["content"].strip()
    return text if len(text) <= EXCERPT else f"{text[:EXCERPT].rstrip()}…"


def set_json(column_set: ColumnSet, user_id: int, default: str | None) -> dict[str, Any]:
    """A column set; ``columns`` and ``common`` can be asked for as they are. ``default``: the user's default, by id."""
    return {
        "id": column_set.pk,
        "name": column_set.name,
        "team": column_set.team,
        "mine": column_set.owner_id == user_id,
        "owner": column_set.owner.get_username(),
        "default": column_set.pk == default,
        "columns": column_set.columns,
        "common": column_set.common,
        "updated_at": column_set.updated_at.isoformat(),
    }
