"""From a file to its records: container, content, dialect, records, header.

1. `opening` looks at the first bytes and takes off a container (`archive`).
2. What is inside has one interface, `content.Content`, whatever its format: a text in any
   encoding (`text`) or a workbook (`workbook`) gives lines of UTF-8.
3. `dialect` finds out, on the first lines, how they are cut into cells.
4. `records` cuts them, and marks each record that is odd.
5. `header` finds the names of the columns; `reader` puts the steps together.

No step knows the formats of those before it. A new kind of workbook is a module with the rows of
its sheet and a line in the table of `opening`; a container, encoding or dialect is a change to
its own step.
"""

from product_files.reading.limits import Limits
from product_files.reading.reader import Reader, open_reader
from product_files.reading.records import Record
from product_files.reading.streams import BinaryFile

__all__ = ["BinaryFile", "Limits", "Reader", "Record", "open_reader"]
