"""Users with their roles, API tokens, one-time links and browsers that are signed in; what members may do.

Tokens of all kinds are stored as SHA-256 only (they are 256-bit random).
"""

import hashlib
import secrets

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


def new_token() -> str:
    """256 bits from the operating system, safe in URLs."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """How a token is stored and looked up."""
    return hashlib.sha256(token.encode()).hexdigest()


class Role(models.TextChoices):
    """What somebody is here for."""

    VIEWER = "viewer", _("viewer")
    MEMBER = "member", _("member")
    ADMINISTRATOR = "administrator", _("administrator")


class User(AbstractUser):
    """A teammate. ``language`` and ``theme``: empty = as the browser says."""

    language = models.CharField(_("language"), max_length=10, blank=True, default="")
    theme = models.CharField(_("theme"), max_length=5, blank=True, default="")
    letter_keys = models.BooleanField(_("single keys are shortcuts"), default=True)
    role = models.CharField(
        _("role"),
        max_length=13,
        choices=[choice for choice in Role.choices if choice[0] != Role.ADMINISTRATOR],
        default=Role.MEMBER,
        help_text=_("A viewer reads and starts nothing. Whoever has superuser status is an administrator."),
    )

    class Meta(AbstractUser.Meta):
        pass

    @property
    def standing(self) -> Role:
        """The role that counts."""
        return Role.ADMINISTRATOR if self.is_superuser else Role(self.role)


class ApiToken(models.Model):
    """A bearer token of a user. The token itself is shown once and never stored."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens", verbose_name=_("user")
    )
    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    label = models.CharField(_("label"), max_length=100, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return self.label or gettext("token %d") % self.pk


class SignInLink(models.Model):
    """A one-time sign-in link: 256-bit, hashed, 15 minutes, single use."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    token_sha256 = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("sign-in link")
        verbose_name_plural = _("sign-in links")

    def __str__(self) -> str:
        return f"link of {self.user_id}"


class Invitation(models.Model):
    """A one-time link with which somebody chooses a password: a new person, or ``user``, who has forgotten it.

    ``created_by`` null: the command line. It goes with whoever made it, or it would look as if that had.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("user"),
    )
    username = models.CharField(
        _("user name"), max_length=150, blank=True, help_text=_("Empty: the person chooses it.")
    )
    role = models.CharField(_("role"), max_length=13, choices=Role, default=Role.MEMBER)
    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("created by"),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"), editable=False)
    used_at = models.DateTimeField(_("used"), null=True, editable=False)

    class Meta:
        ordering = ("-created_at",)
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")

    def __str__(self) -> str:
        return self.username or gettext("invitation %d") % self.pk


class BrowserSession(models.Model):
    """A browser in which somebody is signed in: the words for a session that its owner can end."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="browser_sessions")
    session_key = models.CharField(max_length=40, unique=True)
    user_agent = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField()

    class Meta:
        ordering = ("-last_seen_at",)
        verbose_name = _("signed-in browser")
        verbose_name_plural = _("signed-in browsers")

    def __str__(self) -> str:
        return f"browser of {self.user_id}"


class MemberRule(models.Model):
    """What members may do: everybody (``user`` null) or one of them. Administrators may do everything."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="rule",
        verbose_name=_("user"),
        help_text=_("Empty: all members that have no rule of their own."),
    )
    typed_models = models.BooleanField(
        _("typed model ids"), default=True, help_text=_("Model ids that no list names may be typed.")
    )
    extra_fields = models.BooleanField(
        _("extra body fields"), default=True, help_text=_("Fields may be merged into requests as they are.")
    )
    allowed_models = models.TextField(
        _("models and groups"),
        blank=True,
        help_text=_("One a line, such as demo/fast, openai/* or group/*. Empty: all."),
    )

    class Meta:
        constraints = (models.UniqueConstraint(Coalesce("user", models.Value(0)), name="one_rule_for_everybody"),)
        verbose_name = _("rule for members")
        verbose_name_plural = _("rules for members")

    def __str__(self) -> str:
        return str(self.user) if self.user_id else gettext("all members")

    @property
    def patterns(self) -> tuple[str, ...]:
        """The lines of ``allowed_models``."""
        return tuple(line.strip() for line in self.allowed_models.splitlines() if line.strip())
