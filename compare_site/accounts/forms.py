"""The forms of signing in and of the two preferences."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _

from compare_site.accounts.models import User

THEMES = ("auto", "light", "dark")


class ShortNames(AuthenticationForm):
    """No name is longer than a name can be: django-axes would try to keep it, and PostgreSQL refuse."""

    def clean(self) -> dict[str, Any]:
        if len(self.cleaned_data.get("username") or "") > (User._meta.get_field("username").max_length or 0):
            raise self.get_invalid_login_error()
        return super().clean()


class SignInForm(ShortNames):
    """One sentence for a wrong name, a wrong password and somebody who is switched off."""

    error_messages: dict[str, Any] = {
        "invalid_login": _("The user name or the password is not right."),
        "inactive": _("The user name or the password is not right."),
    }


class AdminSignInForm(ShortNames, AdminAuthenticationForm):
    """The same at the admin's door."""


class LanguageForm(forms.Form):
    """A language that the product speaks."""

    language = forms.ChoiceField(choices=settings.LANGUAGES)


class ThemeForm(forms.Form):
    """light, dark, or as the browser says."""

    theme = forms.ChoiceField(choices=[(name, name) for name in THEMES])
