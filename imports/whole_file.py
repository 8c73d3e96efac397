"""What is decided about a file as a whole once it is read: it is refused, or waits for a review."""

from __future__ import annotations

from typing import Final

from imports.models import Import
from imports.outlook import Outlook
from imports.review import previewing
from imports.review.sampling import PreviewOutlook
from jobs.errors import JobError, LeaseLost

# The codes of a file that is refused after it was read to its end; its rejects are kept as well.
WHOLE_FILE_CODES: Final = ("too_many_errors", "too_many_missing")


def preview_or_refuse(import_: Import, *, rejected: int) -> None:
    """Refuse a file that must not be applied, and keep the preview that a review will show.

    Raises JobError, NotPrepared if the staged rows are gone, and LeaseLost if somebody else has
    taken the import over.
    """
    # After a review its preview is not counted again: it is what a person has agreed to.
    is_reviewed = import_.review and import_.status != Import.Status.APPLYING
    # If an earlier attempt has applied a range, the file was judged before that.
    is_first = not import_.ledger.filter(number__gt=0).exists()
    if is_reviewed:
        _keep_preview(import_, rejected, is_first=is_first)
    elif is_first and _can_be_refused(import_):
        with Outlook.on(import_) as outlook:
            _refuse_as_a_whole(outlook, rejected)


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
            " To remove them all the same, confirm their number: `confirm_missing` in the API,"
            " `--confirm-missing` on the command line.",
        )
