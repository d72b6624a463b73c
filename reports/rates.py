"""Figures that divide one counted figure by another; each has one definition, printed with it (S2-R11, B17).

A rate of several departments is the ratio of the sums, never a mean of rates: parts and whole cannot disagree.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ONE_PLACE = Decimal("0.1")
PERCENT = 100


@dataclass(frozen=True)
class Rate:
    """``above`` / ``below``, both keys of FIGURES; a percentage unless ``unit`` says otherwise."""

    key: str
    label: str | Promise
    definition: str | Promise
    above: str
    below: str
    unit: str | Promise = "%"

    def of(self, counts: Mapping[str, int]) -> Decimal | None:
        """To one decimal place; None where nothing is divided by."""
        below = counts.get(self.below, 0)
        if not below:
            return None
        factor = PERCENT if self.unit == "%" else 1
        return (Decimal(counts.get(self.above, 0) * factor) / below).quantize(ONE_PLACE, ROUND_HALF_UP)


RATES: dict[str, Rate] = {
    rate.key: rate
    for rate in (
        Rate(
            "on_time_rate",
            _("按期办结率"),
            _("按期办结 ÷ 有时限办结，按部门时钟；尚未办结的不进入分母。"),
            "on_time",
            "limited",
        ),
        Rate("customer_rate", _("按期答复率"), _("按期答复客户 ÷ 有时限办结。"), "on_time_customer", "limited"),
        Rate("handling_rate", _("处理率"), _("已着手 ÷ 受理。"), "handled", "received"),
        Rate("accept_rate", _("按时接单率"), _("按时接单 ÷ 派单。"), "accepted_in_time", "dispatched"),
        Rate("contact_rate", _("及时联系率"), _("及时联系 ÷ 派单。"), "contacted_in_time", "dispatched"),
        Rate("first_contact_rate", _("当场办结率"), _("当场办结 ÷ 办结。"), "first_contact", "closed"),
        Rate("reach_rate", _("回访接通率"), _("回访接通 ÷ 回访。"), "reached", "called_back"),
        Rate("satisfaction", _("满意率"), _("满意 ÷ 已评价；客户未评价的不进入分母。"), "satisfied", "rated"),
        Rate("repeat_rate", _("再次反映率"), _("再次反映 ÷ 受理。"), "repeat", "received"),
        Rate(
            "average_days",
            _("平均办结"),
            _("办结用时 ÷ 办结，工作日。"),
            "handling_days",
            "closed",
            unit=_("工作日"),
        ),
    )
}
