"""The page on which a person says what the columns of a file become."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View

from imports import profiles
from imports.columns import Beginning, begin, beginning_of
from imports.models import Import, Profile
from imports.pages.forms import ColumnsForm, delimiter_of
from product_files.faults import FileFault

NOT_WAITING = "This import is no longer waiting for its columns, so nothing was changed."


class MappingView(View):
    """Columns with some of their values, the field of each, options and profiles."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.import_ = get_object_or_404(Import.objects.for_display(), pk=kwargs["pk"])
        if not self.import_.is_waiting:
            messages.warning(request, NOT_WAITING)
            return redirect("imports:detail", self.import_.pk)
        try:
            return super().dispatch(request, *args, **kwargs)
        except FileNotFoundError:
            return render(request, "410.html", {"import_id": self.import_.pk}, status=410)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        profile = self._profile()
        options = profile or self.import_
        beginning, fault = self._read(options.encoding, options.delimiter)
        form = ColumnsForm(instance=self.import_, beginning=beginning, profile=profile)
        return self._page(form, profile=profile, fault=fault)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        beginning, fault = self._read(
            request.POST.get("encoding", ""), delimiter_of(request.POST.get("delimiter", ""))
        )
        form = ColumnsForm(request.POST, instance=self.import_, beginning=beginning)
        if not form.is_valid() or fault:
            return self._page(form, fault=fault, status=422)
        if begin(self.import_, mapping=form.mapping, profile=form.profile, **form.options):
            self._keep(form)
        else:
            messages.warning(request, NOT_WAITING)
        return redirect("imports:detail", pk)

    def _read(self, encoding: str, delimiter: str) -> tuple[Beginning, FileFault | None]:
        """The columns; with settings that do not fit the file, as it was read before, and why."""
        try:
            return beginning_of(self.import_, encoding=encoding, delimiter=delimiter), None
        except FileFault as fault:
            return self._as_before(), fault

    def _as_before(self) -> Beginning:
        encoding, delimiter = self.import_.encoding, self.import_.delimiter
        try:
            return beginning_of(self.import_, encoding=encoding, delimiter=delimiter)
        except FileFault:
            return Beginning([], [])

    def _profile(self) -> Profile | None:
        """The one that was asked for, or else the one that was saved for such columns."""
        asked = self.request.GET.get("profile")
        if asked is None and self.import_.is_held:
            beginning = self._as_before()
            return Profile.objects.fitting(beginning.header).first()
        try:
            return profiles.find(asked) if asked else None
        except profiles.NoSuchProfile as none:
            messages.warning(self.request, str(none))
            return None

    def _keep(self, form: ColumnsForm) -> None:
        name = form.cleaned_data["profile_name"]
        if name:
            profiles.keep(name, form.kept, cast("User", self.request.user))
            messages.success(self.request, f"Saved as the profile “{name}”.")

    def _page(self, form: ColumnsForm, *, status: int = 200, **context: Any) -> HttpResponse:
        context |= {
            "job": self.import_,
            "form": form,
            "profiles": Profile.objects.by_name(),
        }
        return render(self.request, "imports/mapping.html", context, status=status)
