"""The pages: playground, one comparison, history, trash. Everything they change goes through the actions."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from compare_site.comparisons import access, attachments, history, keeping, rights, snapshot
from compare_site.comparisons.forms import ActForm, HistoryForm
from compare_site.comparisons.listing import heading_of, rows_of, told

INLINE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""What a browser can show and cannot run."""
UNDO = "deleted_a_moment_ago"
"""What the page of the history offers to take back, once."""


@require_safe
@never_cache
def playground(request: HttpRequest) -> HttpResponse:
    """An empty composer. The draft and the models come from the browser and the API."""
    principal = access.principal_of(request)
    return render(request, "comparisons/playground.html", {"section": "playground", **_allowed(principal)})


def _allowed(principal: access.Principal) -> dict[str, bool]:
    """What the page leaves out; whoever has only a share can start nothing anyway."""
    if principal.user_id is None:
        return {}
    mine = rights.rights_of(principal.user_id)
    return {"cannot_start": not mine.start, "typed_off": not mine.typed_models, "extra_off": not mine.extra_fields}


@require_safe
@never_cache
@login_not_required  # a share link admits people who have no account; ``access`` decides
def comparison(request: HttpRequest, comparison_id: str) -> HttpResponse:
    """One comparison with the state that its socket continues."""
    principal = access.principal_of(request)
    try:
        found = access.access_comparison(principal, comparison_id)
    except access.Denied as denied:
        door = access.way_back(request.COOKIES, comparison_id)
        if door is not None:
            return redirect(door) if door else link_ended(request)
        if isinstance(denied, access.NotSignedIn):
            return redirect_to_login(request.get_full_path())
        raise Http404 from None
    state, allowed = snapshot.state_of(found), _allowed(principal)
    context = {
        "comparison": found,
        "state": state,
        "heading": heading_of(state["title"], state["turns"]),
        **allowed,
        "writable": access.may(principal, found, "write") and not allowed.get("cannot_start"),
        "shared": found.grant is not None,
    }
    return render(request, "comparisons/playground.html", context)


def link_ended(request: HttpRequest) -> HttpResponse:
    """What whoever had a share link is told; in the same words whatever has ended it."""
    text = _("It has been taken back, its time is over, or it was opened as often as it can be.")
    more = _("Whoever sent it to you can make a new one.")
    context = {"heading": _("This link does not work any more"), "text": f"{text} {more}"}
    return render(request, "accounts/message.html", context, status=404)


@require_safe
@login_not_required  # as with the comparison that uses it
def attachment(request: HttpRequest, attachment_id: str) -> HttpResponse:
    """The bytes of an uploaded file. Whatever they are, the browser runs nothing of them."""
    try:
        row = attachments.readable(access.principal_of(request), attachment_id)
        content = attachments.content_of(row)
    except access.NotSignedIn:
        return redirect_to_login(request.get_full_path())
    except access.Denied:
        raise Http404 from None
    response = HttpResponse(content, content_type=row.mime)
    response["Content-Disposition"] = str(content_disposition_header(row.mime not in INLINE, row.name))
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
@never_cache
def history_list(request: HttpRequest) -> HttpResponse:
    """One page of the person's comparisons, with search and filters. Plain links and plain forms."""
    return _list(request, trash=False)


@require_safe
@never_cache
def trash_list(request: HttpRequest) -> HttpResponse:
    """What the person has deleted and can take back."""
    return _list(request, trash=True)


def _list(request: HttpRequest, *, trash: bool) -> HttpResponse:
    form = HistoryForm(request.GET)
    valid = form.is_valid()
    cursor = form.query["cursor"]
    principal = access.principal_of(request)
    page = history.search(principal, cursor, trash=trash, **form.wanted) if valid else history.Page([], None)
    undo = [] if trash else request.session.pop(UNDO, [])
    context = {
        "section": "history",
        "form": form,
        "query": form.query if valid else form.typed,
        "in_trash": trash,
        "trash_days": settings.TRASH_DAYS,
        "here": request.GET.urlencode(),
        "items": rows_of(page.items),
        "undo": undo,
        "deleted": told("delete", len(undo)),
        "next_url": form.url_of_page(page.next) if page.next else "",
    }
    return render(request, "comparisons/trash.html" if trash else "comparisons/history.html", context)


@require_POST
def history_act(request: HttpRequest) -> HttpResponse:
    """A button of a list: do it with each of the chosen comparisons that are one's own, and go back."""
    form = ActForm(request.POST)
    act = str(form.data.get("act", ""))
    back = reverse("trash" if act in {"purge", "restore"} and "undo" not in request.POST else "history")
    if not form.is_valid():
        for error in (error for errors in form.errors.values() for error in errors):
            messages.error(request, str(error))
        return redirect(f"{back}?{form.back}")
    done = keeping.each(access.principal_of(request), form.chosen, act, form.cleaned_data["tag"])
    if act == "delete" and settings.TRASH_DAYS and done:
        request.session[UNDO] = done
    else:
        messages.success(request, told(act, len(done)))
    return redirect(f"{back}?{form.back}")
