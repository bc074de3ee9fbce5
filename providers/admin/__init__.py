"""The administration of providers, endpoints, chat models, keys and the audit, in Django admin."""

from providers.admin.audit import AuditEntryAdmin
from providers.admin.chat_models import ChatModelAdmin
from providers.admin.groups import ModelGroupAdmin
from providers.admin.keys import ApiKeyAdmin
from providers.admin.providers import ProviderAdmin

__all__ = ["ApiKeyAdmin", "AuditEntryAdmin", "ChatModelAdmin", "ModelGroupAdmin", "ProviderAdmin"]
