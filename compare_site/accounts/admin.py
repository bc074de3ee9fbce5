"""People and their API tokens in the admin. Tokens can be revoked there, not read and not made."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from compare_site.accounts.forms import AdminSignInForm
from compare_site.accounts.models import ApiToken, User

if TYPE_CHECKING:
    PersonBase = UserAdmin[User]
    TokenBase = admin.ModelAdmin[ApiToken]
    NewUserBase = AdminUserCreationForm[User]
    UserFormBase = UserChangeForm[User]
else:
    PersonBase = UserAdmin
    TokenBase = admin.ModelAdmin
    NewUserBase = AdminUserCreationForm
    UserFormBase = UserChangeForm

admin.site.login_form = AdminSignInForm
RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")


class NewUserForm(NewUserBase):
    """The usual form, for our own user model."""

    class Meta(AdminUserCreationForm.Meta):
        model = User


class UserForm(UserFormBase):
    """The usual form, for our own user model."""

    class Meta(UserChangeForm.Meta):
        model = User


@admin.register(User)
class PersonAdmin(PersonBase):
    """Users with groups and permissions. Only an administrator gives rights or changes staff."""

    add_form = NewUserForm
    form = UserForm
    list_display = ("username", "email", "is_active", "is_staff", "is_superuser", "last_login")
    fieldsets = (
        *(UserAdmin.fieldsets or ()),
        (_("Preferences"), {"fields": ("language", "theme")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        fixed = (*super().get_readonly_fields(request, obj), "last_login", "date_joined", "language", "theme")
        return fixed if request.user.is_superuser else (*fixed, *RIGHTS)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and _may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _may_touch(request, obj)


def _may_touch(request: HttpRequest, obj: User | None) -> bool:
    """Whoever sets somebody's password can sign in as them: only an administrator does that to staff."""
    return obj is None or request.user.is_superuser or obj == request.user or not (obj.is_superuser or obj.is_staff)


@admin.register(ApiToken)
class ApiTokenAdmin(TokenBase):
    """Who has tokens, and when they were last used. Deleting one revokes it."""

    list_display = ("__str__", "user", "created_at", "last_used_at")
    list_filter = ("user",)
    list_select_related = ("user",)
    fields = readonly_fields = ("user", "label", "created_at", "last_used_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        return False
