"""Signing in and out, and the two preferences that a visitor may set without being signed in."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME, login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView, redirect_to_login
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from compare_site.accounts import links
from compare_site.accounts.forms import LanguageForm, SignInForm, ThemeForm
from compare_site.accounts.models import User

BACKEND = "django.contrib.auth.backends.ModelBackend"
YEAR = 365 * 24 * 3600


class SignIn(LoginView):
    """Name and password; django-axes locks the pair of name and address after too many guesses."""

    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True


@method_decorator(login_not_required, name="dispatch")
class SignOut(LogoutView):
    """POST ends the session. It needs none, so that a second click in another tab is no error."""


@login_not_required
@never_cache
def admin_door(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
    """The administration has no sign-in page of its own: people come in by ours, and who may not is told so."""
    if request.method not in {"GET", "HEAD"}:
        return AdminSite.login(admin.site, request, extra_context)
    inside = request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index")
    if not request.user.is_authenticated:
        return redirect_to_login(inside)
    if not admin.site.has_permission(request):
        raise PermissionDenied
    return redirect("admin:index")


def locked_out(
    request: HttpRequest, response: HttpResponse | None = None, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """What django-axes answers while a name is locked, here and at the admin's door."""
    return render(request, "accounts/locked.html", status=429)


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_link(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, POST signs in: programs that fetch links in advance must not use one up."""
    if request.method != "POST":
        return render(request, "accounts/link.html") if links.is_usable(token) else _spent(request)
    user = links.use(token)
    if user is None:
        return _spent(request)
    login(request, user, backend=BACKEND)
    return redirect(settings.LOGIN_REDIRECT_URL)


def _spent(request: HttpRequest) -> HttpResponse:
    context = {
        "heading": _("This link does not work any more"),
        "text": _("A sign-in link works once, for 15 minutes. Whoever runs this server can print a new one."),
    }
    return render(request, "accounts/message.html", context, status=404)


@login_not_required
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Keeps the language in a cookie, and with the user if there is one."""
    form = LanguageForm(request.POST)
    if not form.is_valid():
        raise BadRequest("unknown language")
    language = form.cleaned_data["language"]
    _keep(request, language=language)
    response = _back(request)
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=YEAR,
        secure=settings.HTTPS,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
    return response


@login_not_required
@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Keeps the theme in a cookie, and with the user if there is one."""
    form = ThemeForm(request.POST)
    if not form.is_valid():
        raise BadRequest("unknown theme")
    theme = form.cleaned_data["theme"]
    _keep(request, theme=theme)
    response = _back(request)
    response.set_cookie("theme", theme, max_age=YEAR, secure=settings.HTTPS, httponly=True, samesite="Lax")
    return response


def _keep(request: HttpRequest, **values: str) -> None:
    if request.user.is_authenticated:
        User.objects.filter(pk=request.user.pk).update(**values)


def _back(request: HttpRequest) -> HttpResponse:
    """To where the form was, if that is here; 204 to a script, which named no place."""
    target = request.POST.get("next", "")
    if not target:
        return HttpResponse(status=204)
    if url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        return HttpResponseRedirect(target)
    return redirect(settings.LOGIN_REDIRECT_URL)
