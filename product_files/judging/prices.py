"""Prices as people and shops write them: currencies, and separators where they are unambiguous."""

from __future__ import annotations

import re
from typing import Final, Literal

from products.sku import SKU_TRIM

PriceCode = Literal["price_invalid", "price_negative", "price_out_of_range"]

# Digits before the decimal point in a numeric(12, 2).
MAX_WHOLE_DIGITS: Final = 10
# Characters of a cell that may be a price. Limits the work on other texts, and the size of a cache
# of prices.
MAX_CELL_LENGTH: Final = 255

_CANONICAL: Final = re.compile(r"(?:0|[1-9][0-9]{0,9})(?:\.[0-9]{2})?")

# ISO 4217, active codes, without funds, metals and testing.
_CODES: Final = """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP
    BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP
    GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR
    KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK
    MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR
    SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS
    UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG
"""
_CURRENCY: Final = "|".join(
    [
        # Signs after letters, as in US$; not the sign of the cent, because 50¢ is not 50.
        "[A-Z]{0,3}[$£¤¥֏؋৳฿៛\u20a0-\u20c0\ufdfc\uff04\uffe1\uffe5\uffe6]",
        *(r"kr\.?", r"rs\.?", r"fr\.?", "zł", "kč", "ft", "lei"),
        *_CODES.split(),
    ]
)
_PARTS: Final = re.compile(
    rf"""
    (?P<sign>[-+\u2212]?) \s* (?P<before>(?:{_CURRENCY})?) \s* (?P<inner_sign>[-+\u2212]?) \s*
    (?P<number>[0-9.,] .*?) \s* (?P<after>(?:{_CURRENCY})?)
    """,
    re.VERBOSE | re.IGNORECASE,
)

# A lone `1,234` or `1.234` is in none of these: thousands to some, three decimals to others.
_NUMBER: Final = re.compile(
    r"""
    [0-9]+ (?:[.,][0-9]{1,2})?
    | [.,][0-9]{1,2}
    | [1-9][0-9]{0,2} (?P<mark>[ \u00a0\u2009\u202f'\u2019]) [0-9]{3} (?:(?P=mark)[0-9]{3})*
      (?:[.,][0-9]{1,2})?
    | [1-9][0-9]{0,2} (?:,[0-9]{3})+ \.[0-9]{1,2}
    | [1-9][0-9]{0,2} (?:\.[0-9]{3})+ ,[0-9]{1,2}
    | [1-9][0-9]{0,2} (?: (?:,[0-9]{3}){2,} | (?:\.[0-9]{3}){2,} )
    """,
    re.VERBOSE,
)
_FRACTION: Final = re.compile(r"[.,]([0-9]{1,2})$")


class PriceFault(Exception):
    """The text is no price that can be stored; `code` is the reason."""

    def __init__(self, code: PriceCode) -> None:
        super().__init__(code)
        self.code = code


def read_price(text: str) -> str | None:
    """The price as a decimal number for numeric(12, 2), such as `12.50`; None if it is blank.

    Raises PriceFault.
    """
    if _CANONICAL.fullmatch(text):
        return text
    if len(text) > MAX_CELL_LENGTH:
        raise PriceFault("price_invalid")
    text = text.strip(SKU_TRIM)
    if not text:
        return None
    parts = _PARTS.fullmatch(text)
    if not parts or not _NUMBER.fullmatch(parts["number"]):
        raise PriceFault("price_invalid")
    if (parts["sign"] and parts["inner_sign"]) or (parts["before"] and parts["after"]):
        raise PriceFault("price_invalid")
    price = _canonical(parts["number"])
    if parts["sign"] + parts["inner_sign"] in ("-", "\u2212") and price.strip("0."):
        raise PriceFault("price_negative")
    if len(price.partition(".")[0]) > MAX_WHOLE_DIGITS:
        raise PriceFault("price_out_of_range")
    return price


def _canonical(number: str) -> str:
    fraction = _FRACTION.search(number)
    whole = re.sub(r"[^0-9]", "", number[: fraction.start()] if fraction else number)
    whole = whole.lstrip("0") or "0"
    return f"{whole}.{fraction[1]:0<2}" if fraction else whole
