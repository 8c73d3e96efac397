from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from product_files.faults import FileFault, MappingFault
from product_files.judging.choices import (
    as_mapping,
    check_mapping,
    column_set,
    faults_of,
    offered_fields,
)
from product_files.judging.columns import ColumnMapping, map_header
from product_files.judging.field_names import IGNORE


def fields(header: list[str], requested: dict[str, str] | None = None) -> dict[str, str]:
    """What gives a field, without the columns that are ignored."""
    mapped = map_header(header, requested).as_dict()
    assert list(mapped) == header
    return {column: field for column, field in mapped.items() if field != "ignore"}


@pytest.mark.parametrize(
    ("column", "field"),
    [
        *(
            (name, "name")
            for name in ("name", " Name ", "TITLE", "Product_Name", "item-name", "post_title")
        ),
        *((name, "price") for name in ("Price", "Variant Price", "Regular price", "lst_price")),
        *((name, "active") for name in ("Active", "Published", "Is_Active", "Product Visible?")),
        *(
            (name, "description")
            for name in ("Description", "Body (HTML)", "description_sale", "post_content")
        ),
    ],
)
def test_well_known_names_map_by_themselves(column: str, field: str) -> None:
    assert fields(["sku", column]) == {"sku": "sku", column: field}


@pytest.mark.parametrize(
    "column",
    [
        *("sku", "SKU", "Sku ", "Variant SKU", "variant_sku", "Product code", "PRODUCT-CODE"),
        *(
            "Product Code/SKU",
            "Internal Reference",
            "default_code",
            "Article  number",
            "\uff33\uff2b\uff35",
        ),
    ],
)
def test_names_of_the_sku(column: str) -> None:
    assert fields([column]) == {column: "sku"}


# Headers of real exports, shortened, and the columns of the five fields.
SHOPS = {
    "Shopify": """
        Handle,*Title,*Body (HTML),Vendor,Product Category,Type,Tags,*Published,Option1 Name,
        *Variant SKU,*Variant Price,Variant Compare At Price,Image Src,SEO Title,Status
    """,
    "Shopify, the newer one": """
        *Title,URL handle,*Description,Vendor,Product category,Type,Tags,*Published on online store,
        Status,*SKU,Barcode,Option1 name,Option1 value,*Price,Compare-at price,Cost per item
    """,
    "WooCommerce": """
        ID,Type,*SKU,*Name,*Published,Is featured?,Visibility in catalog,Short description,
        *Description,Sale price,*Regular price,Categories,Meta: _color
    """,
    "Magento": """
        *sku,store_view_code,attribute_set_code,*name,*description,short_description,weight,
        *product_online,*price,special_price,url_key,meta_title,visibility
    """,
    "Odoo": "id,*default_code,*name,*description_sale,*list_price,standard_price,*active",
    "BigCommerce": """
        Item Type,Product ID,*Product Name,*Product Code/SKU,Brand Name,*Product Description,
        *Price,Cost Price,Retail Price,Sale Price,*Product Visible?
    """,
    "BigCommerce, the newer one": """
        Item,ID,*Name,Type,*SKU,Options,Inventory Tracking,Current Stock,*Price,Cost Price,
        Retail Price,Sale Price,Brand ID,*Description,*Is Visible,Is Featured
    """,
    "Odoo, by its labels": """
        External ID,*Internal Reference,*Name,*Sales Description,*Sales Price,Cost,*Active,Barcode
    """,
    "Akeneo": """
        *sku,categories,*enabled,family,groups,*name-en_US,*description-en_US-ecommerce,*price-EUR,
        clothing_size,picture
    """,
}


@pytest.mark.parametrize("shop", SHOPS)
def test_exports_of_shops_map_by_themselves(shop: str) -> None:
    columns = [column.strip() for column in SHOPS[shop].split(",")]
    marked = [column[1:] for column in columns if column.startswith("*")]
    found = fields([column.lstrip("*") for column in columns])
    assert list(found) == marked
    assert set(found.values()) == {"sku", "name", "description", "price", "active"}


