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

from collections.abc import Collection

from django.urls import reverse

from imports import applying, reading, staging
from imports.models import Import, Reject
from imports.whole_file import WHOLE_FILE_CODES, preview_or_refuse
from jobs.errors import JobError, LeaseLost, NotPrepared
from jobs.kinds import Counts, Label, Preparation
from jobs.leases import Lease
from jobs.models import Job, LedgerLine, Range
from jobs.progress import PREPARED_PERCENT
from jobs.summary import summary_of
from product_files.faults import FileFault, MappingFault
from webhooks.events import emit


class ImportKind:
    """The steps of an import, as jobs.kinds.Kind names them."""

    def prepare(self, lease: Lease) -> Preparation:
        import_ = Import.objects.get(pk=lease.job_id)
        import_.lease_token = lease.token
        table = staging.table_name(import_.pk, lease.token)
        if lease.token > 1:
            staging.drop_earlier_attempts(import_.pk)
        result = self._read(table, import_, lease)
        reading.store_description(import_, result)
        lease.report(
            stage=Job.Stage.PREPARING,
            percent=PREPARED_PERCENT,
            rows_read=result.rows_read,
            bytes_read=import_.size_bytes,
        )
        import_.rows_read = result.rows_read
        try:
            bounds = staging.cut(table, result.rows_read - result.rejected)
            preview_or_refuse(import_, rejected=result.rejected)
        except NotPrepared as gone:
            # Whoever cancelled the import or took it over has dropped what was just staged.
            raise LeaseLost(f"the rows of job {import_.pk} are gone") from gone
        return Preparation(
            bounds=bounds,
            rows_read=result.rows_read,
            bytes_read=import_.size_bytes,
            counts={"rejected": result.rejected},
            review=import_.review,
        )

    def publish(self, job: Job) -> None:
        # Looking for rejects that do not exist would read the whole table.
        if job.ledger.filter(number=0, rejected__gt=0).exists():
            staging.publish_rejects(job.pk, job.lease_token)

    def apply_range(self, job: Job, range_: Range, *, lock_first: bool) -> Counts:
        import_ = Import.objects.get(pk=job.pk)
        return applying.apply_range(import_, range_, lock_first=lock_first)

    def finish(self, job: Job) -> None:
        if job.error_code in WHOLE_FILE_CODES:
            staging.publish_rejects(job.pk, job.lease_token)
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


FILE_GONE = "The stored file is gone, so nothing more of it can be read. Please upload it again."


kind = ImportKind()
