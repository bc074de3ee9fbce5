"""The forms of signing in, of accepting an invitation and of one's own account."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from compare_site.accounts.invitations import DAYS
from compare_site.accounts.models import ApiToken, Role, User


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

    theme = forms.ChoiceField(choices=[(name, name) for name in settings.THEMES])


class NewPasswordForm(forms.Form):
    """A password, typed twice. ``user``: whose, for the validators; problems stand at their field."""

    password = forms.CharField(max_length=200, strip=False)
    again = forms.CharField(max_length=200, strip=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        password, again = cleaned.get("password"), cleaned.get("again")
        if password and again and password != again:
            self.add_error("again", _("The two passwords are not the same."))
        elif password:
            try:
                validate_password(password, self.user)
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned


class AcceptForm(NewPasswordForm):
    """Name and password of somebody new."""

    username = forms.CharField(max_length=150, validators=User._meta.get_field("username").validators)

    def clean_username(self) -> str:
        username: str = User.normalize_username(self.cleaned_data["username"])
        self.user.username = username
        if User.objects.filter(username__iexact=username).exists():
            raise ValidationError(_("Somebody has this name already. Choose another one."))
        return username

    field_order = ("username", "password", "again")


class ChangePasswordForm(NewPasswordForm):
    """Who changes a password shows the one that holds; who has none yet does not."""

    current = forms.CharField(max_length=200, strip=False, required=False)
    field_order = ("current", "password", "again")

    def clean_current(self) -> str:
        current: str = self.cleaned_data["current"]
        if self.user.has_usable_password() and not self.user.check_password(current):
            raise ValidationError(_("This is not your present password."))
        return current


class InviteForm(forms.Form):
    """Whom an administrator invites, as what, and for how long the link works."""

    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        required=False,
        help_text=_("Empty: the person chooses it. Of somebody who is here already: the link sets a new password."),
    )
    role = forms.ChoiceField(label=_("Role"), choices=Role, initial=Role.MEMBER)
    days = forms.IntegerField(label=_("Works for (days)"), min_value=1, max_value=30, initial=DAYS)


class ProfileForm(forms.Form):
    """Language, theme and shortcuts, together."""

    language = forms.ChoiceField(choices=[("", _("As the browser says")), *settings.LANGUAGES], required=False)
    theme = forms.ChoiceField(choices=[(name, name) for name in settings.THEMES])
    letter_keys = forms.BooleanField(required=False)


class TokenForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a new token is for."""

    class Meta:
        model = ApiToken
        fields = ("label",)


class LettersForm(forms.Form):
    """Whether single keys are shortcuts."""

    letters = forms.ChoiceField(choices=[("on", "on"), ("off", "off")])
