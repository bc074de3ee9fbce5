"""The door of a share link: it turns the token in the address into a cookie and shows a page without the token."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from compare_site.sharing import cookies
from compare_site.sharing.actions import resolve_token
from compare_site.sharing.grants import share_grants_of


@login_not_required
@never_cache
@require_safe
def open_share(request: HttpRequest, token: str) -> HttpResponse:
    """Gives read access to the one comparison; 404 in the same words for an unknown, expired or revoked token."""
    share = resolve_token(token)
    if share is None:
        context = {
            "heading": _("This link does not work any more"),
            "text": _("It has been taken back, or its time is over. Whoever sent it to you can make a new one."),
        }
        return render(request, "accounts/message.html", context, status=404)
    response = redirect("comparison", share.comparison_id)
    cookies.tidy(response, request.COOKIES, {grant.share_id for grant in share_grants_of(request.COOKIES)}, share.pk)
    cookies.give(response, share)
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Referrer-Policy"] = "no-referrer"
    return response
