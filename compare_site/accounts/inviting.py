"""The page of the administration that makes an invitation and shows its link, this once."""

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from compare_site.accounts.forms import InviteForm
from compare_site.accounts.invitations import invite
from compare_site.accounts.links import absolute_of
from compare_site.accounts.models import Invitation, Role, User

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin


def invite_page(request: HttpRequest, page: "ModelAdmin[Invitation]") -> HttpResponse:
    """GET asks whom, POST makes the link. It is in this one answer and nowhere else."""
    if not page.has_add_permission(request):
        raise PermissionDenied
    form = InviteForm(request.POST if request.method == "POST" else None, initial=_initial(request))
    link, row = "", None
    if request.method == "POST" and form.is_valid():
        row, link = _made(request, form)
        if row is not None:
            page.log_addition(request, row, [{"added": {}}])
    context: dict[str, Any] = {
        **page.admin_site.each_context(request),
        "title": _("Invite somebody"),
        "opts": Invitation._meta,
        "form": form,
        "link": link,
        "row": row,
    }
    return TemplateResponse(request, "admin/accounts/invitation/invite.html", context)


def _initial(request: HttpRequest) -> dict[str, str]:
    """The list of people leads here with a name."""
    return {"username": request.GET.get("username", "")[:150]}


def _made(request: HttpRequest, form: InviteForm) -> tuple[Invitation | None, str]:
    asked = form.cleaned_data
    by = request.user if isinstance(request.user, User) else None
    if by is None:
        raise PermissionDenied
    try:
        row, path = invite(asked["username"], Role(asked["role"]), by=by, days=asked["days"])
    except ValidationError as error:
        for field, problems in error.message_dict.items():
            form.add_error(field, problems)
        return None, ""
    return row, absolute_of(request, path)
