"""How a file gets into the catalogue.

On the page a person first chooses what its columns become; until then it is held
(imports.columns).

1. Reading: the file streams, row by row and each one judged, into a staging table of its own.
   Nothing of it can be seen in the catalogue (imports.reading, imports.staging).
2. Cutting: the staged rows are cut into ranges of the SKU key. The bounds are stored, so that
   every later attempt finds the same ranges (imports.staging, jobs.preparing).
3. Review, if it was asked for: the classifier finds out what would happen
   (imports.review.previewing). With other columns it all begins anew at 1 (imports.columns).
4. Applying: each range is one task and one transaction. Its ledger line comes first, so
   that it is applied only once; then the classifier, the before-images and the writes
   (imports.applying).
5. The end: the counts are the sum of the ledger, the rejects are there to download, and the
   staging table goes.

jobs.runner calls these steps, and repeats one that was interrupted.
"""

from __future__ import annotations

import logging
from collections.abc import Collection

from django.db import OperationalError, connection
from django.urls import reverse

from imports import applying, reading, sql, staging
from imports.models import Import, Reject
from imports.outlook import Outlook
from imports.review import previewing
from imports.review.sampling import PreviewOutlook
from jobs.errors import JobError, LeaseLost, NotPrepared
from jobs.kinds import Counts, Label, Preparation
from jobs.leases import Lease
from jobs.models import Job, LedgerLine, Range
from jobs.progress import PREPARED_PERCENT
from jobs.summary import summary_of
from product_files.faults import FileFault, MappingFault
from webhooks.events import emit

logger = logging.getLogger(__name__)


class ImportKind:
    """The steps of an import, as jobs.kinds.Kind names them."""

    def prepare(self, lease: Lease) -> Preparation:
        import_ = Import.objects.get(pk=lease.job_id)
        import_.lease_token = lease.token
        table = staging.table_name(import_.pk, lease.token)
        if lease.token > 1:
            _drop_earlier_attempts(import_.pk)
        result = self._read(table, import_, lease)
        self._describe(import_, result)
        lease.report(
            stage=Job.Stage.PREPARING,
            percent=PREPARED_PERCENT,
            rows_read=result.rows_read,
            bytes_read=import_.size_bytes,
        )
        bounds = staging.cut(table, result.rows_read - result.rejected)
        import_.rows_read = result.rows_read
        self._preview_or_refuse(import_, result.rejected)
        return Preparation(
            bounds=bounds,
            rows_read=result.rows_read,
            bytes_read=import_.size_bytes,
            counts={"rejected": result.rejected},
            review=import_.review,
        )

    def _preview_or_refuse(self, import_: Import, rejected: int) -> None:
        """Refuse a file that must not be applied, and keep the preview that a review will show.

        Raises JobError, and LeaseLost if whoever cancelled the import or took it over has dropped
        the rows that were just staged.
        """
        # After a review its preview is not counted again: it is what a person has agreed to.
        is_reviewed = import_.review and import_.status != Import.Status.APPLYING
        # If an earlier attempt has applied a range, the file was judged before that.
        is_first = not import_.ledger.filter(number__gt=0).exists()
        try:
            if is_reviewed:
                _keep_preview(import_, rejected, is_first=is_first)
            elif is_first and _can_be_refused(import_):
                with Outlook.on(import_) as outlook:
                    _refuse_as_a_whole(outlook, rejected)
        except NotPrepared as gone:
            raise LeaseLost(f"the rows of job {import_.pk} are gone") from gone

    def publish(self, job: Job) -> None:
        # Looking for rejects that do not exist would read the whole table.
        if job.ledger.filter(number=0, rejected__gt=0).exists():
            _publish_rejects(job)

    def apply_range(self, job: Job, range_: Range, *, lock_first: bool) -> Counts:
        import_ = Import.objects.get(pk=job.pk)
        return applying.apply_range(import_, range_, lock_first=lock_first)

    def finish(self, job: Job) -> None:
        if job.error_code in WHOLE_FILE_CODES:
            _publish_rejects(job)
            applying.keep_refused(Import.objects.get(pk=job.pk))
            # An import that was reviewed has such a line already.
            rejected = Reject.objects.filter(job=job).count()
            LedgerLine.objects.update_or_create(job=job, number=0, defaults={"rejected": rejected})
        import_ = Import.objects.get(pk=job.pk)
        import_facts = {"filename": import_.filename, "mode": import_.mode}
        emit(f"import.{job.status}", summary_of(import_) | import_facts)

    def clean_up(self, job_id: int) -> None:
        staging.drop_all(job_id)

    def labels(self, job_ids: Collection[int]) -> dict[int, Label]:
        files = Import.objects.filter(pk__in=job_ids).values_list("pk", "filename")
        return {
            pk: Label(name=name, url=reverse("imports:detail", args=[pk])) for pk, name in files
        }

    def _read(self, table: str, import_: Import, lease: Lease) -> reading.Reading:
        try:
            return reading.read_into(table, import_, lease)
        except FileFault as fault:
            raise JobError(fault.code, fault.detail) from fault
        except MappingFault as fault:
            raise JobError("mapping_invalid", str(fault)) from fault
        except FileNotFoundError as error:
            raise JobError("file_gone", FILE_GONE) from error

    def _describe(self, import_: Import, result: reading.Reading) -> None:
        import_.sha256 = result.sha256
        import_.encoding = result.encoding
        import_.encoding_samples = result.encoding_samples
        import_.delimiter = result.delimiter
        import_.header_line = result.header_line
        import_.header = result.header
        import_.mapping = result.mapping.as_dict()
        import_.save(
            update_fields=[
                "sha256",
                "encoding",
                "encoding_samples",
                "delimiter",
                "header_line",
                "header",
                "mapping",
            ]
        )


