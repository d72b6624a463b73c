"""Forms of the report's pages: they read and validate; ``reports.publishing`` writes."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from people.models import Department
from reports.appraisal import INDICATORS
from reports.record_kinds import CHOICE, DATE, NUMBER, PERCENT, TEXT, Blank, RecordKind

LONGEST = 500


def lines(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "maxlength": LONGEST})


class CheckForm(forms.Form):
    """A department's word: confirmed, or what is wrong."""

    department = forms.ModelChoiceField(Department.objects.none(), label=_("部门"), empty_label=None)
    result = forms.ChoiceField(
        label=_("核对结果"),
        choices=[("confirmed", _("无误")), ("objected", _("有异议"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择“无误”或“有异议”")},
    )
    objection = forms.CharField(
        label=_("异议"),
        required=False,
        max_length=LONGEST,
        widget=lines(),
        help_text=_("有异议时写明工单号、哪个数字、应为多少"),
    )

    def __init__(self, *args: Any, departments: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["department"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = departments

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("result") == "objected" and not values.get("objection", "").strip():
            self.add_error("objection", _("请写明异议：哪个数字、应为多少"))
        if values.get("result") == "confirmed":
            values["objection"] = ""
        return values


class AnswerForm(forms.Form):
    text = forms.CharField(
        label=_("答复"), max_length=LONGEST, widget=lines(), error_messages={"required": _("请写明答复部门的内容")}
    )


class StepForm(forms.Form):
    """Signing and publishing say only yes; ``version`` notices that somebody was quicker."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=10**9)


class SupplementForm(StepForm):
    reason = forms.CharField(
        label=_("补充原因"),
        max_length=LONGEST,
        widget=lines(),
        help_text=_("写明改了什么、依据是什么；补充随月报一并公布"),
        error_messages={"required": _("请写明补充的原因和依据")},
    )

    def clean_reason(self) -> str:
        reason: str = self.cleaned_data["reason"].strip()
        if len(reason) < 4:
            raise ValidationError(_("原因太短，请写明改了什么"))
        return reason


FORMS: dict[str, type[StepForm]] = {"sign": StepForm, "publish": StepForm, "supplement": SupplementForm}


class WallLinkForm(forms.Form):
    label = forms.CharField(
        label=_("用途"),
        max_length=40,
        help_text=_("写明屏幕挂在哪里，例如“一楼值班室”"),
        error_messages={"required": _("请写明屏幕挂在哪里")},
    )


# --- records and targets ----------------------------------------------------------------------------------------------

LONGEST_TEXT = 4000
MOST = 10**9


def _field(blank: Blank) -> forms.Field:
    """The form field of a declared blank."""
    common: dict[str, Any] = {"label": blank.label, "required": blank.required, "help_text": blank.help_text}
    common["error_messages"] = {"required": _("请填写%(label)s") % {"label": blank.label}}
    if blank.kind == DATE:
        return forms.DateField(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **common)
    if blank.kind == NUMBER:
        return forms.IntegerField(min_value=0, max_value=MOST, **common)
    if blank.kind == PERCENT:
        return forms.DecimalField(min_value=0, max_value=100, max_digits=7, decimal_places=4, **common)
    if blank.kind == CHOICE:
        return forms.ChoiceField(choices=[("", _("请选择")), *blank.choices], **common)
    if blank.kind == TEXT:
        return forms.CharField(max_length=120, **common)
    return forms.CharField(
        max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 3, "maxlength": LONGEST_TEXT}), **common
    )


class RecordForm(forms.Form):
    """填报单位 and 填报日期 above, then the blanks of the kind (S0-R26)."""

    department = forms.ModelChoiceField(Department.objects.none(), label=_("填报单位"), empty_label=None)
    filed_on = forms.DateField(label=_("填报日期"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))

    def __init__(self, *args: Any, kind: RecordKind, departments: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.today = kind, today
        field = self.fields["department"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = departments
        for blank in kind.blanks:
            self.fields[blank.name] = _field(blank)

    def clean_filed_on(self) -> date:
        day: date = self.cleaned_data["filed_on"]
        if day > self.today:
            raise ValidationError(_("填报日期不能晚于今天"))
        if day.year < EARLIEST:
            raise ValidationError(_("填报日期早于 %(year)d 年，请检查年份") % {"year": EARLIEST})
        return day

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        for part, whole in PARTS.get(self.kind.key, ()):
            if (values.get(part) or 0) > (values.get(whole) or 0):
                label = self.fields[whole].label
                self.add_error(part, _("不能多于%(whole)s") % {"whole": label})
        return values

    def data_of(self) -> dict[str, Any]:
        """The blanks as JSON values: days in ISO, decimals as text."""
        found = {}
        for blank in self.kind.blanks:
            value = self.cleaned_data.get(blank.name)
            found[blank.name] = value.isoformat() if isinstance(value, date) else value
            if isinstance(value, Decimal):
                found[blank.name] = str(value)
        return found


EARLIEST = 2000
PARTS = {"survey": (("returned", "sent"), ("satisfied", "returned"), ("dissatisfied", "returned"))}


class RecordAnswerForm(forms.Form):
    text = forms.CharField(
        label=_("答复"), max_length=LONGEST, widget=lines(), error_messages={"required": _("请写明怎样答复监督员")}
    )


class FollowUpForm(forms.Form):
    done = forms.CharField(
        label=_("办理情况"),
        max_length=LONGEST,
        widget=lines(),
        help_text=_("写明回访了谁（单位或小区）、怎样处理、对方是否满意；不写姓名和电话"),
        error_messages={"required": _("请写明怎样办理的")},
    )


class TargetForm(forms.Form):
    indicator = forms.ChoiceField(label=_("指标"))
    target = forms.DecimalField(label=_("目标值"), min_value=0, max_value=1000, max_digits=8, decimal_places=2)
    weight = forms.DecimalField(label=_("权重"), min_value=0, max_value=100, max_digits=5, decimal_places=1)
    effective_from = forms.DateField(
        label=_("生效日期"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["indicator"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [("", _("请选择")), *((one.key, one.label) for one in INDICATORS.values())]
