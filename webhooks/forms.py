"""The forms on the pages of webhooks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django import forms
from django.utils import timezone

from webhooks.addresses import AddressRefused, check_url
from webhooks.event_types import EVENT_TYPES, TEST, described
from webhooks.models import Endpoint

# The types to choose from; a test is sent whatever a webhook listens to.
CHOOSABLE_TYPES: Final = [name for name in EVENT_TYPES if name != TEST]


class EndpointForm(forms.ModelForm[Endpoint]):
    """An address, and the types of events that are sent there; no type means all of them."""

    url = forms.CharField(max_length=2000)
    event_types = forms.MultipleChoiceField(required=False)

    class Meta:
        model = Endpoint
        fields = ("url", "event_types", "description")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A type that the endpoint already has stays a choice, so that it is not lost unnoticed: an
        # endpoint without types gets all events.
        others = [name for name in self.instance.event_types if name not in CHOOSABLE_TYPES]
        self._choosable_types = [*CHOOSABLE_TYPES, *others]
        self.fields["event_types"].choices = [  # type: ignore[attr-defined] # a choice field
            (name, name) for name in self._choosable_types
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
        """The choices with their descriptions."""
        chosen = self["event_types"].value() or []
        return [
            {"type": described(name), "is_chosen": name in chosen} for name in self._choosable_types
        ]


class RedeliverFailedForm(forms.Form):
    """The period whose failed deliveries are to be sent again."""

    hours = forms.TypedChoiceField(
        choices=[(1, "last hour"), (24, "last day"), (168, "last week"), (720, "last 30 days")],
        coerce=int,
    )

    def since(self) -> Any:
        return timezone.now() - timedelta(hours=self.cleaned_data["hours"])