# The codes of a file that is refused after it was read to its end; its rejects are kept as well.
WHOLE_FILE_CODES = ("too_many_errors", "too_many_missing")

FILE_GONE = "The stored file is gone, so nothing more of it can be read. Please upload it again."


def _drop_earlier_attempts(import_id: int) -> None:
    """Drop their staging tables. One that is still in use is dropped at the end of the import."""
    try:
        staging.drop_all(import_id)
    except OperationalError as error:
        logger.warning("Import %s keeps its earlier rows for now: %s", import_id, error)


def _publish_rejects(job: Job) -> None:
    table = staging.table_name(job.pk, job.lease_token)
    with connection.cursor() as cursor:
        cursor.execute(sql.PUBLISH_REJECTS.format(staging=table), {"job": job.pk})


def _keep_preview(import_: Import, rejected: int, *, is_first: bool) -> None:
    with PreviewOutlook.on(import_) as outlook:
        if is_first:
            _refuse_as_a_whole(outlook, rejected)
        preview = outlook.preview()
    if not previewing.store(preview, Import.MOVING):
        raise LeaseLost(f"job {import_.pk} was taken over")


def _can_be_refused(import_: Import) -> bool:
    """Whether the catalogue may be a reason to refuse the file as a whole."""
    aborts = import_.on_error == Import.OnError.ABORT
    return aborts or import_.missing != Import.Missing.KEEP


def _refuse_as_a_whole(outlook: Outlook, rejected: int) -> None:
    """Raise JobError if the file must not be applied; reading has rejected `rejected` rows."""
    _refuse_too_many_errors(outlook, rejected)
    _refuse_too_many_missing(outlook)


def _refuse_too_many_errors(outlook: Outlook, rejected: int) -> None:
    """With on_error=abort one rejected row is too many, whatever the reason."""
    if outlook.import_.on_error != Import.OnError.ABORT:
        return
    rejected += outlook.counts["rejected"]
    if rejected:
        rows = "1 row needs" if rejected == 1 else f"{rejected:,} rows need"
        raise JobError(
            "too_many_errors",
            f"{rows} fixing, so nothing was imported, as you asked. Correct the file and upload it"
            " again.",
        )


def _refuse_too_many_missing(outlook: Outlook) -> None:
    """A file that would remove most of the catalogue is more often a mistake than a wish."""
    if outlook.missing in (0, outlook.import_.confirm_missing):
        return
    if outlook.missing * 2 > outlook.catalogue:
        products = "1 product is" if outlook.missing == 1 else f"{outlook.missing:,} products are"
        raise JobError(
            "too_many_missing",
            f"{products} not in the file, more than half of the catalogue, so nothing was imported."
            " If you want them removed all the same, confirm their number.",
        )


kind = ImportKind()
