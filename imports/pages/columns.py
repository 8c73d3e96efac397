"""The page on which a person chooses what the columns of a file become."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View

from imports import profiles
from imports.columns import FileColumns, begin, read_columns
from imports.models import Import, Profile
from imports.pages.forms import ColumnsForm, delimiter_of
from product_files.faults import FileFault

NOT_WAITING = "This import is no longer waiting for its columns, so nothing was changed."


class MappingView(View):
    """The columns with example values and a field for each, options and profiles."""

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
        file_columns, fault = self._read(options.encoding, options.delimiter)
        form = ColumnsForm(instance=self.import_, file_columns=file_columns, profile=profile)
        return self._page(form, profile=profile, fault=fault)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        file_columns, fault = self._read(
            request.POST.get("encoding", ""), delimiter_of(request.POST.get("delimiter", ""))
        )
        form = ColumnsForm(request.POST, instance=self.import_, file_columns=file_columns)
        if not form.is_valid() or fault:
            return self._page(form, fault=fault, status=422)
        if begin(self.import_, mapping=form.mapping, profile=form.profile, **form.options):
            self._keep(form)
        else:
            messages.warning(request, NOT_WAITING)
        return redirect("imports:detail", pk)

    def _read(self, encoding: str, delimiter: str) -> tuple[FileColumns, FileFault | None]:
        """The columns; if these settings do not fit the file, as they were read before, and why."""
        try:
            return read_columns(self.import_, encoding=encoding, delimiter=delimiter), None
        except FileFault as fault:
            return self._as_before(), fault

    def _as_before(self) -> FileColumns:
        encoding, delimiter = self.import_.encoding, self.import_.delimiter
        try:
            return read_columns(self.import_, encoding=encoding, delimiter=delimiter)
        except FileFault:
            return FileColumns([], [])

    def _profile(self) -> Profile | None:
        """The requested profile, or else one that was saved for such columns."""
        requested = self.request.GET.get("profile")
        if requested is None and self.import_.is_held:
            file_columns = self._as_before()
            return Profile.objects.fitting(file_columns.header).first()
        try:
            return profiles.find(requested) if requested else None
        except profiles.NoSuchProfile as none:
            messages.warning(self.request, str(none))
            return None

    def _keep(self, form: ColumnsForm) -> None:
        name = form.cleaned_data["profile_name"]
        if name:
            profiles.save(name, form.profile_options, cast("User", self.request.user))
            messages.success(self.request, f"Saved as the profile “{name}”.")

    def _page(self, form: ColumnsForm, *, status: int = 200, **context: Any) -> HttpResponse:
        context |= {
            "job": self.import_,
            "form": form,
            "profiles": Profile.objects.by_name(),
        }
        return render(self.request, "imports/mapping.html", context, status=status)
