"""The form that takes the configuration of a LiteLLM proxy. The file is read once, in memory, and not kept."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

MOST_BYTES = 256 * 1024


class ImportForm(forms.Form):
    """``only_try`` is ticked at first: nothing is changed by looking."""

    file = forms.FileField(
        label=_("config.yaml of the proxy"),
        help_text=_(
            "Keys in it are stored encrypted and never shown. Variables of this server and files on it are not read: "
            "“manage.py import_litellm” does that."
        ),
    )
    allow_private = forms.BooleanField(
        label=_("private addresses are wanted"),
        required=False,
        help_text=_("Each for exactly its host and port."),
    )
    only_try = forms.BooleanField(label=_("only show what would happen"), required=False, initial=True)

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise ValidationError(_("The file is larger than %(most)d KB."), params={"most": MOST_BYTES // 1024})
        return file
