"""The forms of signing in and of the two preferences."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _

THEMES = ("auto", "light", "dark")


class SignInForm(AuthenticationForm):
    """One sentence for a wrong name, a wrong password and somebody who is switched off."""

    error_messages: dict[str, Any] = {
        "invalid_login": _("The user name or the password is not right."),
        "inactive": _("The user name or the password is not right."),
    }


class LanguageForm(forms.Form):
    """A language that the product speaks."""

    language = forms.ChoiceField(choices=settings.LANGUAGES)


class ThemeForm(forms.Form):
    """light, dark, or as the browser says."""

    theme = forms.ChoiceField(choices=[(name, name) for name in THEMES])
