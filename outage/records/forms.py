"""One form for each kind of record."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints.forms.fields import (
    MomentField,
    PersonChoiceField,
    PhoneField,
    TextField,
    TidyField,
    name_what_is_missing,
)
from outage.flow.forms import PastField
from outage.models import Outage
from outage.records.models import Kind, OutageRecord
from outage.records.permissions import units_of
from outage.vocabulary import ENDS, RUNNING
from people.models import Department, User
from people.roles import HEADS, LEADERS
from people.standing import holders, standing

NOTE_LENGTH = 2000


class OutageChoiceField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Outage) -> str:
        return f"{obj.number} {obj.title}"


def moment(label: Any, *, required: bool = False, help_text: Any = "") -> MomentField:
    return MomentField(label=label, required=required, help_text=help_text)


class RecordForm(forms.Form):
    """What every record has: unit, time, and the outage it belongs to."""

    running_only = False

    unit = forms.ModelChoiceField(
        Department.objects.none(), label=_("填报单位"), to_field_name="code", empty_label=_("请选择")
    )
    outage = OutageChoiceField(
        Outage.objects.none(), label=_("停电"), required=False, to_field_name="number", empty_label=_("不涉及")
    )
    happened_at = PastField(label=_("发生时间"))

    def __init__(self, *args: Any, by: User, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = standing(by, timezone.localdate(now))
        units = Department.objects.filter(pk__in=units_of(held))
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]
        if len(units) == 1:
            self.fields["unit"].initial = units[0].code
        seen = Outage.objects.all().visible_to(by, now=now).exclude(state__in=ENDS)
        seen = seen.filter(state__in=RUNNING) if self.running_only else seen
        self.fields["outage"].queryset = seen.order_by("-pk")  # type: ignore[attr-defined]
        for field in self.fields.values():
            if isinstance(field, PastField):
                field.now = now
                field.initial = field.initial or (now if field.required else None)
        if "reported_to" in self.fields:
            today = timezone.localdate(now)
            self.fields["reported_to"].queryset = holders(*LEADERS, *HEADS, on=today)  # type: ignore[attr-defined]
        name_what_is_missing(self.fields)


class AccidentForm(RecordForm):
    """事故、障碍记录 (S0-R26)."""

    grade = forms.ChoiceField(label=_("性质"), choices=OutageRecord.Grade.choices, widget=forms.RadioSelect)
    place = TidyField(label=_("地点"), max_length=120)
    equipment = TidyField(label=_("设备"), max_length=120)
    text = TextField(label=_("经过"), max_length=NOTE_LENGTH, rows=4)
    cause = TidyField(label=_("原因"), max_length=300)
    loss = TidyField(label=_("损失"), max_length=200, required=False)
    measures = TextField(label=_("防范措施"), max_length=NOTE_LENGTH, rows=3)


class CustomerLineForm(RecordForm):
    """客户产权线路 (S0-R33)."""

    place = TidyField(label=_("地点"), max_length=120)
    owner_name = TidyField(label=_("产权人"), max_length=60)
    owner_phone = PhoneField(label=_("产权人电话"), required=False)
    told_crew_at = PastField(label=_("告知抢修人员"), required=False)
    contacted_at = PastField(label=_("联系产权人"), required=False)
    measures = TextField(label=_("协助查找故障"), max_length=NOTE_LENGTH, rows=3)
    explained = forms.BooleanField(label=_("已向居民说明产权分界"), required=False)


class MaterialForm(RecordForm):
    """材料短缺与借用: repair first, the question of money after (S0-R39, A28)."""

    cause_kind = forms.ChoiceField(label=_("起因"), choices=OutageRecord.Cause.choices, widget=forms.RadioSelect)
    material = TidyField(label=_("材料"), max_length=120)
    quantity = forms.DecimalField(label=_("数量"), min_value=0, max_digits=10, decimal_places=2)
    measure_unit = TidyField(label=_("单位"), max_length=12, help_text=_("米、只、台"))
    lender = TidyField(label=_("借自"), max_length=80, required=False, help_text=_("其他供电所或厂家；没有借的留空"))
    text = TextField(label=_("情况"), max_length=NOTE_LENGTH, rows=3)
    charge_note = TidyField(
        label=_("费用处理"),
        max_length=200,
        required=False,
        help_text=_("先抢修，费用事后再说；动客户资产前须先告知有偿"),
    )


class NotSoonForm(RecordForm):
    """一时无法恢复 (S0-R32): leader told, dispatch and line unit contacted, a new expected time."""

    running_only = True
    reported_to = PersonChoiceField(
        User.objects.none(), label=_("汇报对象"), to_field_name="username", empty_label=_("请选择")
    )
    text = TextField(label=_("无法恢复的原因"), max_length=200, rows=3)
    dispatch_at = PastField(label=_("联系调度"), required=False)
    line_unit_at = PastField(label=_("联系线路单位"), required=False)
    expected_at = moment(_("预计送电"), help_text=_("填写后更新停电的预计送电时间"))


FORMS: dict[str, type[RecordForm]] = {
    Kind.ACCIDENT: AccidentForm,
    Kind.CUSTOMER_LINE: CustomerLineForm,
    Kind.MATERIAL: MaterialForm,
    Kind.NOT_SOON: NotSoonForm,
}


class ListForm(forms.Form):
    kind = forms.ChoiceField(choices=Kind.choices, required=False)
    before = forms.IntegerField(required=False, min_value=1, max_value=2**53)
