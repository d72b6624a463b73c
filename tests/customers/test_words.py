"""Telephone numbers, searchable pairs and clean names: pure functions as tables."""

import pytest

from customers import phones
from customers.bigrams import bigrams, fold
from customers.errors import CustomerError
from customers.texts import clean


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("13800002670", "13800002670"),
        (" 138-0000 2670 ", "13800002670"),
        ("+86 138 0000 2670", "13800002670"),
        ("0086-13800002670", "13800002670"),
        ("8613800002670", "13800002670"),
        ("１３８００００２６７０", "13800002670"),
        ("（0577）8888 9999", "057788889999"),
        ("138\u200b0000\u202e2670", "13800002670"),
        ("138—0000—2670", "13800002670"),
        ("+44 20 7946 0958", "00442079460958"),
        ("张三", ""),
        ("138oooo2670", ""),
        ("", ""),
        ("²³", "23"),
        ("١٣٨", ""),
    ],
)
def test_a_number_is_stored_as_digits_however_it_was_typed(typed: str, digits: str) -> None:
    assert phones.normalise(typed) == digits


@pytest.mark.parametrize(
    "digits", ["13800002670", "057788889999", "01088889999", "88889999", "110", "95598", "4008123456", "00442079460958"]
)
def test_real_numbers_are_plausible(digits: str) -> None:
    assert phones.is_plausible(digits)
    assert phones.advice(digits) == ""


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("1380000267", "少 1 位"),
        ("138000026701", "多 1 位"),
        ("13800002670 13900001111", "顿号隔开"),
        ("无", "只能是数字"),
        ("55", "不像电话"),
        ("12345678901", "不像电话"),
    ],
)
def test_a_wrong_number_is_told_how_to_be_right(typed: str, words: str) -> None:
    assert words in phones.advice(typed)


def test_pairs_ignore_blanks_width_case_and_punctuation() -> None:
    assert bigrams("柳浪 新村，Ａ幢") == ["柳浪", "浪新", "新村", "村a", "a幢"]
    assert bigrams("停电停电") == ["停电", "电停"]
    assert bigrams("电") == bigrams("") == bigrams(" 。") == []
    assert bigrams("周𠮷祥") == ["周𠮷", "𠮷祥"]
    assert fold("3–8 幢") == "38幢"


def test_a_name_loses_what_cannot_be_seen_and_keeps_what_can() -> None:
    """Abuse matrix: bidi and zero width removed from names, NFC, emoji and rare characters round-trip."""
    assert clean("王\u200b小\u202e明", label="户名", limit=10) == "王小明"
    assert clean("Ele\u0301na  Petrova\n", label="户名", limit=30) == "Eléna Petrova"
    assert clean("周𠮷祥😀", label="户名", limit=10) == "周𠮷祥😀"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("王\x00明", "U+0000"),
        ("王\x07明", "U+0007"),
        ("王\ud800明", "U+D800"),
        ("王" * 11, "最多 10 个字"),
        ("=SUM(A1)", "公式"),
        ("@王", "公式"),
        ("\u200b=1+1", "公式"),
    ],
)
def test_a_name_that_cannot_be_stored_is_refused_by_field(text: str, words: str) -> None:
    with pytest.raises(CustomerError, match="户名") as refused:
        clean(text, label="户名", limit=10, field="name")
    assert words in refused.value.message
    assert refused.value.field == "name"
