"""The door of a share link: it turns the token in the address into a cookie and shows a page without the token."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from compare_site.sharing import cookies
from compare_site.sharing.actions import resolve_token
from compare_site.sharing.grants import share_grants_of


@login_not_required
@never_cache
@require_safe
def open_share(request: HttpRequest, token: str) -> HttpResponse:
    """Gives read access to the one comparison; 404 for a token that is unknown, expired or revoked."""
    share = resolve_token(token)
    if share is None:
        raise Http404
    response = redirect("comparison", share.comparison_id)
    cookies.tidy(response, request.COOKIES, {grant.share_id for grant in share_grants_of(request.COOKIES)}, share.pk)
    cookies.give(response, share)
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Referrer-Policy"] = "no-referrer"
    return response
