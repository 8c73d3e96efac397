"""Imports in the admin, to be looked at: jobs, previews, profiles, rejects, keys and uploads."""

from django.contrib import admin

from imports.models import IdempotencyKey, Import, Preview, Profile, Reject, Upload
from web.admin import LookOnlyAdmin


@admin.register(Import)
class ImportAdmin(LookOnlyAdmin[Import]):
    list_display = ("id", "filename", "status", "percent", "mode", "created_by", "created_at")
    list_filter = ("status", "mode")
    list_select_related = ("created_by",)
    search_fields = ("filename",)


@admin.register(Preview)
class PreviewAdmin(LookOnlyAdmin[Preview]):
    list_display = ("job", "counted_at")
    list_select_related = ("job",)
    search_id = "job"
    search_help_text = "The id of an import"


@admin.register(Profile)
class ProfileAdmin(LookOnlyAdmin[Profile]):
    list_display = ("name", "mode", "created_by", "updated_at")
    list_select_related = ("created_by",)
    search_fields = ("name",)


@admin.register(Reject)
class RejectAdmin(LookOnlyAdmin[Reject]):
    list_display = ("job", "record", "line", "code", "column")
    list_select_related = ("job",)
    search_id = "job"
    search_help_text = "The id of an import"


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(LookOnlyAdmin[IdempotencyKey]):
    list_display = ("key", "user", "started", "created_at")
    list_select_related = ("user", "started")
    search_fields = ("=key",)


@admin.register(Upload)
class UploadAdmin(LookOnlyAdmin[Upload]):
    list_display = ("filename", "user", "offset", "size_bytes", "started", "expires_at")
    list_select_related = ("user", "started")
    search_fields = ("filename",)
