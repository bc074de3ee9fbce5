"""Public ids of chat models: ``<provider slug>/<model id>`` or ``<slug>:<model id>``, and the rows they stand for.

``group/<name>`` is a model group's: the slug ``group`` belongs to no provider.
"""

from collections.abc import Collection

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from providers.contract.errors import SetupError
from providers.group_rows import GROUP
from providers.models import ChatModel, ModelGroup, Provider, check_model_id
from providers.resolve.simulated import DEMO


def split_public_id(text: str) -> tuple[str, str]:
    """(slug, model id). Whichever of ``/`` and ``:`` comes first separates; the slug must be a provider's.

    Raises SetupError: ``bad_request`` for a text without both parts, ``not_found`` for an unknown provider.
    """
    slug, model_id = cut(text)
    if not Provider.objects.filter(slug=slug).exists():
        raise unknown_provider(slug)
    return slug, model_id


def find_chat_model(public_id: str, *, create_typed: bool) -> ChatModel:
    """The row of a chat model. ``create_typed``: an id nobody has used yet gets a row, if its provider is known.

    Raises SetupError: ``bad_request``, ``not_found``, or ``permission`` for what an administrator has switched off.
    """
    (found,) = find_chat_models([public_id], create_typed=create_typed).values()
    if isinstance(found, SetupError):
        raise found
    return found


def find_named(public_ids: Collection[str], *, create_typed: bool) -> dict[str, ChatModel | ModelGroup | SetupError]:
    """``find_chat_models`` that knows groups, too."""
    names = {public_id: name for public_id in public_ids if (name := group_name(public_id)) is not None}
    models = find_chat_models([each for each in public_ids if each not in names], create_typed=create_typed)
    found: dict[str, ChatModel | ModelGroup | SetupError] = dict(models)
    groups = {row.name: row for row in ModelGroup.objects.filter(name__in=names.values())} if names else {}
    for public_id, name in names.items():
        try:
            found[public_id] = check_group(name, groups.get(name))
        except SetupError as error:
            found[public_id] = error
    return found


def group_name(public_id: str) -> str | None:
    """The name of the group that a public id stands for; None if it is a model's."""
    if not public_id.startswith((f"{GROUP}/", f"{GROUP}:")):
        return None
    return public_id[len(GROUP) + 1 :]


def check_group(name: str, group: ModelGroup | None) -> ModelGroup:
    """Raises SetupError if there is no such group, or if an administrator has switched it off."""
    if group is None:
        raise SetupError("not_found", _("There is no model group “%s” here. An administrator can add it.") % name[:200])
    if not group.enabled:
        message = _("The model group %s is switched off here. An administrator can switch it on.")
        raise SetupError("permission", message % group.name)
    return group


def find_chat_models(public_ids: Collection[str], *, create_typed: bool) -> dict[str, ChatModel | SetupError]:
    """The same for many ids with one question; an error stands where a row would."""
    parts: dict[str, tuple[str, str] | SetupError] = {}
    for public_id in public_ids:
        try:
            parts[public_id] = cut(public_id)
        except SetupError as error:
            parts[public_id] = error
    good = [each for each in parts.values() if not isinstance(each, SetupError)]
    rows = {
        (row.provider.slug, row.model_id): row
        for row in ChatModel.objects.select_related("provider").filter(
            provider__slug__in={slug for slug, _ in good}, model_id__in={model_id for _, model_id in good}
        )
    }
    found: dict[str, ChatModel | SetupError] = {}
    for public_id, part in parts.items():
        try:
            found[public_id] = part if isinstance(part, SetupError) else _row(rows.get(part), *part, create_typed)
        except SetupError as error:
            found[public_id] = error
    return found


def _row(row: ChatModel | None, slug: str, model_id: str, create_typed: bool) -> ChatModel:
    if row is not None:
        check_enabled(row.provider)
        check_model_enabled(row)
        return row
    provider = Provider.objects.filter(slug=slug).first()
    if provider is None:
        raise unknown_provider(slug)
    check_enabled(provider)
    if not create_typed:
        message = _("%(provider)s has no model “%(model)s” here.") % {"provider": provider.name, "model": model_id}
        raise SetupError("not_found", message)
    return ChatModel.objects.get_or_create(provider=provider, model_id=model_id)[0]


def cut(text: str) -> tuple[str, str]:
    """The two parts of a public id by its spelling alone."""
    places = [place for place in (text.find("/"), text.find(":")) if place >= 0]
    slug, model_id = (text[: min(places)], text[min(places) + 1 :]) if places else ("", "")
    try:
        check_model_id(model_id)
    except ValidationError as error:
        message = _("A model is named <provider>/<model id>, like demo/fast.")
        raise SetupError("bad_request", f"{message} {' '.join(error.messages)}" if places else message) from None
    if not slug:
        raise SetupError("bad_request", _("A model is named <provider>/<model id>, like demo/fast."))
    return slug, model_id


def unknown_provider(slug: str) -> SetupError:
    """There is no provider of that name."""
    return SetupError("not_found", _("There is no provider “%s” here. An administrator can add it.") % slug[:63])


def check_enabled(provider: Provider) -> None:
    """Raises SetupError if an administrator or a setting has switched the provider off."""
    off_by_setting = provider.from_catalog and provider.slug == DEMO.slug and not settings.DEMO_PROVIDER
    if off_by_setting or not provider.enabled:
        message = _("%s is switched off here. An administrator can switch it on.") % provider.name
        raise SetupError("permission", message)


def check_model_enabled(model: ChatModel) -> None:
    """Raises SetupError if an administrator has switched the model off."""
    if not model.enabled:
        message = _("The model %s is switched off here. An administrator can switch it on.") % model.model_id
        raise SetupError("permission", message)
