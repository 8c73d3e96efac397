from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from product_files.judging.prices import PriceFault, read_price


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("12.50", "12.50"),
        ("12", "12"),
        ("0", "0"),
        ("0.00", "0.00"),
        ("12.5", "12.50"),
        ("12,5", "12.50"),
        ("12,50", "12.50"),
        (".5", "0.50"),
        ("007.10", "7.10"),
        ("  12.50\u00a0", "12.50"),
        ("+12.50", "12.50"),
        ("-0.00", "0.00"),
        # thousands
        ("1,234.56", "1234.56"),
        ("1.234,56", "1234.56"),
        ("1 234,56", "1234.56"),
        ("1\u00a0234.5", "1234.50"),
        ("1\u202f234\u202f567,89", "1234567.89"),
        ("1 234", "1234"),
        ("1'234.50", "1234.50"),
        ("1\u2019234.50", "1234.50"),
        ("1,234,567", "1234567"),
        ("1.234.567", "1234567"),
        ("1,234,567.8", "1234567.80"),
        # currencies
        ("$12.50", "12.50"),
        ("12.50 €", "12.50"),
        ("€ 1.234,56", "1234.56"),
        ("EUR 12", "12"),
        ("12 eur", "12"),
        ("US$12", "12"),
        ("R$ 12,90", "12.90"),
        ("Rs.500", "500"),
        ("kr 1 234,50", "1234.50"),
        ("12,90 zł", "12.90"),
        ("CHF 1\u2019234.50", "1234.50"),
        ("\uffe5100", "100"),
        ("9,999,999,999.99", "9999999999.99"),
        ("0009999999999.99", "9999999999.99"),
    ],
)
def test_prices_as_people_write_them(text: str, price: str) -> None:
    assert read_price(text) == price


@pytest.mark.parametrize("text", ["", " ", "\u00a0\t", "\u200b"])
def test_a_blank_price_is_none(text: str) -> None:
    assert read_price(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "twelve",
        "1,234",
        "1.234",
        "12.345",
        "12.500",
        "12.",
        ".",
        "-",
        "€",
        "1,23,456.78",
        "0,123.45",
        "1,234.567",
        "1,2345.67",
        "1 234 56",
        "1,234 567.00",
        "1.234.56",
        "12-50",
        "12.50.00",
        "1e5",
        "NaN",
        "Infinity",
        "0x10",
        "1_000",
        "--5",
        "-$-5",
        "$5 USD",
        "12 pcs",
        "50¢",
        "(12.50)",
        "١٢",
        "12\n50",
        "9" * 300,
        " " * 300,
    ],
)
def test_what_is_no_price_or_an_ambiguous_one(text: str) -> None:
    with pytest.raises(PriceFault) as fault:
        read_price(text)
    assert fault.value.code == "price_invalid"


@pytest.mark.parametrize(
    "text", ["-5", "- 5", "-$5", "€-5", "\u22120,01", "-1,234.56", "-99999999999"]
)
def test_a_price_below_zero(text: str) -> None:
    with pytest.raises(PriceFault) as fault:
        read_price(text)
    assert fault.value.code == "price_negative"


@pytest.mark.parametrize("text", ["10000000000", "10,000,000,000.00", "99999999999.99 USD"])
def test_a_price_that_does_not_fit(text: str) -> None:
    with pytest.raises(PriceFault) as fault:
        read_price(text)
    assert fault.value.code == "price_out_of_range"


MARKS = [("", "."), ("", ","), (",", "."), (".", ","), (" ", ","), (" ", "."), ("'", ".")]


@given(
    st.decimals("0", "9999999999.99", places=2),
    st.sampled_from(MARKS),
    st.sampled_from(["{}", "${}", "{} €", "SEK {}", " {} "]),
)
def test_every_price_survives_every_spelling(
    price: Decimal, marks: tuple[str, str], currency: str
) -> None:
    thousands, point = marks
    whole, fraction = f"{price:,.2f}".split(".")
    written = currency.format(whole.replace(",", thousands) + point + fraction)
    read = read_price(written)
    assert read is not None
    assert Decimal(read) == price


@given(st.text(st.sampled_from("0123456789.,-+ $€'EURkr"), max_size=12) | st.text(max_size=12))
def test_whatever_is_read_fits_the_column(text: str) -> None:
    try:
        price = read_price(text)
    except PriceFault:
        return
    assert price is None or 0 <= Decimal(price) <= Decimal("9999999999.99")
    assert price is None or read_price(price) == price
