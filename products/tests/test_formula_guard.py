import pytest
from hypothesis import given
from hypothesis import strategies as st

from products.formula_guard import guard, unguard


@pytest.mark.parametrize(
    ("text", "guarded"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("'=1", "''=1"),
        ("''-", "'''-"),
        ("", ""),
        ("'", "'"),
        ("'quoted'", "'quoted'"),
        (" =1", " =1"),
        ("a=b", "a=b"),
        ("\n=1", "\n=1"),
    ],
)
def test_a_formula_and_nothing_else_is_guarded(text: str, guarded: str) -> None:
    assert guard(text) == guarded
    assert unguard(guarded) == text


@given(st.text(st.sampled_from("'=+-@\t\r\n a"), max_size=6) | st.text())
def test_what_was_guarded_comes_back(text: str) -> None:
    assert unguard(guard(text)) == text


@given(st.text(st.sampled_from("'=+-@\t\r a"), max_size=6))
def test_nothing_guarded_runs_as_a_formula(text: str) -> None:
    assert not guard(text).startswith(("=", "+", "-", "@", "\t", "\r"))
