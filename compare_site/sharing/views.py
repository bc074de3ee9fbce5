"""The pages of share links: the address with the token, the form for a password or sign-in, and the lists."""

import re

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from compare_site.comparisons.access import Denied, is_id, principal_of
from compare_site.comparisons.views import link_ended
from compare_site.sharing import cookies, links, lists, throttle
from compare_site.sharing.actions import access_share, revoke_share
from compare_site.sharing.grants import known_shares
from compare_site.sharing.models import Share, ShareVisit

PREVIEWERS = re.compile(
    r"bot\b|bot/|crawler|spider|preview|facebookexternalhit|whatsapp|slack|skypeuri|embedly|iframely|mattermost|pinterest",
    re.IGNORECASE,
)
"""Programs that look at a link before a person does. They must not use up an opening."""
ROBOTS = "noindex, nofollow, noarchive"


@login_not_required
@never_cache
@require_safe
def open_share(request: HttpRequest, token: str) -> HttpResponse:
    """Takes the token out of the address, and lets in whoever needs nothing else.

    404 in the same words for a token that is unknown, revoked, expired or used up.
    """
    response = _opened(request, token)
    response["X-Robots-Tag"] = ROBOTS
    response["Referrer-Policy"] = "no-referrer"
    return response


def _opened(request: HttpRequest, token: str) -> HttpResponse:
    address = request.META.get("REMOTE_ADDR", "")
    if not throttle.may_try_token(address):
        return _wait(request)
    share = links.resolve_token(token)
    if share is None:
        throttle.wrong_token(address)
        return link_ended(request)
    if _only_looks(request):
        return _notice(request, _("A shared comparison"), _("Open this link in a browser to see it."), 200)
    if share.password or (share.audience == Share.Audience.TEAMMATES and not request.user.is_authenticated):
        response = redirect("shared-open", share.pk)
        cookies.give_pending(response, share)
        return response
    return _enter(request, share)


def _only_looks(request: HttpRequest) -> bool:
    """A program that fetches in advance, or only asks what there would be."""
    purpose = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    agent = request.headers.get("User-Agent", "")
    return request.method == "HEAD" or "prefetch" in purpose or PREVIEWERS.search(agent) is not None


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def enter_share(request: HttpRequest, share_id: str) -> HttpResponse:
    """For whoever has had the link a moment ago, or has opened it before: asks for login and password, lets in."""
    share = links.valid_shares().filter(pk=share_id).first() if is_id(share_id) else None
    visit = _visit(request, share)
    had_link = share is not None and cookies.is_pending(request.COOKIES, share)
    # Whoever was let in before, and has not come by the link anew, does not use up an opening.
    again = share is not None and not had_link and cookies.came_before(request.COOKIES, share)
    if share is None or not (had_link or again or visit):
        response = link_ended(request)
    elif share.audience == Share.Audience.TEAMMATES and not request.user.is_authenticated:
        response = redirect_to_login(reverse("shared-open", args=(share.pk,)))
    elif again and cookies.opens(request.COOKIES, share):
        response = redirect("comparison", share.comparison_id)
    elif share.password and (visit is None or visit.version != links.version_of(share)):
        response = _ask_password(request, share, again=again or visit is not None)
    else:
        response = _admit(request, share) if visit or again else _enter(request, share)
    response["X-Robots-Tag"] = ROBOTS
    return response


def _visit(request: HttpRequest, share: Share | None) -> ShareVisit | None:
    if share is None or not request.user.is_authenticated:
        return None
    return ShareVisit.objects.filter(share=share, user_id=request.user.pk).first()


@sensitive_variables()
def _ask_password(request: HttpRequest, share: Share, *, again: bool) -> HttpResponse:
    if request.method != "POST":
        return render(request, "sharing/password.html", {"again": again})
    address = request.META.get("REMOTE_ADDR", "")
    if not throttle.may_try_password(share.pk, address):
        problem = _("Too many attempts. Wait a minute, then try again.")
        return render(request, "sharing/password.html", {"again": again, "problem": problem}, status=429)
    if not links.password_opens(share, request.POST.get("password", "")):
        context = {"again": again, "problem": _("This is not the password.")}
        return render(request, "sharing/password.html", context, status=403)
    throttle.right_password(share.pk, address)
    return _admit(request, share) if again else _enter(request, share)


def _enter(request: HttpRequest, share: Share) -> HttpResponse:
    """Counts as an opening of the link."""
    if request.method == "HEAD":
        return HttpResponse()
    return _admit(request, share) if links.count_opening(share) else link_ended(request)


def _admit(request: HttpRequest, share: Share) -> HttpResponse:
    """Read access to the one comparison, at an address without a token."""
    if request.user.is_authenticated and request.user.pk != share.created_by_id:
        links.remember_visit(share, request.user.pk)
    response = redirect("comparison", share.comparison_id)
    cookies.tidy(response, request.COOKIES, known_shares(request.COOKIES), share.pk)
    cookies.give(response, share)
    cookies.drop_pending(response, share)
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def shared_list(request: HttpRequest) -> HttpResponse:
    """What one shares and what is shared with one. POST revokes a link of one's own."""
    principal = principal_of(request)
    assert principal.user_id is not None  # the middleware lets nobody else in
    if request.method == "POST":
        share_id = request.POST.get("revoke", "")
        try:
            revoke_share(access_share(principal, share_id if is_id(share_id) else ""))
        except Denied:
            raise Http404 from None
        messages.success(request, _("The link does not work any more."))
        return redirect("shared")
    number = request.GET.get("page", "1")
    page = int(number) if number.isdecimal() and 0 < len(number) < 6 else 1
    people = lists.people_who_share_with(principal.user_id)
    person = request.GET.get("person", "") if request.GET.get("person", "") in people else ""
    mine, more_mine = ([], False) if person else lists.shared_by(principal.user_id, max(page, 1))
    others, more_others = lists.shared_with(principal.user_id, max(page, 1), person)
    context = {
        "section": "shared",
        "mine": mine,
        "others": others,
        "people": people,
        "person": person,
        "page": max(page, 1),
        "next_page": max(page, 1) + 1 if more_mine or more_others else 0,
    }
    return render(request, "sharing/shared.html", context)


def _wait(request: HttpRequest) -> HttpResponse:
    text = _("Too many links that do not work came from your address. Wait a minute, then try again.")
    return _notice(request, _("Please wait a moment"), text, 429)


def _notice(request: HttpRequest, heading: str, text: str, status: int) -> HttpResponse:
    return render(request, "accounts/message.html", {"heading": heading, "text": text}, status=status)
