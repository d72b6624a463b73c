"""What the API asks beside the forms of the pages: the query string of the list, the body of an intake; and how this
app's own field classes look in the schema."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils import timezone
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from complaints.forms.fields import (
    LinesField,
    TextField,
    TidyField,
    YesNoField,
    day_field,
    department_field,
    station_field,
)
from complaints.forms.findings import field_of
from complaints.forms.intake import IntakeForm
from complaints.lists import PAGE, QUEUES
from complaints.sections import SECTIONS
from complaints.vocabulary import State
from people.jsonforms import FlagField, plain, schema_field
from policy.vocabulary import Category, Kind

MOST_ROWS = 200
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2100, 12, 31)
# Keys of ``complaints.lists``: a row number, or priority, due second and row number.
_KEY = RegexValidator(r"\A(\d{1,2}_\d{1,12}_)?\d{1,18}\Z", _("请用上一页给出的值"))


@schema_field.register
def _lines(field: LinesField) -> serializers.Field[Any, Any, Any, Any]:
    text = serializers.CharField(allow_blank=True, max_length=field.longest)
    return serializers.ListField(child=text, max_length=field.most, **plain(field))


@schema_field.register
def _yes_no(field: YesNoField) -> serializers.Field[Any, Any, Any, Any]:
    return serializers.BooleanField(**plain(field))


class PageForm(forms.Form):
    page_size = forms.IntegerField(
        label=_("每页条数"), help_text=_("缺省 50"), required=False, min_value=1, max_value=MOST_ROWS
    )

    def clean_page_size(self) -> int:
        return self.cleaned_data["page_size"] or PAGE


class ListForm(PageForm):
    """The query string of ``GET orders/``: filters, queue, and one of the keys of the page before."""

    queue = forms.ChoiceField(
        label=_("队列"),
        choices=[(queue.name, queue.label) for queue in QUEUES],
        required=False,
        help_text=_("按紧急程度和到期先后；不指定时为全部可见工单，新的在前"),
    )
    state = forms.ChoiceField(label=_("状态"), choices=State.choices, required=False)
    kind = forms.ChoiceField(label=_("类型"), choices=Kind.choices, required=False)
    category = forms.ChoiceField(label=_("分类"), choices=Category.choices, required=False)
    lead_department = department_field(_("责任部门"), required=False)
    station = station_field(_("供电所"))
    overdue = FlagField(label=_("已逾期"))
    q = TidyField(label=_("搜索"), max_length=60, required=False, help_text=_("编号、来文编号、户号、电话或词语"))
    registered_from = day_field(_("登记日起"), required=False)
    registered_to = day_field(_("登记日止"), required=False)
    after = forms.CharField(label=_("上一页答复中的 next"), required=False, validators=[_KEY])
    before = forms.CharField(label=_("下一页答复中的 previous"), required=False, validators=[_KEY])

    def clean_registered_from(self) -> datetime | None:
        return _start(self.cleaned_data["registered_from"])

    def clean_registered_to(self) -> datetime | None:
        """The first moment after the last day."""
        day: date | None = self.cleaned_data["registered_to"]
        return _start(day + timedelta(days=1)) if day and day < date.max else _start(day)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        since, until = data.get("registered_from"), data.get("registered_to")
        if since and until and since >= until:
            self.add_error("registered_to", _g("不能早于登记日起。"))
        if data.get("after") and data.get("before"):
            self.add_error("before", _g("after 与 before 只能给一个。"))
        return data


def _start(day: date | None) -> datetime | None:
    if day is None:
        return None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise forms.ValidationError(_g("年份超出范围。"))
    return timezone.make_aware(datetime.combine(day, time.min))


class EventsForm(PageForm):
    after = forms.IntegerField(
        label=_("从这个序号之后"), required=False, min_value=0, max_value=2**31 - 1, help_text=_("上一页答复中的 next")
    )


class IntakeBody(IntakeForm):
    """The intake form as JSON: the page's buttons become fields."""

    live = forms.BooleanField(  # type: ignore[assignment]
        label=_("正在通话"),
        required=False,
        help_text=_("须勾选复述确认等通话要求；接口账号缺省 false，其他账号缺省 true"),
    )
    link_to = TidyField(
        label=_("并入的在办工单编号"), max_length=20, required=False, help_text=_("不生成工单，并入并催办")
    )


def answer_fields() -> dict[str, forms.Field]:
    """``answer_1`` and on, as far as an order may have demands; an order asks for those it has."""
    most = IntakeForm.base_fields["demands"]
    assert isinstance(most, LinesField)
    return {f"answer_{n}": TextField(label=_("答复"), max_length=2000, required=False) for n in range(1, most.most + 1)}


def all_section_fields() -> dict[str, forms.Field]:
    """Fields of every section; which of them an order takes depends on its category."""
    return {f"{section.code}__{item.code}": field_of(item) for section in SECTIONS for item in section.items}
