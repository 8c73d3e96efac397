from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from product_files.sample_file import sample_lines


def test_a_file_is_written(tmp_path: Path) -> None:
    file = tmp_path / "products.csv"
    call_command("sample_products", str(file), "--rows=50", "--seed=7", "--bad=20")
    assert file.read_bytes() == b"".join(sample_lines(50, seed=7, bad=20))


def test_a_file_goes_to_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    call_command("sample_products", "-", "--rows=3", "--duplicates=0")
    assert capfdbinary.readouterr().out == b"".join(sample_lines(3, duplicates=0))


@pytest.mark.parametrize(
    "options",
    [["--rows=-1"], ["--rows=1", "--bad=-1"], ["--rows=1", "--bad=60", "--duplicates=50"]],
)
def test_numbers_that_make_no_sense(options: list[str]) -> None:
    with pytest.raises(CommandError, match="from 0 to 100 together"):
        call_command("sample_products", "-", *options)
