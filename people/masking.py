"""Masks for personal data: pure functions, text in, text out (S2-R13). They never raise and never reveal more
when the input is odd: what is not understood is hidden, not shown."""

import re
import unicodedata

STAR = "*"
BLANK = "×"
# Endings by which a name is a company's or body's and not a person's.
BODY_ENDINGS = (
    *("公司", "有限公司", "分公司", "集团", "合作社", "厂", "店", "超市", "酒店", "宾馆", "经营部", "工作室", "银行"),
    *("医院", "院", "校", "学校", "中学", "小学", "幼儿园", "局", "所", "社区", "村委会", "居委会", "委员会", "中心"),
    *("政府", "协会", "基金会", "报社", "电台", "管理处", "办公室"),
)
COMPOUND_SURNAMES = frozenset(
    (
        *("欧阳", "上官", "司马", "诸葛", "司徒", "东方", "皇甫", "尉迟"),
        *("公孙", "令狐", "长孙", "慕容", "夏侯", "轩辕", "端木", "百里"),
    )
)
_ID_NUMBER = re.compile(r"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])")
_MOBILE = re.compile(r"(?<!\d)(?:(?:\+|00)?86[-\s]?)?(1[3-9]\d)[-\s]?(\d{4})[-\s]?(\d{4})(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)(0\d{2,3})[-\s]?(\d{7,8})(?!\d)")
_LONG_NUMBER = re.compile(r"(?<![0-9A-Za-z])\d{8,}(?![0-9A-Za-z])")
# The house, building, unit or room number: digits (any script), letters, simple Chinese numerals before 号 幢 室 …
_DOOR = re.compile(r"[0-9A-Za-z一二三四五六七八九十百零〇甲乙丙丁\-－—]+\s*(?:号楼|号院|单元|弄|幢|栋|座|楼|层|号|室)")
_TAIL_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z\-－—#]*\s*$")


def _fold(text: str) -> str:
    """Full-width digits and letters as ASCII; invisible characters gone."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(ch for ch in folded if unicodedata.category(ch) not in {"Cf", "Cc"} or ch in "\n\t").strip()


def _middle(text: str, head: int, tail: int) -> str:
    """Keeps ``head`` and ``tail`` characters around four stars; hides all when too little would be hidden."""
    if len(text) < head + tail + 1:
        return STAR * 4 if text else ""
    return text[:head] + STAR * 4 + text[len(text) - tail :]


def mask_phone(number: str | None) -> str:
    """138****1234 for mobiles, 0577****112 for landlines; anything short or odd keeps at most its last two digits."""
    digits = re.sub(r"\D", "", _fold(number or ""))
    mobile = re.sub(r"\A(?:00)?86(?=1\d{10}\Z)", "", digits)
    if re.fullmatch(r"1\d{10}", mobile):
        return _middle(mobile, 3, 4)
    if re.fullmatch(r"0(?:10|2\d)\d{7,8}", digits):
        return _middle(digits, 3, 3)
    if re.fullmatch(r"0\d{9,11}", digits):
        return _middle(digits, 4, 3)
    return _middle(digits, 0, 2)


def mask_name(name: str | None) -> str:
    """王××; 欧阳××; a company keeps two characters and its ending (江湾××公司); "Elena Petrova" gives E××."""
    text = _fold(name or "")
    if not text:
        return ""
    ending = max((e for e in BODY_ENDINGS if text.endswith(e)), key=len, default="")
    if ending and len(text) >= len(ending) + 3:
        return text[:2] + BLANK * 2 + ending
    keep = 2 if text[:2] in COMPOUND_SURNAMES and len(text) > 2 else 1
    return text[:keep] + BLANK * 2


def mask_account(account_no: str | None) -> str:
    """3301****2706: the first and last four of an account number."""
    text = re.sub(r"\s", "", _fold(account_no or ""))
    return _middle(text, 4, 4)


def mask_address(address: str | None) -> str:
    """Keeps district, street and estate; building, unit and door number become ×."""
    text = _fold(address or "")
    masked = _TAIL_NUMBER.sub(BLANK * 2, _DOOR.sub(BLANK * 2, text))
    return re.sub(f"(?:{BLANK * 2}\\s*)+", BLANK * 2, masked)


def mask_text(text: str | None) -> str:
    """Free text with phone, identity and other long numbers hidden; the rest is left as written."""
    shown = "".join(_narrow(ch) for ch in text or "")
    shown = _ID_NUMBER.sub(lambda m: _middle(m[0], 3, 2), shown)
    shown = _MOBILE.sub(lambda m: f"{m[1]}{STAR * 4}{m[3]}", shown)
    shown = _LANDLINE.sub(lambda m: mask_phone(m[1] + m[2]), shown)
    return _LONG_NUMBER.sub(lambda m: _middle(m[0], 2, 2), shown)


def _narrow(ch: str) -> str:
    """ASCII form of a digit in any script, so that a number cannot hide from the patterns."""
    return str(unicodedata.decimal(ch)) if ch.isdecimal() else ch
