"""What people fill in on the pages of webhooks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone

from webhooks.addresses import AddressRefused, check_url
from webhooks.event_types import EVENT_TYPES, TEST
from webhooks.models import Endpoint


class EndpointForm(forms.ModelForm[Endpoint]):
    """An address, and what it is told of; no type chosen means all of them."""

    url = forms.CharField(max_length=2000)
    event_types = forms.MultipleChoiceField(
        choices=[(name, name) for name in EVENT_TYPES if name != TEST], required=False
    )

    class Meta:
        model = Endpoint
        fields = ("url", "event_types", "description")

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
        types = (type_ for type_ in EVENT_TYPES.values() if type_.name != TEST)
        return [{"type": type_, "is_chosen": type_.name in chosen} for type_ in types]


class RedeliverFailedForm(forms.Form):
    """From when on what failed is to be sent again."""

    hours = forms.TypedChoiceField(
        choices=[(1, "last hour"), (24, "last day"), (168, "last week"), (720, "last 30 days")],
        coerce=int,
    )

    def since(self) -> Any:
        return timezone.now() - timedelta(hours=self.cleaned_data["hours"])
