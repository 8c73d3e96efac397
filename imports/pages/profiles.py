"""The pages of profiles: the list, and one to look at, rename or delete."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.views.generic import DeleteView, DetailView, ListView

from imports.models import Profile
from imports.pages.forms import RenameForm
from imports.profiles import rename
from product_files.judging.field_names import IGNORE
from product_files.reading.dialect import DELIMITERS

TAKEN = "Another profile has this name."


class ProfileListView(ListView[Profile]):
    """All profiles by their names."""

    queryset = Profile.objects.by_name().select_related("created_by")
    template_name = "imports/profiles.html"
    context_object_name = "profiles"
    paginate_by = 50


class ProfileView(DetailView[Profile]):
    """One profile: its mapping and options, and a form to rename it."""

    queryset = Profile.objects.select_related("created_by")
    template_name = "imports/profile.html"
    context_object_name = "profile"
    form: RenameForm | None = None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = self.form or RenameForm(initial={"name": self.object.name})
        # The database does not keep the order of the columns; ignored ones come last.
        columns = sorted(self.object.mapping.items(), key=lambda pair: (pair[1] == IGNORE, pair))
        delimiter = DELIMITERS.get(self.object.delimiter, "")
        return super().get_context_data(form=form, columns=columns, delimiter=delimiter, **kwargs)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        profile = self.object = self.get_object()
        self.form = RenameForm(request.POST)
        if self.form.is_valid() and rename(profile, self.form.cleaned_data["name"]):
            messages.success(request, "Renamed. Earlier imports keep the old name.")
            return redirect("imports:profile", pk)
        if self.form.is_valid():
            self.form.add_error("name", TAKEN)
        return self.render_to_response(self.get_context_data(), status=422)


class ProfileDeleteView(DeleteView[Profile, Any]):
    """Asks once more, and then deletes a profile."""

    model = Profile
    template_name = "imports/delete_profile.html"
    context_object_name = "profile"
    success_url = reverse_lazy("imports:profiles")

    def form_valid(self, form: Any) -> HttpResponse:
        messages.success(self.request, f"Deleted the profile “{self.object.name}”.")
        return super().form_valid(form)
