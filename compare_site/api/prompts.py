"""The prompt library over HTTP."""

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from compare_site.api import schemas
from compare_site.api.auth import principal_of, user_id_of
from compare_site.api.comparisons import ERRORS, Short, answer
from compare_site.library import actions, exchange, finding
from compare_site.library.access import access_prompt, access_version, visible_prompts
from compare_site.library.inputs import NewPrompt, PromptChange
from compare_site.library.models import Prompt, PromptVersion
from compare_site.library.shown import prompt_json, summary_json, version_json

router = Router(tags=["prompts"])
USES = 100


def _answer(request: HttpRequest, pair: tuple[Prompt, PromptVersion], status: int = 200) -> HttpResponse:
    return answer(prompt_json(*pair, user_id_of(request)), status)


def _file(body: Any) -> HttpResponse:
    response = answer(body)
    response["Content-Disposition"] = 'attachment; filename="prompts.json"'
    return response


@router.get("/prompts", response={200: schemas.PromptsOut, **ERRORS})
def find(
    request: HttpRequest,
    q: Annotated[Short, Query("")] = "",
    tag: Annotated[Short, Query("")] = "",
    scope: Annotated[finding.Scope, Query("all")] = "all",
    cursor: Annotated[Short, Query("")] = "",
) -> HttpResponse:
    """Your prompts and those of the team, the last changed first. All words of `q` must occur."""
    user_id = user_id_of(request)
    page = finding.search(principal_of(request), q, tag, scope, cursor)
    return answer({"items": [summary_json(*pair, user_id) for pair in page.items], "next": page.next})


@router.post("/prompts", response={201: schemas.PromptOut, **ERRORS})
def create(request: HttpRequest, asked: NewPrompt) -> HttpResponse:
    """A prompt with its first version. `{name}` in any message is a variable."""
    return _answer(request, actions.create_prompt(user_id_of(request), asked), 201)


@router.get("/prompts/export", url_name="export-prompts", response={200: schemas.PromptFileOut, **ERRORS})
def export_all(request: HttpRequest) -> HttpResponse:
    """All your own prompts with all their versions, as a file that can be imported."""
    user_id_of(request)
    return _file(
        exchange.exported(finding.scoped(visible_prompts(principal_of(request)), principal_of(request), "mine"))
    )


@router.post("/prompts/import", response={201: schemas.ImportedPromptsOut, **ERRORS})
def import_file(request: HttpRequest, asked: exchange.LibraryFile) -> HttpResponse:
    """Take in an exported file: all of it or, if anything in it is wrong, nothing. What you have already is skipped."""
    made, skipped = exchange.import_prompts(user_id_of(request), asked)
    return answer({"items": [prompt.pk for prompt in made], "skipped": skipped, "next": None}, 201)


@router.get("/prompts/{prompt_id}", response={200: schemas.PromptOut, **ERRORS})
def read(request: HttpRequest, prompt_id: str) -> HttpResponse:
    """A prompt with its newest version."""
    prompt = access_prompt(principal_of(request), prompt_id)
    return _answer(request, (prompt, actions.latest_version(prompt)))


@router.patch("/prompts/{prompt_id}", response={200: schemas.PromptOut, 409: schemas.ErrorOut, **ERRORS})
def change(request: HttpRequest, prompt_id: str, asked: PromptChange) -> HttpResponse:
    """Change name, description, tags or who sees it; a new `content` becomes the next version.

    `team` shows the prompt with all its versions, also those that were yours alone until then. To show only the newest,
    duplicate the prompt and let the team see the copy.
    """
    prompt = access_prompt(principal_of(request), prompt_id, "write")
    return _answer(request, actions.change_prompt(prompt, asked, user_id_of(request)))


@router.delete("/prompts/{prompt_id}", response={204: None, **ERRORS})
def delete(request: HttpRequest, prompt_id: str) -> HttpResponse:
    """Delete a prompt with all its versions. Comparisons keep what they were asked."""
    actions.delete_prompt(access_prompt(principal_of(request), prompt_id, "write"))
    return HttpResponse(status=204)


@router.post("/prompts/{prompt_id}/duplicate", response={201: schemas.PromptOut, **ERRORS})
def duplicate(request: HttpRequest, prompt_id: str) -> HttpResponse:
    """The newest version as a prompt of your own."""
    prompt = access_prompt(principal_of(request), prompt_id)
    return _answer(request, actions.duplicate_prompt(prompt, user_id_of(request)), 201)


@router.get("/prompts/{prompt_id}/export", url_name="export-prompt", response={200: schemas.PromptFileOut, **ERRORS})
def export_one(request: HttpRequest, prompt_id: str) -> HttpResponse:
    """One prompt with all its versions, as a file that can be imported."""
    return _file(exchange.exported([access_prompt(principal_of(request), prompt_id)]))


@router.get("/prompts/{prompt_id}/versions", response={200: schemas.PromptVersionsOut, **ERRORS})
def versions(request: HttpRequest, prompt_id: str) -> HttpResponse:
    """All versions, the newest first; `uses`: in how many of your comparisons."""
    prompt = access_prompt(principal_of(request), prompt_id)
    rows = finding.versions_with_uses(principal_of(request), prompt)
    return answer({"items": [{**version_json(row), "uses": getattr(row, "uses", 0)} for row in rows], "next": None})


@router.get("/prompt-versions/{version_id}", response={200: schemas.PromptOut, **ERRORS})
def read_version(request: HttpRequest, version_id: str) -> HttpResponse:
    """A prompt with this version of it."""
    version = access_version(principal_of(request), version_id)
    return _answer(request, (version.prompt, version))


@router.get("/prompt-versions/{version_id}/comparisons", response={200: schemas.UsesOut, **ERRORS})
def uses(request: HttpRequest, version_id: str) -> HttpResponse:
    """Which of your comparisons were made of this version: the newest hundred."""
    rows = finding.used_in(principal_of(request), access_version(principal_of(request), version_id))
    found = rows.values_list("pk", "title", "created_at")[:USES]
    items = [{"id": pk, "title": title, "created_at": created.isoformat()} for pk, title, created in found]
    return answer({"items": items, "next": None})
