"""From a file to its records: source -> encoding -> lines -> records -> header.

On the way the dialect is found, on the first lines.

Each step knows nothing of those that follow, and all a later format needs is a change to its
own step: a container gives other bytes, an encoding gives UTF-8, a dialect cuts cells otherwise.
"""

from product_files.reading.limits import Limits
from product_files.reading.reader import Reader, open_reader
from product_files.reading.records import Record

__all__ = ["Limits", "Reader", "Record", "open_reader"]
