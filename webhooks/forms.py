"""What people fill in on the pages of webhooks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django import forms
from django.utils import timezone

from webhooks.addresses import AddressRefused, check_url
from webhooks.event_types import EVENT_TYPES, TEST, described
from webhooks.models import Endpoint

# A test is sent whatever a webhook listens to.
OFFERED: Final = [name for name in EVENT_TYPES if name != TEST]


class EndpointForm(forms.ModelForm[Endpoint]):
    """An address, and what it is told of; no type chosen means all of them."""

    url = forms.CharField(max_length=2000)
    event_types = forms.MultipleChoiceField(required=False)

    class Meta:
        model = Endpoint
        fields = ("url", "event_types", "description")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What the endpoint has already stays a choice, so that it is not lost unnoticed: without
        # any type left, the endpoint would be told of everything.
        kept = [name for name in self.instance.event_types if name not in OFFERED]
        self._offered = [*OFFERED, *kept]
        self.fields["event_types"].choices = [  # type: ignore[attr-defined] # a choice field
            (name, name) for name in self._offered
        ]

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        try:
            check_url(url)
        except AddressRefused as refused:
            raise forms.ValidationError(str(refused)) from refused
        return url

    @property
    def types(self) -> list[dict[str, Any]]:
        """The choices with what they mean."""
        chosen = self["event_types"].value() or []
        return [{"type": described(name), "is_chosen": name in chosen} for name in self._offered]


class RedeliverFailedForm(forms.Form):
    """From when on what failed is to be sent again."""

    hours = forms.TypedChoiceField(
        choices=[(1, "last hour"), (24, "last day"), (168, "last week"), (720, "last 30 days")],
        coerce=int,
    )

    def since(self) -> Any:
        return timezone.now() - timedelta(hours=self.cleaned_data["hours"])
