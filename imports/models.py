"""One import: a job, the file it reads, how it is to be read, and the rows it could not take."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Lower, Now
from django.db.models.lookups import Exact
from django.utils.functional import cached_property

from imports.difference import Difference, deviation
from imports.failures import failure_of
from jobs.models import Job
from product_files.faults import Words, message_of
from product_files.judging.choices import column_set
from products.writes import last_writes


def _known_options(prefix: str) -> list[models.BaseConstraint]:
    """Constraints that each option has one of its values."""
    known = {
        "mode": ["upsert", "create", "update"],
        "on_error": ["skip", "abort"],
        "blank": ["clear", "keep"],
        "missing": ["keep", "deactivate", "delete"],
    }
    return [
        models.CheckConstraint(
            name=f"{prefix}_{option}_is_known", condition=Q(**{f"{option}__in": values})
        )
        for option, values in known.items()
    ]


class ImportQuerySet(models.QuerySet["Import"]):
    def for_display(self) -> ImportQuerySet:
        """Newest first, with all that a page or an answer shows of each, in a fixed number of
        queries."""
        imports = self.select_related("created_by").prefetch_related("ledger").order_by("-pk")
        same = Import.objects.filter(sha256=OuterRef("sha256"), pk__lt=OuterRef("pk"))
        done = same.exclude(sha256="").filter(status=Import.Status.COMPLETED).order_by("-pk")
        return imports.annotate(same_file_as=Subquery(done.values("pk")[:1]))


class Import(Job):
    """A product file on its way into the catalogue."""

    class Mode(models.TextChoices):
        UPSERT = "upsert"
        CREATE = "create"
        UPDATE = "update"

    class OnError(models.TextChoices):
        SKIP = "skip"
        ABORT = "abort"

    class Blank(models.TextChoices):
        CLEAR = "clear"
        KEEP = "keep"

    class Missing(models.TextChoices):
        KEEP = "keep"
        DEACTIVATE = "deactivate"
        DELETE = "delete"

    KIND: Final = "import"
    # The options that are detected if nobody requests them.
    DETECTABLE: Final = ("encoding", "delimiter")

    filename = models.CharField(max_length=255)
    # The stored file: names in the storage, to be read one after the other.
    parts = ArrayField(models.CharField(max_length=255), default=list)
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64, blank=True, default="")
    # The requested ones, empty to detect them; once the file is read, those that were used.
    encoding = models.CharField(max_length=30, blank=True, default="")
    delimiter = models.CharField(max_length=1, blank=True, default="")
    # Words of the file by which a person can judge the encoding; none for Unicode.
    encoding_samples = ArrayField(models.TextField(), default=list)
    # The lines above it were left out.
    header_line = models.PositiveBigIntegerField(null=True)

    mode = models.CharField(max_length=10, choices=Mode, default=Mode.UPSERT)
    on_error = models.CharField(max_length=10, choices=OnError, default=OnError.SKIP)
    blank = models.CharField(max_length=10, choices=Blank, default=Blank.CLEAR)
    missing = models.CharField(max_length=10, choices=Missing, default=Missing.KEEP)
    confirm_missing = models.PositiveBigIntegerField(null=True)
    review = models.BooleanField(default=False)
    # {column: field}: the requested one until the file is read, then the one that was used.
    mapping = models.JSONField(default=dict)
    # The requested values of DETECTABLE, because the fields get those that were used; and the
    # `mapping` by which the header was found when the columns were shown.
    asked = models.JSONField(default=dict)
    # The name of the profile that was used, as it was then; empty for none.
    profile = models.CharField(max_length=100, blank=True, default="")
    # The columns of the file in their order, as the rejects file shows them.
    header = ArrayField(models.TextField(), default=list)

    objects = ImportQuerySet.as_manager()  # type: ignore[assignment, misc] # Job has its own

    class Meta:
        constraints = _known_options("import")
        indexes = [
            # Whether the same file was imported before, for each import that is shown.
            models.Index(
                name="import_same_file", fields=["sha256", "job_ptr"], condition=~Q(sha256="")
            ),
        ]

    def __str__(self) -> str:
        return f"import {self.pk}: {self.filename}"

    @property
    def header_mapping(self) -> dict[str, str]:
        """The mapping by which the header is found: the one with which the columns were shown,
        whatever was chosen since, so that the same columns are read."""
        known: dict[str, str] = self.asked.get("mapping", self.mapping)
        return known

    @property
    def failure(self) -> Words:
        """The words for `error_code`: why the import ended early, and what to do."""
        return failure_of(self.error_code, has_file=bool(self.parts))

    @property
    def same_file(self) -> Import | None:
        """The last import before this one that was completed and whose file had the same bytes."""
        same_file_as = getattr(self, "same_file_as", None)
        return same_file_as and Import.objects.for_display().get(pk=same_file_as)


class ProfileQuerySet(models.QuerySet["Profile"]):
    def fitting(self, header: Sequence[str]) -> ProfileQuerySet:
        """Those that were saved for a file with these columns, the newest first."""
        fitting = self.filter(columns=column_set(header)) if header else self.none()
        return fitting.order_by("-updated_at", "-pk")

    def named(self, name: str) -> ProfileQuerySet:
        """The profile with that name, whatever its case; none or one."""
        return self.filter(Exact(Lower("name"), Lower(Value(name.strip()))))

    def by_name(self) -> ProfileQuerySet:
        """All profiles in the order of a list."""
        return self.order_by(Lower("name"))


class Profile(models.Model):
    """How the files of one supplier are imported: a mapping and options, under a name."""

    OPTIONS: Final = ("mode", "on_error", "blank", "missing", "encoding", "delimiter")

    name = models.CharField(max_length=100)
    # {column: field} of all columns of the file that it was saved for.
    mapping = models.JSONField(default=dict)
    # Those columns as `column_set` gives them, to find the profiles that fit a file.
    columns = ArrayField(models.TextField(), default=list, editable=False)

    mode = models.CharField(max_length=10, choices=Import.Mode, default=Import.Mode.UPSERT)
    on_error = models.CharField(max_length=10, choices=Import.OnError, default=Import.OnError.SKIP)
    blank = models.CharField(max_length=10, choices=Import.Blank, default=Import.Blank.CLEAR)
    missing = models.CharField(max_length=10, choices=Import.Missing, default=Import.Missing.KEEP)
    # Empty if they are to be detected.
    encoding = models.CharField(max_length=30, blank=True, default="")
    delimiter = models.CharField(max_length=1, blank=True, default="")

    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ProfileQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("name"), name="profile_name_is_taken_once"),
            *_known_options("profile"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.columns = column_set(self.mapping)
        super().save(*args, **kwargs)

    @property
    def options(self) -> dict[str, Any]:
        """The mapping and the options, as fields of Import."""
        return {name: getattr(self, name) for name in ("mapping", *self.OPTIONS)}


class Reject(models.Model):
    """A row that was not taken: where it starts in the file, the reason, and its cells."""

    # The job, not the import: rows are written while the import is read, by plain SQL.
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="rejects")
    # The number of the record in the file, from 1.
    record = models.PositiveBigIntegerField()
    # The physical line, from 1, on which the record starts.
    line = models.PositiveBigIntegerField()
    code = models.CharField(max_length=40)
    column = models.TextField(blank=True, default="")
    value = models.TextField(blank=True, default="")
    # The cells as they were read; bytes that are not text are written as `\xNN`.
    cells = models.JSONField()

    class Meta:
        constraints = [
            # Also serves the rejects file: one import, in file order.
            models.UniqueConstraint(name="reject_is_kept_once", fields=["job", "record"]),
        ]

    def __str__(self) -> str:
        return f"line {self.line}: {self.code}"

    @property
    def message(self) -> str:
        """What is wrong, in plain words."""
        return message_of(self.code, self.value)


class PreviewQuerySet(models.QuerySet["Preview"]):
    def of(self, import_: Import) -> Preview | None:
        """The preview of an import, while it waits for its review and once it is completed."""
        if import_.status not in (Import.Status.REVIEW, Import.Status.COMPLETED):
            return None
        preview = self.filter(job=import_).first()
        if preview:
            preview.job = import_
        return preview


class Preview(models.Model):
    """What applying an import would do, as counted at one time; a person agrees to that."""

    job = models.OneToOneField(
        Import, primary_key=True, on_delete=models.CASCADE, related_name="preview"
    )
    counted_at = models.DateTimeField()
    # Identifies the state of the catalogue that was counted; see products.writes.
    last_writes = models.CharField(max_length=64)
    # A Difference as JSON.
    found = models.JSONField()

    objects = PreviewQuerySet.as_manager()

    def __str__(self) -> str:
        return f"preview of import {self.pk}"

    @cached_property
    def difference(self) -> Difference:
        return Difference.from_json(self.found)

    @property
    def is_outdated(self) -> bool:
        """Whether somebody has written to the catalogue since, while the review still waits."""
        waits = self.job.status == Import.Status.REVIEW
        return waits and last_writes() != self.last_writes

    @property
    def deviation(self) -> str:
        """How the result differs, in words, because somebody edited in between; else empty."""
        if self.job.status != Import.Status.COMPLETED:
            return ""
        return deviation(self.difference.counts, vars(self.job.progress))


class IdempotencyKeyQuerySet(models.QuerySet["IdempotencyKey"]):
    def expired(self) -> IdempotencyKeyQuerySet:
        """Those that are a day old, and those whose request must have been lost."""
        return self.filter(
            Q(created_at__lt=Now() - timedelta(days=1))
            | Q(created_at__lt=Now() - timedelta(minutes=10), started=None)
        )


class IdempotencyKey(models.Model):
    """A name that a client gave a request, so that sending it again starts nothing new."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    # A hash of everything that was sent.
    fingerprint = models.CharField(max_length=64)
    # The import that the request started; null while it is under way.
    started = models.ForeignKey(Import, null=True, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    objects = IdempotencyKeyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="idempotency_key_is_once_a_user", fields=["user", "key"]),
        ]
        indexes = [
            # Forgetting the old ones.
            models.Index(name="idempotency_key_age", fields=["created_at"]),
        ]

    def __str__(self) -> str:
        return self.key


