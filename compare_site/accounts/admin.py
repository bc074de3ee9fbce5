"""People, invitations, what members may do, and API tokens in the admin. Tokens can be revoked there, not read."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from compare_site.accounts.forms import AdminSignInForm
from compare_site.accounts.inviting import invite_page
from compare_site.accounts.models import ApiToken, Invitation, MemberRule, User

if TYPE_CHECKING:
    PersonBase = UserAdmin[User]
    TokenBase = admin.ModelAdmin[ApiToken]
    NewUserBase = AdminUserCreationForm[User]
    UserFormBase = UserChangeForm[User]
    InvitationBase = admin.ModelAdmin[Invitation]
    RuleBase = admin.ModelAdmin[MemberRule]
else:
    PersonBase = UserAdmin
    TokenBase = admin.ModelAdmin
    NewUserBase = AdminUserCreationForm
    UserFormBase = UserChangeForm
    InvitationBase = RuleBase = admin.ModelAdmin

admin.site.login_form = AdminSignInForm
RIGHTS = ("is_staff", "is_superuser", "role", "groups", "user_permissions")

PREFERENCES = ("language", "theme", "letter_keys")


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
    list_display = ("username", "email", "is_active", "standing_word", "is_staff", "last_login")
    list_filter = ("is_active", "role", "is_staff", "is_superuser", "groups")
    fieldsets = (
        *(UserAdmin.fieldsets or ()),
        (_("Role"), {"fields": ("role",)}),
        (_("Preferences"), {"fields": ("language", "theme", "letter_keys")}),
    )
    actions = ("switch_off", "switch_on")

    @admin.display(description=_("role"), ordering="role")
    def standing_word(self, user: User) -> str:
        return str(user.standing.label)

    @admin.action(description=_("Switch off: sign out everywhere and stop what runs"), permissions=["change"])
    def switch_off(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        self._switch(request, chosen.exclude(username=request.user.get_username()), active=False)

    @admin.action(description=_("Switch on again"), permissions=["change"])
    def switch_on(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        self._switch(request, chosen, active=True)

    def _switch(self, request: HttpRequest, chosen: QuerySet[User], *, active: bool) -> None:
        """Sessions, tokens, sockets and runs look at ``is_active`` themselves, all within seconds."""
        others = chosen if request.user.is_superuser else chosen.filter(is_staff=False, is_superuser=False)
        count = others.exclude(is_active=active).update(is_active=active)
        on = ngettext("%d person was switched on.", "%d people were switched on.", count)
        off = ngettext("%d person was switched off.", "%d people were switched off.", count)
        self.message_user(request, (on if active else off) % count)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        fixed = (*super().get_readonly_fields(request, obj), "last_login", "date_joined", *PREFERENCES)
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


@admin.register(Invitation)
class InvitationAdmin(InvitationBase):
    """Who was invited as what. Adding one shows its link this once; deleting one revokes it."""

    list_display = ("__str__", "role", "created_by", "created_at", "expires_at", "used_at")
    list_select_related = ("created_by",)
    fields = readonly_fields = ("user", "username", "role", "created_by", "created_at", "expires_at", "used_at")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        return invite_page(request, self)

    def has_change_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        return False


@admin.register(MemberRule)
class MemberRuleAdmin(RuleBase):
    """What members may do: one rule for all, and others for single people."""

    list_display = ("__str__", "typed_models", "extra_fields", "allowed_models")
    list_select_related = ("user",)
    autocomplete_fields = ("user",)
