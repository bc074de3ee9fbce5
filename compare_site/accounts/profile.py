"""The pages below /account/: how somebody likes it here, their password, API tokens and signed-in browsers."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from compare_site.accounts import browsers
from compare_site.accounts.forms import ChangePasswordForm, LettersForm, ProfileForm, TokenForm
from compare_site.accounts.models import ApiToken, User
from compare_site.accounts.tokens import create_api_token
from compare_site.accounts.views import YEAR


def person_of(request: HttpRequest) -> User:
    """Whoever is signed in; the pages here let nobody else in."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Language, theme and shortcuts."""
    person = person_of(request)
    if request.method != "POST":
        return _profile_page(request)
    form = ProfileForm(request.POST)
    if not form.is_valid():
        return _profile_page(request, profile_form=form)
    said = form.cleaned_data
    theme = "" if said["theme"] == "auto" else said["theme"]
    User.objects.filter(pk=person.pk).update(language=said["language"], theme=theme, letter_keys=said["letter_keys"])
    with override(said["language"] or None):
        messages.success(request, _("Saved."))
    response = redirect("account")
    _remember(response, "theme", said["theme"])
    if said["language"]:
        _remember(response, settings.LANGUAGE_COOKIE_NAME, said["language"])
    else:
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Lax")
    return response


def _remember(response: HttpResponse, name: str, value: str) -> None:
    """For the pages that are seen before signing in."""
    response.set_cookie(name, value, max_age=YEAR, secure=settings.HTTPS, httponly=True, samesite="Lax")


@never_cache
@sensitive_post_parameters()
@require_POST
def change_password(request: HttpRequest) -> HttpResponse:
    """A new password ends all other sessions; this one goes on."""
    person = person_of(request)
    form = ChangePasswordForm(request.POST, user=person)
    if not form.is_valid():
        return _profile_page(request, password_form=form)
    person.set_password(form.cleaned_data["password"])
    person.save(update_fields=["password"])
    browsers.end_others(person, request.session.session_key)
    update_session_auth_hash(request, person)
    messages.success(request, _("The password was changed, and all other browsers were signed out."))
    return redirect("account")


def _profile_page(request: HttpRequest, **forms: Any) -> HttpResponse:
    person = person_of(request)
    initial = {"language": person.language, "theme": person.theme or "auto", "letter_keys": person.letter_keys}
    context = {
        "page": "profile",
        "profile_form": ProfileForm(initial=initial),
        "password_form": ChangePasswordForm(user=person),
        "has_password": person.has_usable_password(),
        **forms,
    }
    return render(request, "accounts/profile.html", context)


@require_POST
def set_letters(request: HttpRequest) -> HttpResponse:
    """The switch in the list of shortcuts."""
    form = LettersForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=400)
    User.objects.filter(pk=person_of(request).pk).update(letter_keys=form.cleaned_data["letters"] == "on")
    return HttpResponse(status=204)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """One's API tokens. A new one is in the answer to the POST that made it, and nowhere else."""
    person = person_of(request)
    form, made = TokenForm(request.POST if request.method == "POST" else None), ""
    if request.method == "POST" and form.is_valid():
        made = create_api_token(person, form.cleaned_data["label"])[1]
        form = TokenForm()
    rows = ApiToken.objects.filter(user=person).order_by("-created_at", "-pk")
    return render(request, "accounts/tokens.html", {"page": "tokens", "form": form, "made": made, "tokens": rows})


@require_POST
def revoke_token(request: HttpRequest, token_id: int) -> HttpResponse:
    """The token opens nothing any more; its sockets close."""
    deleted, _rows = ApiToken.objects.filter(user=person_of(request), pk=token_id).delete()
    if not deleted:
        raise Http404
    messages.success(request, _("The token was revoked."))
    return redirect("account-tokens")


@never_cache
@require_safe
def sessions(request: HttpRequest) -> HttpResponse:
    """Where one is signed in."""
    here = request.session.session_key
    rows = [
        {"row": row, "words": browsers.words_of(row.user_agent), "here": row.session_key == here}
        for row in browsers.sessions_of(person_of(request))
    ]
    rows.sort(key=lambda each: not each["here"])
    return render(request, "accounts/sessions.html", {"page": "sessions", "sessions": rows})


@require_POST
def end_session(request: HttpRequest, session_id: int) -> HttpResponse:
    """Sign out one browser."""
    if not browsers.end_session(person_of(request), session_id):
        raise Http404
    messages.success(request, _("That browser was signed out."))
    return redirect("account-sessions")


@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    count = browsers.end_others(person_of(request), request.session.session_key)
    messages.success(request, ngettext("%d browser was signed out.", "%d browsers were signed out.", count) % count)
    return redirect("account-sessions")
