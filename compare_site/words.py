"""Validation errors in the reader's language: pydantic speaks English only."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

WORDS = {
    "missing": _("This field is required."),
    "extra_forbidden": _("There is no such field."),
    "string_type": _("This must be text."),
    "int_type": _("This must be a whole number."),
    "int_parsing": _("This must be a whole number."),
    "int_from_float": _("This must be a whole number."),
    "int_parsing_size": _("This number has too many digits."),
    "float_type": _("This must be a number."),
    "float_parsing": _("This must be a number."),
    "finite_number": _("This must be a number."),
    "bool_type": _("This must be true or false."),
    "bool_parsing": _("This must be true or false."),
    "list_type": _("This must be a list."),
    "tuple_type": _("This must be a list."),
    "dict_type": _("This must be an object."),
    "model_type": _("This must be an object."),
    "model_attributes_type": _("This must be an object."),
    "datetime_type": _("This must be a date and time."),
    "datetime_parsing": _("This must be a date and time."),
    "datetime_from_date_parsing": _("This must be a date and time."),
    "timezone_aware": _("This date and time needs its time zone."),
    "string_too_short": _("Too few characters; at least %(min_length)s."),
    "string_too_long": _("Too many characters; at most %(max_length)s."),
    "too_short": _("Too few entries; at least %(min_length)s."),
    "too_long": _("Too many entries; at most %(max_length)s."),
    "greater_than": _("More than %(gt)s."),
    "greater_than_equal": _("At least %(ge)s."),
    "less_than": _("Less than %(lt)s."),
    "less_than_equal": _("At most %(le)s."),
    "string_pattern_mismatch": _("This does not have the form that is asked for."),
    "literal_error": _("One of these: %(expected)s."),
    "union_tag_invalid": _("One of these: %(expected_tags)s."),
}
PATTERNS = {
    r"^[0-9a-f]{32}$": _("This is no id: an id has 32 characters from 0-9 and a-f."),
    r"^\d{1,9}(\.\d{1,12})?$": _("This must be an amount in digits, such as 0.5."),
}
"""What a form is, for those that inputs have."""
OWN = {
    "give either inputs or a file": _("Give either inputs or a file."),
    "give either prompt or messages": _("Give either prompt or messages."),
    "variables belong to a prompt_version": _("Variables go with a prompt_version only."),
    "the last message must be the user's": _("The last message must be the user's: it is the one that is answered."),
    "a message is empty": _("A message is empty."),
    "too many variables; at most 100": _("Too many variables; at most 100."),
    "versions must be numbered upwards": _("Versions must be numbered upwards, each number once."),
    "the prompt is empty": _("The prompt is empty."),
    "messages is empty": _("messages is empty."),
    "data is no base64": _("data must be base64."),
    "files are named in attachments": _("Name uploaded files in attachments, not in messages."),
    "the message is empty": _("The message is empty."),
    'history "chosen" and a chosen run belong together': _('history "chosen" and a chosen run belong together.'),
    'a schema is needed (only the method "json_mode" does without)': _(
        "A schema is needed; only JSON mode does without."
    ),
    "strict goes with json_schema and function_calling, not with json_mode": _("Strict does not go with JSON mode."),
    "the schema is nested too deeply": _("The schema is nested too deeply."),
    "patternProperties is not supported; name the properties": _(
        "patternProperties is not supported; name the properties."
    ),
}
"""The sentences of ``comparisons.requests`` and of what it asks, which know no Django."""
NO_SCHEMA = "this is no JSON Schema: "
FIELDS = {
    "give either inputs or a file": "inputs",
    "give either prompt or messages": "prompt",
    "the prompt is empty": "prompt",
    "messages is empty": "messages",
    "files are named in attachments": "messages",
    "variables belong to a prompt_version": "variables",
    "the last message must be the user's": "messages",
    "a message is empty": "messages",
    'history "chosen" and a chosen run belong together': "chosen",
}
"""Which field a sentence about the whole input is about."""
PLACES = frozenset({"body", "query", "path", "header"})


def field_of(error: Mapping[str, Any]) -> str:
    """The path of the field as the caller wrote it: where it stood and our name of the whole body are left out."""
    path = [str(part) for part in error.get("loc", ())]
    if path and path[0] in PLACES:
        path = path[2:] if path[:2] == ["body", "asked"] else path[1:]
    return ".".join(path) or FIELDS.get(_own(error), "")


def _own(error: Mapping[str, Any]) -> str:
    """What a validator of ours said."""
    return str((error.get("ctx") or {}).get("error", ""))


def mebibytes(size: int) -> str:
    """A limit as people read it."""
    return f"{size / 2**20:g} MiB"


def words_of(error: Mapping[str, Any]) -> str:
    """One problem that pydantic found as a sentence; its own words where we have none. Values are not repeated."""
    kind, context = str(error.get("type", "")), dict(error.get("ctx") or {})
    if _own(error) in OWN:
        return str(OWN[_own(error)])
    if _own(error).startswith(NO_SCHEMA):
        return str(_("This is no JSON Schema: %(why)s") % {"why": _own(error).removeprefix(NO_SCHEMA)})
    if context.get("pattern") in PATTERNS:
        return str(PATTERNS[context["pattern"]])
    if "expected" in context:
        context["expected"] = str(context["expected"]).replace(" or ", ", ")
    try:
        return str(WORDS[kind]) % context
    except KeyError:
        return str(error.get("msg", ""))