def test_a_field_in_several_locales_is_for_a_person_to_choose() -> None:
    header = ["sku", "name-en_US", "name-fr_FR", "price-EUR", "price-USD", "description-en_US"]
    assert fields(header) == {"sku": "sku", "description-en_US": "description"}
    assert fields([*header, "name"])["name"] == "name"
    requested = {"name-fr_FR": "name"}
    assert fields(header, requested)["name-fr_FR"] == "name"


def test_the_result() -> None:
    mapping = map_header(["Notes", "Name", "SKU", "Colour"], {"colour": "attribute: Colour "})
    assert mapping == ColumnMapping(
        columns=("Notes", "Name", "SKU", "Colour"),
        fields=((1, "name"), (2, "sku")),
        attributes=((3, "Colour"),),
    )
    assert mapping.as_dict() == {
        "Notes": "ignore",
        "Name": "name",
        "SKU": "sku",
        "Colour": "attribute:Colour",
    }


def test_our_own_export_maps_by_itself() -> None:
    header = ["sku", "attribute:Colour", "attribute:colour", "Attribute: size ", "attribute:"]
    assert map_header(header).attributes == ((1, "Colour"), (2, "colour"), (3, "size"))


def test_the_remarks_of_a_rejects_file_are_ignored() -> None:
    assert fields(["sku", "code", "line", "reject_code", "message", "extra"]) == {"sku": "sku"}


def test_what_is_asked_for_takes_the_place_of_a_name() -> None:
    header = ["SKU", "Price", "Sale price", "Title"]
    requested = {"Sale price": "price", "title": "ignore"}
    assert fields(header, requested) == {"SKU": "sku", "Sale price": "price"}


def test_the_very_name_goes_before_another_case() -> None:
    assert fields(["SKU", "a", "A"], {"a": "name"}) == {"SKU": "sku", "a": "name"}


@pytest.mark.parametrize(
    ("header", "requested"),
    [
        (["sku", "SKU"], {}),
        (["sku", "Variant SKU"], {}),
        (["sku", "name", "Title"], {}),
        (["sku", "a", "b"], {"a": "price", "b": "price"}),
        (["sku", "a", "b"], {"a": "attribute:x", "b": "attribute:x"}),
        (["sku", "attribute:x", "attribute:x"], {}),
        (["sku", "a", "a"], {"a": "attribute:x"}),
        (["sku", "a", "A"], {"A ": "name", "a": "name"}),
    ],
)
def test_two_columns_for_one_field(header: list[str], requested: dict[str, str]) -> None:
    with pytest.raises(FileFault) as fault:
        map_header(header, requested)
    assert fault.value.code == "duplicate_column"


def test_columns_that_are_ignored_may_have_one_name() -> None:
    assert fields(["sku", "Notes", "notes"]) == {"sku": "sku"}
    assert fields(["sku"], {"Nowhere": "ignore"}) == {"sku": "sku"}
    assert map_header(["sku", "x", "x"], {"x": "ignore"}).as_dict() == {"sku": "sku", "x": "ignore"}


@pytest.mark.parametrize("requested", [{}, {"sku": "ignore"}, {"sku": "name"}])
def test_no_column_for_the_sku(requested: dict[str, str]) -> None:
    header = ["Name", "Price"] if not requested else ["sku", "Price"]
    with pytest.raises(FileFault) as fault:
        map_header(header, requested)
    assert fault.value.code == "sku_column_missing"
    assert "Price" in fault.value.detail


def test_a_mapping_that_makes_no_sense() -> None:
    requested = {
        "Nowhere": "price",
        "a": "colour",
        "b": "attribute: ",
        "c": "attribute:" + "x" * 256,
        "d": "attribute:\0",
        "e": "ignore",
    }
    with pytest.raises(MappingFault) as fault:
        map_header(["sku", "a", "b", "c", "d", "e"], requested)
    assert list(fault.value.errors) == ["Nowhere", "a", "b", "c", "d"]
    assert fault.value.errors["Nowhere"] == "The file has no such column."
    assert fault.value.errors["a"] == 'There is no field "colour".'


def test_there_are_at_most_a_hundred_attributes() -> None:
    header = ["sku", *(f"attribute:{number}" for number in range(100))]
    assert len(map_header(header).attributes) == 100
    with pytest.raises(FileFault) as fault:
        map_header([*header, "attribute:more"])
    assert fault.value.code == "too_many_columns"


