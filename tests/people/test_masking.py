"""Masks (S2-R13): what is shown by default of a phone, name, account, address and free text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from people.masking import mask_account, mask_address, mask_name, mask_phone, mask_text

PHONES = [
    ("13812341234", "138****1234"),
    ("138 1234 1234", "138****1234"),
    ("138-1234-1234", "138****1234"),
    ("+86 13812341234", "138****1234"),
    ("008613812341234", "138****1234"),
    ("１３８１２３４１２３４", "138****1234"),
    ("0577-88123112", "0577****112"),
    ("057788123112", "0577****112"),
    ("010-62345678", "010****678"),
    ("86865598", "****98"),
    ("12345", "****45"),
    ("12", "****"),
    ("7", "****"),
    ("", ""),
    (None, ""),
    ("没有电话", ""),
    ("+44 20 7946 0958", "****58"),
]


@pytest.mark.parametrize(("number", "shown"), PHONES)
def test_phones(number: str | None, shown: str) -> None:
    assert mask_phone(number) == shown


NAMES = [
    ("王小明", "王××"),
    ("王", "王××"),
    ("欧阳修文", "欧阳××"),
    ("欧阳", "欧××"),
    ("Elena Petrova", "E××"),
    ("𠮷田", "𠮷××"),
    ("  李 ", "李××"),
    ("李\u200b四", "李××"),
    ("江湾精密制造有限公司", "江湾××有限公司"),
    ("城东第三小学", "城东××小学"),
    ("李医院", "李××"),
    ("", ""),
    (None, ""),
    ("\u200b", ""),
]


@pytest.mark.parametrize(("name", "shown"), NAMES)
def test_names(name: str | None, shown: str) -> None:
    assert mask_name(name) == shown


@pytest.mark.parametrize(
    ("account", "shown"),
    [("330112342706", "3301****2706"), ("3301 1234 2706", "3301****2706"), ("61002706", "****"), ("", ""), (None, "")],
)
def test_accounts(account: str | None, shown: str) -> None:
    assert mask_account(account) == shown


ADDRESSES = [
    ("江湾街道柳浪新村 14 幢 301", "江湾街道柳浪新村 ××"),
    ("城东街道丁香园7幢402室", "城东街道丁香园××"),
    ("山前镇东街 6 号（五户合表）", "山前镇东街 ××(五户合表)"),
    ("山前镇榆树沟村", "山前镇榆树沟村"),
    ("滨海路三号楼二单元", "滨海路××"),
    ("江湾新村 5-402", "江湾新村 ××"),
    ("", ""),
    (None, ""),
]


@pytest.mark.parametrize(("address", "shown"), ADDRESSES)
def test_addresses(address: str | None, shown: str) -> None:
    assert mask_address(address) == shown


TEXTS = [
    ("请回电13812341234谢谢", "请回电138****1234谢谢"),
    ("请回电 138-1234-1234 谢谢", "请回电 138****1234 谢谢"),
    ("座机0577-88123112", "座机0577****112"),
    ("身份证330102199001011234", "身份证330****34"),
    ("身份证33010219900101123X。", "身份证330****3X。"),
    ("户号6100590344", "户号61****44"),
    ("电话１３８１２３４１２３４", "电话138****1234"),
    ("2026 年 9 月 7 日停电 3 小时，多 350 度", "2026 年 9 月 7 日停电 3 小时，多 350 度"),
    ("", ""),
    (None, ""),
]


@pytest.mark.parametrize(("text", "shown"), TEXTS)
def test_free_text(text: str | None, shown: str) -> None:
    assert mask_text(text) == shown


@given(st.text())
def test_no_mask_raises_on_any_text(text: str) -> None:
    for mask in (mask_phone, mask_name, mask_account, mask_address, mask_text):
        assert isinstance(mask(text), str)


@given(st.from_regex(r"1[3-9]\d{9}", fullmatch=True), st.text(alphabet="，。abc 中文", max_size=5))
def test_no_full_mobile_survives_in_text(number: str, around: str) -> None:
    assert number not in mask_text(f"{around}{number}{around}")
    assert number not in mask_phone(number)
