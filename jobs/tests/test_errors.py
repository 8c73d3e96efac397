from __future__ import annotations

from django.db import DatabaseError
from psycopg.errors import DiskFull

from jobs.errors import DISK_FULL, in_words


def test_a_full_disk_is_told_in_plain_words_whoever_notices() -> None:
    wrapped = DatabaseError("could not extend file")
    wrapped.__cause__ = DiskFull("could not extend file")
    assert in_words(wrapped) == in_words(DiskFull("could not extend file")) == DISK_FULL


def test_what_has_no_words_of_ours_is_told_as_it_is() -> None:
    assert in_words(DatabaseError(" no such thing\n")) == "no such thing"
