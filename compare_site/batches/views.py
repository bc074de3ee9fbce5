"""The pages of batches: the list, a new one, and one with its inputs and answers."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import number_format
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from pydantic import ValidationError

from compare_site.batches import actions, exchange, shown
from compare_site.batches.access import access_batch, visible_batches
from compare_site.batches.forms import BatchForm
from compare_site.batches.inputs import MOST_INPUTS, BadFile, StartBatch
from compare_site.batches.listing import page_of
from compare_site.comparisons import access
from compare_site.comparisons.permits import Refused
from compare_site.comparisons.rights import rights_of
from compare_site.words import field_of, words_of

MOST_SHOWN = 5


@require_safe
@never_cache
def batch_list(request: HttpRequest) -> HttpResponse:
    """One page of the person's batches."""
    page = page_of(visible_batches(access.principal_of(request)), request.GET.get("cursor", "")[:120])
    items = [{**item, "batch": batch} for item, batch in zip(shown.summaries(page.items), page.items, strict=True)]
    context = {
        "section": "batches",
        "items": items,
        "next": page.next,
        "later": "cursor" in request.GET,
        "most_in": exchange.MOST,
        "may_start": rights_of(request.user.pk).start,
    }
    return render(request, "batches/batches.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def batch_new(request: HttpRequest) -> HttpResponse:
    """The form of a new batch. What was typed stays; a file has to be chosen again."""
    if request.method != "POST":
        first = {"models": "\n".join(request.GET.getlist("model")[:32]), "max_concurrency": 4}
        return _form(request, BatchForm(initial=first))
    form = BatchForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            batch = actions.start_batch(int(request.user.pk or 0), StartBatch.model_validate(form.asked))
        except ValidationError as error:
            _tell(form, error.errors(include_url=False, include_input=False))
        except actions.BadInputs as error:
            _tell(form, error.errors)
        except BadFile as error:
            form.add_error("file" if request.FILES else "inputs", error.message)
        except Refused as error:
            found = error.details if isinstance(error.details, list) else [error.details]
            field = str(found[0].get("field", "models")) if found and isinstance(found[0], dict) else "models"
            form.add_error(form.place(field), f"{field}: {error.message}" if "." in field else error.message)
        else:
            return redirect(reverse("batch", args=[batch.pk]))
    return _form(request, form, 422)


def _form(request: HttpRequest, form: BatchForm, status: int = 200) -> HttpResponse:
    context = {"section": "batches", "form": form, "most_inputs": number_format(MOST_INPUTS, force_grouping=True)}
    return render(request, "batches/new.html", context, status=status)


def _tell(form: BatchForm, errors: Any) -> None:
    for error in errors[:MOST_SHOWN]:
        field = field_of(error)
        form.add_error(form.place(field), f"{field}: {words_of(error)}" if "." in field else words_of(error))


@require_safe
@never_cache
def batch(request: HttpRequest, batch_id: str) -> HttpResponse:
    """One batch; its element keeps it up to date."""
    try:
        found = access_batch(access.principal_of(request), batch_id)
    except access.Denied:
        raise Http404 from None
    state = shown.summary(found)
    context = {"section": "batches", "batch": found, "state": state, "figures": shown.figures(state)}
    return render(request, "batches/batch.html", context)
