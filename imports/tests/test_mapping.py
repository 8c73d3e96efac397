import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.faults import FileFault, MappingFault
from imports.mapping import Mapping, map_header


def fields(header: list[str], asked: dict[str, str] | None = None) -> dict[str, str]:
    """What gives a field, without the columns that are ignored."""
    mapped = map_header(header, asked).as_dict()
    assert list(mapped) == header
    return {column: field for column, field in mapped.items() if field != "ignore"}


@pytest.mark.parametrize(
    ("column", "field"),
    [
        *((name, "name") for name in ("name", " Name ", "TITLE", "Product_Name", "item-name")),
        *((name, "price") for name in ("Price", "Variant Price", "Regular price", "lst_price")),
        *((name, "active") for name in ("Active", "Published", "Is_Active", "Product Visible?")),
        *((name, "description") for name in ("Description", "Body (HTML)", "description_sale")),
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
}


@pytest.mark.parametrize("shop", SHOPS)
def test_exports_of_shops_map_by_themselves(shop: str) -> None:
    columns = [column.strip() for column in SHOPS[shop].split(",")]
    marked = [column[1:] for column in columns if column.startswith("*")]
    found = fields([column.lstrip("*") for column in columns])
    assert list(found) == marked
    assert set(found.values()) == {"sku", "name", "description", "price", "active"}


def test_the_result() -> None:
    mapping = map_header(["Notes", "Name", "SKU", "Colour"], {"colour": "attribute: Colour "})
    assert mapping == Mapping(
        columns=("Notes", "Name", "SKU", "Colour"),
        sku=2,
        name=1,
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
    asked = {"Sale price": "price", "title": "ignore"}
    assert fields(header, asked) == {"SKU": "sku", "Sale price": "price"}


def test_the_very_name_goes_before_another_case() -> None:
    assert fields(["SKU", "a", "A"], {"a": "name"}) == {"SKU": "sku", "a": "name"}


@pytest.mark.parametrize(
    ("header", "asked"),
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
def test_two_columns_for_one_field(header: list[str], asked: dict[str, str]) -> None:
    with pytest.raises(FileFault) as fault:
        map_header(header, asked)
    assert fault.value.code == "duplicate_column"


def test_columns_that_are_ignored_may_have_one_name() -> None:
    assert fields(["sku", "Notes", "notes"]) == {"sku": "sku"}
    assert map_header(["sku", "x", "x"], {"x": "ignore"}).as_dict() == {"sku": "sku", "x": "ignore"}


@pytest.mark.parametrize("asked", [{}, {"sku": "ignore"}, {"sku": "name"}])
def test_no_column_for_the_sku(asked: dict[str, str]) -> None:
    header = ["Name", "Price"] if not asked else ["sku", "Price"]
    with pytest.raises(FileFault) as fault:
        map_header(header, asked)
    assert fault.value.code == "sku_column_missing"
    assert "Price" in fault.value.detail


def test_a_mapping_that_makes_no_sense() -> None:
    asked = {
        "Nowhere": "price",
        "a": "colour",
        "b": "attribute: ",
        "c": "attribute:" + "x" * 256,
        "d": "attribute:\0",
        "e": "ignore",
    }
    with pytest.raises(MappingFault) as fault:
        map_header(["sku", "a", "b", "c", "d", "e"], asked)
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
def test_a_mapping_can_be_asked_for_again(header: list[str], asked: dict[str, str]) -> None:
    try:
        mapping = map_header(header, asked)
    except (FileFault, MappingFault):
        return
    assert map_header(header, mapping.as_dict()) == mapping
