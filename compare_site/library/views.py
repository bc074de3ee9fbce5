"""The pages of the prompt library. What they change goes through the API; here is only reading."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from compare_site.comparisons import access as comparisons_access
from compare_site.comparisons.access import Denied, Principal
from compare_site.comparisons.listing import heading_of
from compare_site.comparisons.models import Turn
from compare_site.library import finding
from compare_site.library.access import access_prompt
from compare_site.library.changes import changed_lines
from compare_site.library.forms import PromptSearch
from compare_site.library.models import Prompt, PromptVersion
from compare_site.library.shown import prompt_json, summary_json

USES_SHOWN = 20
TAGS_SHOWN = 24


@require_safe
@never_cache
def prompts(request: HttpRequest) -> HttpResponse:
    """One page of the person's prompts and the team's, with search. Plain links and a plain form."""
    form = PromptSearch(request.GET)
    query, who = form.query, comparisons_access.principal_of(request)
    page = finding.search(who, **query) if form.is_valid() else finding.Found([], None)
    tags = finding.tags_of(who)[:TAGS_SHOWN]
    context = {
        "section": "prompts",
        "query": query,
        "errors": [error for errors in form.errors.values() for error in errors],
        "filtered": bool(query["q"] or query["tag"] or query["cursor"] or query["scope"] != "all"),
        "scopes": [(form.url_of(scope=name), text, query["scope"] == name) for name, text in _scopes()],
        "tags": [(form.url_of(tag="" if query["tag"] == tag else tag), tag, query["tag"] == tag) for tag in tags],
        "items": [_item(prompt, version, who) for prompt, version in page.items],
        "next_url": form.url_of(cursor=page.next) if page.next else "",
    }
    return render(request, "library/prompts.html", context)


def _scopes() -> list[tuple[str, str]]:
    return [("all", _("All")), ("mine", _("Mine")), ("team", _("Of the team"))]


def _item(prompt: Prompt, version: PromptVersion, who: Principal) -> dict[str, Any]:
    return {**summary_json(prompt, version, who.user_id or 0), "changed": prompt.updated_at}


@require_safe
@never_cache
def prompt(request: HttpRequest, prompt_id: str) -> HttpResponse:
    """One prompt: what a version of it says, what changed in it, where it was used. ``?v=`` is the number."""
    found, who = _prompt(request, prompt_id)
    versions = list(finding.versions_with_uses(who, found).defer("system", "messages"))
    version = _version(found, versions, request.GET.get("v", ""))
    before = found.versions.filter(number__lt=version.number).order_by("-number").first()
    uses = list(finding.used_in(who, version).values_list("pk", "title", "created_at")[: USES_SHOWN + 1])
    context = {
        "section": "prompts",
        "prompt": found,
        "mine": found.owner_id == who.user_id,
        "version": version,
        "newest": version.pk == versions[0].pk,
        "versions": versions,
        "before": before,
        "changes": _changes(before, version) if before is not None else [],
        "uses": _uses(uses[:USES_SHOWN]),
        "more_uses": len(uses) > USES_SHOWN,
    }
    return render(request, "library/prompt.html", context)


def _prompt(request: HttpRequest, prompt_id: str, need: comparisons_access.Need = "read") -> tuple[Prompt, Principal]:
    who = comparisons_access.principal_of(request)
    try:
        return access_prompt(who, prompt_id, need), who
    except Denied:
        raise Http404 from None


def _version(found: Prompt, versions: list[PromptVersion], number: str) -> PromptVersion:
    """The version of that number, the newest without one."""
    wanted = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else None
    if number and wanted is None:
        raise Http404
    for row in versions:
        if wanted in {None, row.number}:
            return row
    raise Http404


def _changes(before: PromptVersion, version: PromptVersion) -> list[dict[str, Any]]:
    """What differs, message by message; only what does."""
    old = [(_("System"), before.system), *((each["role"], each["content"]) for each in before.messages)]
    new = [(_("System"), version.system), *((each["role"], each["content"]) for each in version.messages)]
    # The last message is the one that is answered: it is compared with the last, whatever was put in before.
    pairs = [*_paired(old[:-1], new[:-1]), (old[-1], new[-1])]
    found = [{"label": (b or a)[0], "lines": changed_lines(a[1], b[1])} for a, b in pairs]
    return [each for each in found if each["lines"]]


def _paired(old: list[tuple[str, str]], new: list[tuple[str, str]]) -> list[tuple[tuple[str, str], tuple[str, str]]]:
    longest = max(len(old), len(new))
    filled = [[*each, *[("", "")] * (longest - len(each))] for each in (old, new)]
    return [(a, (b[0] or a[0], b[1])) for a, b in zip(*filled, strict=True)]


def _uses(rows: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """A heading for each: the title, else how its first prompt begins."""
    untitled = [pk for pk, title, _created in rows if not title]
    turns = Turn.objects.filter(comparison__in=untitled, position=0).values_list("comparison_id", "messages")
    first = {pk: [{"messages": messages}] for pk, messages in turns}
    return [
        {"id": pk, "heading": heading_of(title, first.get(pk, [])), "created": created} for pk, title, created in rows
    ]


@require_safe
@never_cache
def new_prompt(request: HttpRequest) -> HttpResponse:
    """An empty form."""
    return render(request, "library/prompt_form.html", {"section": "prompts"})


@require_safe
@never_cache
def edit_prompt(request: HttpRequest, prompt_id: str) -> HttpResponse:
    """The form with the newest version, for the owner."""
    found, who = _prompt(request, prompt_id, "write")
    newest = finding.newest_versions([found.pk])[found.pk]
    context = {"section": "prompts", "prompt": found, "state": prompt_json(found, newest, who.user_id or 0)}
    return render(request, "library/prompt_form.html", context)
