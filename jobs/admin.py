"""Jobs in the admin, read-only: what becomes of a job is decided by the runner."""

from __future__ import annotations

from django.contrib import admin

from jobs.models import Job, LedgerLine, Range
from web.admin import LookOnlyAdmin


@admin.register(Job)
class JobAdmin(LookOnlyAdmin[Job]):
    list_display = ("id", "kind", "status", "percent", "error_code", "created_by", "created_at")
    list_filter = ("status",)
    list_select_related = ("created_by",)
    search_id = "id"
    search_help_text = "The id of a job"


@admin.register(Range)
class RangeAdmin(LookOnlyAdmin[Range]):
    list_display = ("job", "number", "low", "high", "tries")
    list_select_related = ("job",)
    search_id = "job"
    search_help_text = "The id of a job"


@admin.register(LedgerLine)
class LedgerLineAdmin(LookOnlyAdmin[LedgerLine]):
    list_display = ("job", "number", *LedgerLine.COUNTS, "done_at")
    list_select_related = ("job",)
    search_id = "job"
    search_help_text = "The id of a job"