NAMES = st.sampled_from(
    ["sku", "SKU", "Name", "Title", "price", "Notes", "attribute:A", "attribute:a", "Column 3", "x"]
)
FIELDS = st.sampled_from(["sku", "name", "price", "attribute:A", "attribute:b", "ignore"])


@given(st.lists(NAMES, min_size=1, max_size=8), st.dictionaries(NAMES, FIELDS, max_size=3))
def test_a_mapping_can_be_asked_for_again(header: list[str], requested: dict[str, str]) -> None:
    try:
        mapping = map_header(header, requested)
    except (FileFault, MappingFault):
        return
    assert map_header(header, mapping.as_dict()) == mapping


@pytest.mark.parametrize(
    ("header", "requested", "offered"),
    [
        (["sku", "Title"], None, ["sku", "name"]),
        (["code", "Title"], None, ["ignore", "name"]),
        (["name", "Title", "sku"], None, ["name", "ignore", "sku"]),
        (["CODE", "Title"], {"code": "sku", "title": "ignore"}, ["sku", "ignore"]),
        (["a", "A"], {"a": "sku", "A": "price"}, ["sku", "price"]),
        (["sku", "x", "x"], {"x": "attribute:x"}, ["sku", "ignore", "ignore"]),
        (["sku", "a", "b"], {"a": "name", "b": "name"}, ["sku", "name", "ignore"]),
        (["code", "sku"], {"code": "sku"}, ["sku", "ignore"]),
        (["sku", "a"], {"a": "nonsense", "gone": "name"}, ["sku", "ignore"]),
        (["sku", "hue"], {"hue": " attribute: Colour "}, ["sku", "attribute:Colour"]),
    ],
)
def test_what_is_offered(
    header: list[str], requested: dict[str, str] | None, offered: list[str]
) -> None:
    assert offered_fields(header, requested) == offered


@pytest.mark.parametrize(
    ("chosen", "faults"),
    [
        (["sku", "name", "ignore"], {}),
        (["sku", "ignore", "ignore"], {}),
        (["sku", "price", "price"], {1: "2 columns are mapped to the price.", 2: "the price"}),
        (["sku", "attribute:x", "attribute: x "], {1: 'the attribute "x"', 2: "Choose one"}),
        (["sku", "attribute:", "attribute: "], {1: "Give the attribute a name.", 2: "a name"}),
        (["sku", "colour", "ignore"], {1: 'There is no field "colour".'}),
        (["sku", "attribute:" + "x" * 256, "attribute:\0"], {1: "at most 255", 2: "NUL"}),
    ],
)
def test_what_is_wrong_is_reported_at_its_column(chosen: list[str], faults: dict[int, str]) -> None:
    found = faults_of(["a", "b", "c"], chosen)
    assert found.keys() == faults.keys()
    for index, words in faults.items():
        assert words in found[index]


def test_columns_of_one_name_can_only_be_ignored() -> None:
    assert faults_of(["sku", "x", "x"], ["sku", IGNORE, IGNORE]) == {}
    assert faults_of(["sku", "x", "x"], ["sku", "name", IGNORE]).keys() == {1}


def test_a_mapping_is_judged_without_a_file() -> None:
    check_mapping({"code": "sku", "label": "name"})
    with pytest.raises(MappingFault) as fault:
        check_mapping({"code": "sku", "Code": "sku", "x": "colour"})
    assert fault.value.errors.keys() == {"code", "Code", "x"}


HEADERS = st.lists(st.one_of(NAMES, st.text(max_size=5)), min_size=1, max_size=8)


@given(HEADERS, st.dictionaries(NAMES, FIELDS, max_size=3))
def test_what_is_offered_can_be_taken_as_it_is(
    header: list[str], requested: dict[str, str]
) -> None:
    offered = offered_fields(header, requested)
    assert faults_of(header, offered) == {}
    if "sku" in offered:
        mapping = as_mapping(header, offered)
        assert map_header(header, mapping).as_dict() == mapping


@given(HEADERS, st.randoms(use_true_random=False))
def test_columns_are_the_same_in_any_order_and_case(header: list[str], random: Random) -> None:
    other = [f" {column.casefold()} " for column in header]
    random.shuffle(other)
    assert column_set(other) == column_set(header)
    assert column_set([*header, "one more"]) != column_set(header)
