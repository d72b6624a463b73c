"""Which column is what: the headings people really use, in any order, with blanks and full width forgiven. Pure."""

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.bigrams import fold
from customers.errors import CustomerError

ALIASES: dict[str, tuple[str, ...]] = {
    "account_no": ("户号", "客户编号", "用户编号", "用电户号", "客户户号", "account_no"),
    "name": ("户名", "姓名", "客户名称", "用户名称", "客户姓名", "用电户名", "名称", "name"),
    "phones": ("电话", "联系电话", "手机", "手机号", "手机号码", "电话号码", "联系方式", "phone", "phones"),
    "second_phone": ("备用电话", "其他电话", "电话2", "第二电话", "固定电话", "座机"),
    "address": ("地址", "用电地址", "客户地址", "住址", "详细地址", "address"),
    "station": ("供电所", "所属供电所", "管理单位", "供电单位", "station"),
    "area": ("台区", "台区名称", "所属台区", "台区编号", "area"),
    "segment": ("客户类别", "用电类别", "用户类别", "客户分类", "行业", "segment"),
    "supply": ("供电方式", "变压器类型", "专变综合变", "supply"),
    "opened_on": ("立户日期", "开户日期", "装表日期", "opened_on"),
    "vulnerable": ("特殊人群", "弱势群体", "特殊标志", "特殊客户", "vulnerable"),
}
REQUIRED = ("account_no", "name", "address", "station")
LABELS: dict[str, str | Promise] = {
    "account_no": gettext_lazy("户号"),
    "name": gettext_lazy("户名"),
    "phones": gettext_lazy("电话"),
    "second_phone": gettext_lazy("备用电话"),
    "address": gettext_lazy("用电地址"),
    "station": gettext_lazy("供电所"),
    "area": gettext_lazy("台区"),
    "segment": gettext_lazy("客户类别"),
    "supply": gettext_lazy("供电方式"),
    "opened_on": gettext_lazy("立户日期"),
    "vulnerable": gettext_lazy("特殊人群"),
}
_KNOWN = {fold(alias): field for field, aliases in ALIASES.items() for alias in aliases}


def match(header: Sequence[str], *, required: Sequence[str] = REQUIRED) -> tuple[dict[str, int], list[str]]:
    """Field -> column index, and the headings that are not used. Raises CustomerError for a missing or double column,
    naming what the file has and what is wanted."""
    found: dict[str, int] = {}
    unused: list[str] = []
    for index, heading in enumerate(header):
        field = _KNOWN.get(fold(heading))
        if field is None:
            if heading.strip():
                unused.append(heading.strip()[:30])
        elif field in found:
            raise CustomerError(_("表头里有两列都是“%(name)s”，请只留一列") % {"name": LABELS[field]}, field="file")
        else:
            found[field] = index
    missing = [str(LABELS[field]) for field in required if field not in found]
    if missing:
        values = {"missing": "、".join(missing), "have": "、".join(h.strip()[:20] for h in header[:12] if h.strip())}
        raise CustomerError(_("表头缺少：%(missing)s。文件里的列是：%(have)s") % values, field="file")
    return found, unused
