"""How a version of a prompt becomes the messages of a turn: what ``comparisons.prompt_source`` asks this app for."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from compare_site.comparisons.access import Denied, Principal
from compare_site.comparisons.actions import Refused
from compare_site.comparisons.prompt_source import Filled
from compare_site.comparisons.requests import MAX_TEXT
from compare_site.library import variables
from compare_site.library.access import access_version
from compare_site.library.models import PromptVersion
from providers.contract.messages import Message


def filled(user_id: int, version_id: str, values: Mapping[str, str]) -> Filled:
    """The version with these values in place, once. Refused 422 names what is missing, unknown or too long."""
    try:
        version = access_version(Principal(user_id=user_id), version_id)
    except Denied:
        message = _("There is no such version of a prompt, or it is not shared with you any more.")
        raise Refused(422, "unknown_prompt_version", message, {"field": "prompt_version"}) from None
    _check(version, values)
    said = [(message["role"], variables.rendered(message["content"], values)) for message in version.messages]
    if not all(text.strip() for _role, text in said):
        _refuse([("variables", _("With these values a message is empty."))])
    messages = [Message.of_text(role, text).model_dump(mode="json", exclude_none=True) for role, text in said]
    system = variables.rendered(version.system, values)
    return Filled(messages, system or None, version.pk, dict(values) if version.variables else None)


def _check(version: PromptVersion, values: Mapping[str, str]) -> None:
    missing, extra = variables.missing_and_extra(version.variables, values)
    problems = [(f"variables.{name}", _("The variable {%(name)s} needs a value.") % {"name": name}) for name in missing]
    problems += [
        (f"variables.{name}", _("This prompt has no variable {%(name)s}.") % {"name": name})
        if variables.is_name(name)
        else ("variables", _("Something among the values is no name of a variable."))
        for name in extra
    ]
    _refuse(problems)
    # Before it is made: one long value in many places would be more than there is memory.
    texts = [version.system, *(message["content"] for message in version.messages)]
    if sum(variables.rendered_length(text, values) for text in texts) > MAX_TEXT:
        _refuse([("variables", _("With these values the prompt is too long."))])


def _refuse(problems: list[tuple[str, str]]) -> None:
    if problems:
        details = [{"field": field, "message": message} for field, message in problems]
        raise Refused(422, "invalid", details[0]["message"], details)
