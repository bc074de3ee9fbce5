"""What administrators type about providers, checked before anything is saved. No view and no network here."""

from providers.forms.chat_models import ChatModelForm
from providers.forms.endpoints import EndpointForm
from providers.forms.keys import KeyForm
from providers.forms.providers import ProviderForm

__all__ = ["ChatModelForm", "EndpointForm", "KeyForm", "ProviderForm"]
