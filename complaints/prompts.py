"""What to ask where no subcategory is chosen yet (S4-R13); a subcategory brings its own questions."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from policy.vocabulary import Category

PROMPTS: dict[str, tuple[str | Promise, ...]] = {
    Category.SERVICE_CONDUCT: (_("在哪里、什么时间"), _("工作人员姓名、工号或特征"), _("当时说了什么、做了什么")),
    Category.THEFT_TARIFF: (_("详细地址或户号"), _("什么做法、从何时起"), _("是否愿意留联系方式、是否要求保密")),
    Category.POWER_QUALITY: (_("什么时段、多久了"), _("只有自家还是邻居也有"), _("哪些电器受影响")),
    Category.FACILITY_SAFETY: (_("什么设施、在什么位置"), _("有没有人可能碰到"), _("现场能否有人看守")),
    Category.FAULT_REPAIR: (
        _("地址、户号或表号"),
        _("什么现象、几点开始"),
        _("只有自家还是邻居也停"),
        _("有无人身危险"),
    ),
    Category.CONNECTION_COMMITMENT: (_("申请编号、哪天申请"), _("当时承诺了什么"), _("办到哪一步")),
    Category.OUTAGE_LIMIT: (_("停电范围、几点开始"), _("有没有事先通知"), _("家里有无靠电的医疗设备")),
    Category.OTHER: (_("什么事、什么时间"), _("希望怎么解决")),
}
