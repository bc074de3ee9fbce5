"""The page of one's own spend: by day and by model, and how far one's limits are used up."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from compare_site.accounts.profile import person_of
from compare_site.comparisons import spend

USUAL = 30


@never_cache
@require_safe
def spending(request: HttpRequest) -> HttpResponse:
    """The sums of a period, today included."""
    person = person_of(request)
    asked = request.GET.get("days", "")
    days = int(asked) if asked in {str(period) for period in spend.PERIODS} else USUAL
    rows = spend.entries(days, person.pk)
    context = {
        "page": "spend",
        "days": days,
        "periods": spend.PERIODS,
        "total": spend.total(rows),
        "by_day": spend.by(rows, "day"),
        "by_model": spend.by(rows, "model"),
        "limits": spend.limits_of(person.pk),
    }
    return render(request, "accounts/spend.html", context)
