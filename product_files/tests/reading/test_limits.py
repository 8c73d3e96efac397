from product_files.reading.limits import DEFAULT_LIMITS


def test_the_limits_are_those_of_the_contract() -> None:
    assert DEFAULT_LIMITS.file_bytes == 2 * 1024**3
    assert DEFAULT_LIMITS.record_bytes == 1024**2
    assert DEFAULT_LIMITS.columns == 512


def test_a_block_holds_no_record_that_is_too_large() -> None:
    # Otherwise every line of every block would be measured.
    assert DEFAULT_LIMITS.block_bytes <= DEFAULT_LIMITS.record_bytes
