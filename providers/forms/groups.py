"""The forms of a model group and its deployments: no circles, no key for another host, private addresses by a grant."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from providers.contract.errors import SetupError
from providers.contract.spec import Setting
from providers.group_rows import GROUP
from providers.models import ApiKey, ChatModel, Deployment, Endpoint, ModelGroup, Provider
from providers.resolve.groups import circle_of
from providers.resolve.public_ids import (
    check_enabled,
    check_model_enabled,
    find_chat_model,
    find_named,
    group_name,
    split_public_id,
)
from providers.resolve.targets import deployed_endpoint
from providers.transport.origin import parse_base_url

MOST_FALLBACKS = 16
SETTING = re.compile(r"([a-z][a-z_]{0,30})=(\S+)")
KNOWN_MODELS = "known-models"
"""The id of the list of suggestions on the page."""


class GroupForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """``fallbacks`` are typed one a line."""

    fallbacks = forms.CharField(
        label=_("fallbacks"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField", "spellcheck": "false"}),
        help_text=_(
            "One a line, like openai/gpt-6-luna or group/another: who is asked, in this order, when no deployment of "
            "this group answers."
        ),
    )

    class Meta:
        model = ModelGroup
        fields = (
            "name",
            "label",
            "enabled",
            "strategy",
            "retries",
            "allowed_failures",
            "cooldown_seconds",
            "fallbacks",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["fallbacks"] = "\n".join(self.instance.fallbacks)
        if "name" in self.fields:
            self.fields["name"].help_text = _("Chosen as group/<name>. It cannot be changed later.")

    def clean_fallbacks(self) -> list[str]:
        names = list(dict.fromkeys(line.strip() for line in self.cleaned_data["fallbacks"].splitlines()))
        names = [name for name in names if name]
        if len(names) > MOST_FALLBACKS:
            raise ValidationError(_("At most %(most)d fallbacks."), params={"most": MOST_FALLBACKS})
        return [check_fallback(name) for name in names]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        name = cleaned.get("name") or self.instance.name
        if name and "fallbacks" in cleaned and (way := circle_of(name, cleaned["fallbacks"])):
            message = _("This would go round in a circle: %(way)s.")
            self.add_error("fallbacks", ValidationError(message, params={"way": " → ".join(way)}))
        return cleaned


def check_fallback(public_id: str) -> str:
    """The public id as it is stored. Raises ValidationError if nobody could be asked by it."""
    name = group_name(public_id)
    try:
        if name is None:
            slug, model_id = split_public_id(public_id)
            return f"{slug}/{model_id}"
        (found,) = find_named([public_id], create_typed=False).values()
        if isinstance(found, SetupError):
            raise found
    except SetupError as error:
        raise ValidationError(f"{public_id[:200]}: {error.message}") from None
    return f"{GROUP}/{name}"


class KeyChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # not subscriptable at run time
    """Keys by whose they are and where they may go."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.provider.slug}: {obj} → {', '.join(obj.hosts)}"


class DeploymentForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """``model`` is typed as its public id; ``settings`` as name=value."""

    model = forms.CharField(
        label=_("chat model"),
        max_length=364,
        widget=forms.TextInput(
            attrs={"class": "vTextField", "list": KNOWN_MODELS, "spellcheck": "false", "autocomplete": "off"}
        ),
        help_text=_("Like openai/gpt-6-luna. Any id of a provider that is here can be typed."),
    )
    account = forms.CharField(
        label=_("settings"),
        required=False,
        widget=forms.TextInput(attrs={"class": "vTextField", "spellcheck": "false"}),
        help_text=_("Where it differs from the provider's own: api_version=2024-10-21 region=eu-west-1"),
    )
    api_key = KeyChoice(
        queryset=ApiKey.objects.none(),
        label=_("API key"),
        required=False,
        help_text=_("Empty: the key of the provider. For another address, enter a key for that address first."),
    )

    class Meta:
        model = Deployment
        fields = ("enabled", "base_url", "allow_private", "api_key", "priority", "weight", "rpm", "tpm")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row: Deployment = self.instance
        if row.chat_model_id is not None:
            self.initial["model"] = row.chat_model.public_id
        self.initial["account"] = " ".join(f"{name}={value}" for name, value in sorted(row.account.items()))
        keys: Any = self.fields["api_key"]
        keys.queryset = ApiKey.objects.exclude(ciphertext="").select_related("provider")
        self.fields["base_url"].widget.attrs |= {"class": "vTextField", "spellcheck": "false"}
        self.fields["base_url"].help_text = _("Empty: the provider's own. Keys go only to the host they are bound to.")
        self.fields["allow_private"].help_text = _("For exactly this host and port.")
        self.fields["priority"].help_text = _("The lowest number is asked first.")
        self.fields["rpm"].help_text = self.fields["tpm"].help_text = _("Empty: no limit.")

    def clean_model(self) -> str:
        public_id: str = self.cleaned_data["model"].strip()
        if group_name(public_id) is not None:
            raise ValidationError(_("A deployment is a model. Groups can be named among the fallbacks."))
        try:
            slug, model_id = split_public_id(public_id)
            check_enabled(Provider.objects.get(slug=slug))
            row = ChatModel.objects.filter(provider__slug=slug, model_id=model_id).first()
            if row is not None:
                check_model_enabled(row)
        except SetupError as error:
            raise ValidationError(error.message) from None
        return f"{slug}/{model_id}"

    def clean_base_url(self) -> str:
        url: str = self.cleaned_data["base_url"].strip().rstrip("/")
        if not url:
            return ""
        try:
            parse_base_url(url)
        except SetupError as error:
            raise ValidationError(gettext(error.message)) from None
        return url

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "model" not in cleaned:
            return cleaned
        provider = Provider.objects.get(slug=cleaned["model"].partition("/")[0])
        cleaned["account"] = self._settings(provider, cleaned.get("account", ""))
        if "base_url" in cleaned and self._check_private(cleaned) and cleaned.get("api_key") and not self.errors:
            self._check_key(provider, cleaned)
        return cleaned

    def save(self, commit: bool = True) -> Deployment:
        """The model gets a row now, if it has none yet."""
        self.instance.chat_model = find_chat_model(self.cleaned_data["model"], create_typed=True)
        self.instance.account = self.cleaned_data["account"]
        found: Deployment = super().save(commit)
        return found

    def _settings(self, provider: Provider, text: str) -> dict[str, str]:
        asked = {setting.name: setting for setting in provider.spec.settings if not setting.of}
        found: dict[str, str] = {}
        for part in text.replace(",", " ").split():
            match = SETTING.fullmatch(part)
            if match is None or match[1] not in asked:
                message = _("Settings are written name=value. %(provider)s knows: %(names)s.")
                values = {"provider": provider.name, "names": ", ".join(asked) or "-"}
                self.add_error("account", ValidationError(message, params=values))
            elif not fits(asked[match[1]], match[2]):
                message = _("This does not look like a value of %(name)s.")
                self.add_error("account", ValidationError(message, params={"name": match[1]}))
            else:
                found[match[1]] = match[2]
        return found

    def _check_private(self, cleaned: dict[str, Any]) -> bool:
        wanted = Endpoint(base_url=cleaned["base_url"], allow_private=bool(cleaned.get("allow_private")))
        if not cleaned["base_url"]:
            cleaned["allow_private"] = False
        elif wanted.is_local and not wanted.private_allowed:
            message = _("%(host)s is a private address. Tick “private address allowed” to allow exactly this one.")
            self.add_error("base_url", ValidationError(message, params={"host": wanted.host_port}))
            return False
        return True

    def _check_key(self, provider: Provider, cleaned: dict[str, Any]) -> None:
        key: ApiKey = cleaned["api_key"]
        if key.provider_id != provider.pk:
            self.add_error("api_key", _("This key belongs to another provider."))
            return
        model_id = cleaned["model"].partition("/")[2]
        model = ChatModel.objects.filter(provider=provider, model_id=model_id).first()
        model = model or ChatModel(provider=provider, model_id=model_id)
        wanted = Deployment(chat_model=model, base_url=cleaned["base_url"], account=cleaned["account"])
        try:
            origin = deployed_endpoint(wanted, "auto").origin
        except SetupError as error:
            self.add_error("model", error.message)
            return
        if origin not in key.hosts:
            message = _("This key is bound to %(bound)s and is not sent to %(host)s. Enter a key for that address.")
            values = {"bound": ", ".join(key.hosts), "host": origin or cleaned["base_url"]}
            self.add_error("api_key", ValidationError(message, params=values))


def fits(setting: Setting, text: str) -> bool:
    """Whether a value looks as it must."""
    return len(text) <= 200 and re.fullmatch(setting.pattern, text) is not None
