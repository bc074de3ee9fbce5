"""Public ids of chat models: ``<provider slug>/<model id>`` or ``<slug>:<model id>``, and the rows they stand for."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from providers.contract.errors import SetupError
from providers.models import ChatModel, Provider, check_model_id
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
    slug, model_id = cut(public_id)
    row = ChatModel.objects.select_related("provider").filter(provider__slug=slug, model_id=model_id).first()
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
