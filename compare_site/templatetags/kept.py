"""Template tags of what people keep: the column set that a new playground opens with."""

from django import template
from django.template import Context
from django.utils.html import json_script
from django.utils.safestring import SafeString

from compare_site.library import column_sets
from compare_site.library.shown import set_json

register = template.Library()


@register.simple_tag(takes_context=True)
def default_columns(context: Context) -> SafeString:
    """The default set of who asks, as JSON beside the page, so that it is there before anything is drawn."""
    user_id = getattr(getattr(context.get("request"), "user", None), "pk", None)
    if user_id is None:
        return SafeString("")
    found = column_sets.default_of(user_id)
    return json_script(set_json(found, user_id, found.pk), "ts-default-columns") if found else SafeString("")
