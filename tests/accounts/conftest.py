"""Three people, and a site with the pages of these apps and no others."""

import copy
from typing import Any

import pytest
from django.test import Client

from compare_site.accounts.models import User

PASSWORD = "correct horse battery"
PAGES = {
    "accounts/sign_in.html": "{% csrf_token %}SIGN-IN {{ form.non_field_errors }}",
    "accounts/link.html": "{% csrf_token %}CONFIRM",
    "accounts/locked.html": "LOCKED",
    "accounts/invitation.html": "{% csrf_token %}{{ form.errors }} KNOWN={{ known }}",
    "accounts/message.html": "{{ heading }}: {{ text }}",
    "sharing/password.html": "{% csrf_token %}PASSWORD {{ problem }}",
    "404.html": "NOT FOUND",
    "400.html": "BAD REQUEST",
    "403.html": "FORBIDDEN",
}


@pytest.fixture(autouse=True)
def bare_site(settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.accounts.bare_urls"
    templates = copy.deepcopy(settings.TEMPLATES)
    templates[0]["APP_DIRS"] = False
    templates[0]["OPTIONS"]["loaders"] = [
        ("django.template.loaders.locmem.Loader", PAGES),
        "django.template.loaders.app_directories.Loader",
        "django.template.loaders.filesystem.Loader",
    ]
    settings.TEMPLATES = templates
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.AXES_LOCKOUT_CALLABLE = "compare_site.accounts.views.locked_out"


@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_user("alice", password=PASSWORD)


@pytest.fixture
def boss(db: None) -> User:
    return User.objects.create_user("boss", password=PASSWORD, is_staff=True, is_superuser=True)


@pytest.fixture
def clerk(db: None) -> User:
    """Staff that may edit users and delete tokens, but is no administrator."""
    from django.contrib.auth.models import Permission

    user = User.objects.create_user("clerk", password=PASSWORD, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    return user


@pytest.fixture
def strict() -> Client:
    """A browser without the CSRF token."""
    return Client(enforce_csrf_checks=True)
