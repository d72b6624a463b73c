"""What people may type about customers. Personal fields start empty: an empty field means "unchanged", so that an
edit form shows nobody a full name or address (S2-R13)."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from customers import permissions, phones
from customers.errors import CustomerError
from customers.marks import EVERYTHING, LONGEST_REASON, SHORTEST_REASON
from customers.models import Customer, ImportantUser, SensitiveUser, TransformerArea
from customers.queries import LONGEST_QUERY
from customers.texts import clean
from customers.vocabulary import Segment, Supply, VulnerableKind
from people import masking
from people.models import Department, DepartmentKind, User

NAME_LIMIT = 100
ADDRESS_LIMIT = 200
LABEL_LIMIT = 20
NOTE_LIMIT = 200


class CleanField(forms.CharField):
    """A line of text in one form: NFC, nothing invisible, no formula start (``texts.clean``)."""

    def clean(self, value: Any) -> str:
        text = str(super().clean(value))
        try:
            return clean(text, label=str(self.label), limit=self.max_length or NOTE_LIMIT)
        except CustomerError as error:
            raise ValidationError(error.message) from error


class BrowseForm(forms.Form):
    """The address of a page of the list: station and the account number to go on after."""

    station = forms.ModelChoiceField(
        Department.objects.none(), required=False, label=_("供电所"), empty_label=_("全部供电所")
    )
    after = forms.RegexField(r"^[0-9A-Z]{6,20}$", required=False, error_messages={"invalid": _("翻页位置有误")})

    def __init__(self, *args: Any, user: User, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["station"].queryset = stations(permissions.viewing(user, now=now))  # type: ignore[attr-defined]


class SearchForm(forms.Form):
    """Sent by POST: a telephone number never stands in an address (invariant 27)."""

    q = forms.CharField(
        label=_("电话、户号、户名或地址"),
        min_length=2,
        max_length=LONGEST_QUERY,
        error_messages={"min_length": _("请至少输入 2 个字；电话和户号至少 4 位")},
    )


class RevealForm(forms.Form):
    what = forms.ChoiceField(
        label=_("查看内容"),
        choices=[
            (EVERYTHING, _("全部")),
            ("phones", _("电话")),
            ("name", _("户名")),
            ("address", _("地址")),
            ("account_no", _("户号")),
        ],
    )
    reason = forms.CharField(
        label=_("原因"), min_length=SHORTEST_REASON, max_length=LONGEST_REASON, help_text=_("查看会记入审计")
    )


class CustomerForm(forms.Form):
    """Changes of one customer. ``changes()`` gives what was really asked for."""

    name = CleanField(label=_("户名"), max_length=NAME_LIMIT, required=False)
    address = CleanField(label=_("用电地址"), max_length=ADDRESS_LIMIT, required=False)
    station = forms.ModelChoiceField(Department.objects.none(), label=_("供电所"), empty_label=None)
    area = forms.ModelChoiceField(
        TransformerArea.objects.none(), label=_("台区"), required=False, empty_label=_("未定")
    )
    segment = forms.ChoiceField(label=_("客户类别"), choices=Segment.choices)
    supply = forms.ChoiceField(label=_("供电方式"), choices=Supply.choices)
    opened_on = forms.DateField(
        label=_("立户日期"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)

    def __init__(self, data: Any = None, *, customer: Customer, user: User, now: datetime) -> None:
        initial = {field: getattr(customer, field) for field in ("segment", "supply", "opened_on", "version")}
        initial |= {"station": customer.station_id, "area": customer.area_id}
        super().__init__(data, initial=initial)
        self.today = permissions.local_day(now)
        open_stations = stations(permissions.editing(user, now=now))
        areas = TransformerArea.objects.filter(station__in=open_stations).order_by("station", "name")
        self.fields["station"].queryset = open_stations  # type: ignore[attr-defined]
        self.fields["area"].queryset = areas  # type: ignore[attr-defined]
        for field, shown in (("name", masking.mask_name), ("address", masking.mask_address)):
            self.fields[field].widget.attrs["placeholder"] = _("%(now)s（留空则不变）") % {
                "now": shown(getattr(customer, field))
            }

    def clean_opened_on(self) -> date | None:
        day: date | None = self.cleaned_data["opened_on"]
        if day is not None and day > self.today:
            raise ValidationError(_("不能晚于今天，请核对"))
        return day

    def changes(self) -> dict[str, Any]:
        wanted = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        return {name: value for name, value in wanted.items() if name not in ("name", "address") or value}


class PhoneForm(forms.Form):
    number = forms.CharField(
        label=_("电话"), max_length=30, widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"})
    )
    label = CleanField(label=_("说明"), max_length=LABEL_LIMIT, required=False)

    def clean_number(self) -> str:
        typed: str = self.cleaned_data["number"]
        if advice := phones.advice(typed):
            raise ValidationError(advice)
        return phones.normalise(typed)


class VulnerableForm(forms.Form):
    kinds = forms.MultipleChoiceField(
        label=_("特殊人群"), choices=VulnerableKind.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    note = CleanField(label=_("备注"), max_length=NOTE_LIMIT, required=False)

    def clean_kinds(self) -> frozenset[VulnerableKind]:
        return frozenset(VulnerableKind(kind) for kind in self.cleaned_data["kinds"])


class ImportantForm(forms.ModelForm):  # type: ignore[type-arg]  # Django's own class takes no parameter
    own_backup = CleanField(
        label=_("自备电源"), max_length=100, required=False, help_text=_("应急电源的种类与容量，没有则留空")
    )
    advice = CleanField(label=_("已作提示"), max_length=300, required=False, help_text=_("如：建议配置自备应急电源"))

    class Meta:
        model = ImportantUser
        fields = ["load_class", "supplies", "own_backup", "advice", "advised_on"]
        widgets = {"advised_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("advice") and not values.get("advised_on"):
            self.add_error("advised_on", _("请填写作出提示的日期"))
        return values


class SensitiveForm(forms.ModelForm):  # type: ignore[type-arg]  # Django's own class takes no parameter
    reason = CleanField(label=_("原因"), max_length=200, help_text=_("如：家中有呼吸机"))
    care = CleanField(label=_("安抚要点"), max_length=300, required=False)

    class Meta:
        model = SensitiveUser
        fields = ["reason", "care"]


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("客户资料文件"), allow_empty_file=True, widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx"})
    )


class ConfirmForm(forms.Form):
    skip_broken = forms.BooleanField(label=_("跳过有误的行，只导入其余的行"), required=False)


def stations(reach: permissions.Reach) -> QuerySet[Department]:
    """Active stations inside a reach, in their usual order."""
    rows = Department.objects.filter(kind=DepartmentKind.STATION, is_active=True)
    return rows if reach.everywhere else rows.filter(pk__in=reach.station_ids)
