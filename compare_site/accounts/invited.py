"""The page of an invitation: whoever has the link chooses a name and a password, and is signed in."""

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from compare_site.accounts.forms import AcceptForm, NewPasswordForm
from compare_site.accounts.invitations import accept, find_invitation
from compare_site.accounts.models import Invitation, User
from compare_site.accounts.views import BACKEND


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows the form, POST uses the link up: programs that fetch links in advance change nothing."""
    found = find_invitation(token)
    if found is None:
        return _spent(request)
    form = _form(request, found)
    if request.method != "POST" or not form.is_valid():
        return _page(request, found, form)
    name = form.cleaned_data.get("username", "")
    try:
        user = accept(token, name, form.cleaned_data["password"])
    except ValidationError as error:
        form.add_error("username", error.message_dict["username"][0])
        return _page(request, found, form)
    if user is None:
        return _spent(request)
    login(request, user, backend=BACKEND)
    return redirect(settings.LOGIN_REDIRECT_URL)


def _form(request: HttpRequest, found: Invitation) -> NewPasswordForm:
    data = request.POST if request.method == "POST" else None
    if found.user is not None:
        return NewPasswordForm(data, user=found.user)
    return AcceptForm(data, user=User(), initial={"username": found.username})


def _page(request: HttpRequest, found: Invitation, form: NewPasswordForm) -> HttpResponse:
    return render(request, "accounts/invitation.html", {"form": form, "known": found.user})


def _spent(request: HttpRequest) -> HttpResponse:
    context = {
        "heading": _("This link does not work any more"),
        "text": _("An invitation works once and for some days. Whoever invited you can make another one."),
    }
    return render(request, "accounts/message.html", context, status=404)
