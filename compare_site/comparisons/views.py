"""The pages: playground, one comparison, history. What they change goes through the API; here is only reading."""

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from compare_site.comparisons import access, history, snapshot
from compare_site.comparisons.forms import HistoryForm
from compare_site.comparisons.listing import heading_of, rows_of


@require_safe
@never_cache
def playground(request: HttpRequest) -> HttpResponse:
    """An empty composer. The draft and the models come from the browser and the API."""
    return render(request, "comparisons/playground.html", {"section": "playground"})


@require_safe
@never_cache
@login_not_required  # a share link admits people who have no account; ``access`` decides
def comparison(request: HttpRequest, comparison_id: str) -> HttpResponse:
    """One comparison with the state that its socket continues."""
    principal = access.principal_of(request)
    try:
        found = access.access_comparison(principal, comparison_id)
    except access.NotSignedIn:
        return redirect_to_login(request.get_full_path())
    except access.Denied:
        raise Http404 from None
    state = snapshot.state_of(found)
    context = {
        "comparison": found,
        "state": state,
        "heading": heading_of(state["title"], state["turns"]),
        "writable": access.may(principal, found, "write"),
        "shared": found.grant is not None,
    }
    return render(request, "comparisons/playground.html", context)


@require_safe
@never_cache
def history_list(request: HttpRequest) -> HttpResponse:
    """One page of the person's comparisons, with search. Plain links and a plain form."""
    form = HistoryForm(request.GET)
    query = form.query
    page = history.search(access.principal_of(request), **query) if form.is_valid() else history.Page([], None)
    context = {
        "section": "history",
        "query": query,
        "errors": [error for errors in form.errors.values() for error in errors],
        "filtered": any(query[name] for name in ("q", "tag", "model")),
        "items": rows_of(page.items),
        "next_url": form.url_of_page(page.next) if page.next else "",
    }
    return render(request, "comparisons/history.html", context)
