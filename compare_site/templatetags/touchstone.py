"""Template tags of the page's frame: the import map and the texts of the scripts."""

from decimal import Decimal
from functools import cache
from typing import Any

from django import template
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.utils.html import format_html_join, json_script
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation.trans_real import DjangoTranslation

from compare_site import staticfiles, stylesheets, words
from compare_site.comparisons import spend
from compare_site.sharing.lists import people_who_share_with
from providers.resolve import ending

register = template.Library()


@register.simple_tag
def import_map() -> SafeString:
    """The import map; its hash is in the content security policy."""
    return mark_safe(f'<script type="importmap">{staticfiles.import_map()}</script>')  # noqa: S308 - escaped there


@register.simple_tag
def bundle(name: str) -> SafeString:
    """Links to the style sheets of a bundle: one once static files are collected, else one for each of its parts."""
    sheets = [stylesheets.bundled(name)] if staticfiles.is_collected() else stylesheets.sources(name)
    links = ((staticfiles_storage.url(sheet),) for sheet in sheets)
    return format_html_join("\n", '<link rel="stylesheet" href="{}">', links)


@register.simple_tag
def keys_that_end() -> list[dict[str, Any]]:
    """Stored keys whose last day is near or over, for people who look after them."""
    return [
        {"pk": key.pk, "provider": key.provider_id, "text": str(key), "day": key.expires_on, "ended": key.has_ended}
        for key in ending()
    ]


@register.simple_tag(takes_context=True)
def people_who_share(context: template.Context) -> list[str]:
    """Whose shared comparisons the person who looks at this page can see."""
    return people_who_share_with(context["request"].user.pk)


@register.simple_tag
def attachment_limit() -> int:
    """How many bytes an uploaded file may have."""
    return settings.ATTACHMENT_MAX_BYTES


@register.simple_tag
def file_limit() -> int:
    """How many bytes a file may have that is imported or holds the inputs of a batch."""
    return settings.FILE_MAX_BYTES


@register.filter
def mebibytes(size: int) -> str:
    """A limit as people read it."""
    return words.mebibytes(size)


@register.filter
def dollars(amount: Decimal | None) -> str:
    """Money as people read it."""
    return spend.dollars(amount)


@cache
def messages_of(language: str) -> dict[str, Any]:
    """English text -> text in ``language`` for the scripts; plural forms as a list under the singular."""
    if language.split("-")[0] == "en":
        return {}
    found = DjangoTranslation(language, domain="djangojs", localedirs=[str(path) for path in settings.LOCALE_PATHS])
    catalog: dict[str, Any] = {}
    plurals: dict[str, dict[int, str]] = {}
    # Private, but what Django's own JSONCatalog view reads; gettext has no public way to list a catalog.
    for key, text in found._catalog.items():  # type: ignore[attr-defined]
        if isinstance(key, tuple):
            plurals.setdefault(key[0], {})[key[1]] = text
        elif key and text:
            catalog[key] = text
    return catalog | {key: [forms[index] for index in sorted(forms)] for key, forms in plurals.items()}


@register.simple_tag
def messages_catalog() -> SafeString:
    """The texts of the scripts in the language of the page; nothing in English, where the key is the text."""
    catalog = messages_of(get_language() or "en")
    return json_script(catalog, "ts-messages") if catalog else SafeString("")