class UploadQuerySet(models.QuerySet["Upload"]):
    def alive(self) -> UploadQuerySet:
        """Those that have not expired, even if an import has taken their parts over."""
        return self.filter(expires_at__gt=Now())

    def unfinished(self) -> UploadQuerySet:
        """Those that can still become an import."""
        return self.alive().filter(started=None)

    def expired(self) -> UploadQuerySet:
        """Those that nobody can use any more. A request that found one just before has a minute."""
        return self.filter(expires_at__lt=Now() - timedelta(minutes=1))


class Upload(models.Model):
    """A file that arrives part by part, until an import takes it over."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    # Null if the account was deleted; the upload then expires.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    filename = models.CharField(max_length=255)
    # The metadata of the client as it was sent: `filename c3ByaW5nLmNzdg==,…`.
    metadata = models.TextField(blank=True, default="")
    size_bytes = models.PositiveBigIntegerField()
    # The size of all parts together.
    offset = models.PositiveBigIntegerField(default=0)
    # Names in the storage, to be read one after the other.
    parts = ArrayField(models.CharField(max_length=255), default=list)
    # The import that has taken the parts over.
    started = models.ForeignKey(Import, null=True, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()

    objects = UploadQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="upload_is_within_its_size", condition=Q(offset__lte=F("size_bytes"))
            ),
        ]
        indexes = [
            # The sweep of what has expired.
            models.Index(name="upload_expiry", fields=["expires_at"]),
        ]

    def __str__(self) -> str:
        return f"upload {self.pk}: {self.filename}"

    @property
    def folder(self) -> str:
        """The folder of its parts, including parts that were stored and never counted."""
        return f"uploads/{self.pk.hex}"

    @property
    def is_complete(self) -> bool:
        return self.offset == self.size_bytes
