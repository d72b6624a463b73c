"""Forms of the settings pages: they read and validate input; ``policy.services`` and ``policy.calendars`` write."""

import datetime as dt
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from people.models import RESPONSIBLE_KINDS, Department, DepartmentKind
from policy import notices
from policy.models import Policy, RoutingRule, StationDuty, Subcategory
from policy.notices import LARGEST_FILE, Notice
from policy.numbers import FIELDS
from policy.vocabulary import CalendarStatus, Category, Kind, Variant

if TYPE_CHECKING:  # Django's form classes are generic in their stubs only
    SubcategoryField = forms.ModelChoiceField[Subcategory]
    FormOfPolicy = forms.ModelForm[Policy]
    FormOfRoute = forms.ModelForm[RoutingRule]
    FormOfDuty = forms.ModelForm[StationDuty]
    FormOfSubcategory = forms.ModelForm[Subcategory]
else:
    SubcategoryField = forms.ModelChoiceField
    FormOfPolicy = FormOfRoute = FormOfDuty = FormOfSubcategory = forms.ModelForm

PROMPTS_LIMIT = 12
PROMPT_LENGTH = 80


def date_input() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def responsible() -> Any:
    return Department.objects.filter(is_active=True, kind__in=RESPONSIBLE_KINDS)


def stations() -> Any:
    return Department.objects.filter(is_active=True, kind=DepartmentKind.STATION)


class SubcategoryChoice(SubcategoryField):
    """Active subcategories, each named with its category: names repeat across categories."""

    def __init__(self) -> None:
        super().__init__(
            Subcategory.objects.filter(is_active=True), label=_("细类"), required=False, empty_label=_("不限")
        )

    def label_from_instance(self, obj: Subcategory) -> str:
        return f"{obj.get_category_display()} · {obj.name}"


class PolicyForm(FormOfPolicy):
    """A complete row of numbers; the page fills it with those in force."""

    class Meta:
        model = Policy
        fields = ("effective_from", "note", *FIELDS)
        widgets = {
            "effective_from": date_input(),
            "sla_due_time": forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
            "sla_after_hours_shift": forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        }


class RouteForm(FormOfRoute):
    subcategory = SubcategoryChoice()

    class Meta:
        model = RoutingRule
        fields = (
            "category",
            "kind",
            "subcategory",
            "variant",
            "lead",
            "by_station",
            "cc",
            "cooperating",
            "rule_id",
            "basis",
            "effective_from",
        )
        widgets = {
            "effective_from": date_input(),
            "cc": forms.CheckboxSelectMultiple,
            "cooperating": forms.CheckboxSelectMultiple,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, words in (
            ("kind", [("", _("所有类型")), *Kind.choices]),
            ("variant", [("", _("不限")), *Variant.choices]),
        ):
            choice = self.fields[name]
            assert isinstance(choice, forms.ChoiceField)
            choice.choices = words
        self.fields["variant"].label = _("细类组")
        _ask_to_choose(self, "category", "lead")
        self.fields["lead"].required = True  # only a closing row, which no form writes, has none
        for name in ("lead", "cc", "cooperating"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = responsible()


class CloseRouteForm(forms.Form):
    effective_from = forms.DateField(label=_("停用日期"), widget=date_input(), help_text=_("从这一天零时起不再适用"))


class DutyForm(FormOfDuty):
    class Meta:
        model = StationDuty
        fields = ("station", "category", "carries", "effective_from")
        widgets = {"effective_from": date_input()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        station = self.fields["station"]
        assert isinstance(station, forms.ModelChoiceField)
        station.queryset = stations()
        _ask_to_choose(self, "station", "category")


def _ask_to_choose(form: forms.BaseForm, *names: str) -> None:
    """Words instead of a row of dashes before anything is chosen."""
    for name in names:
        field = form.fields[name]
        if isinstance(field, forms.ModelChoiceField):
            field.empty_label = _("请选择")
        elif isinstance(field, forms.ChoiceField):
            field.choices = [("", _("请选择")), *Category.choices]


class SubcategoryForm(FormOfSubcategory):
    """``prompts`` are edited as lines of text. Category and code stay once orders may point at the row."""

    prompts = forms.CharField(
        label=_("提问要点"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("每行一条，受理时逐条提示坐席（S4-R13）"),
    )

    class Meta:
        model = Subcategory
        fields = ("category", "code", "name", "initials", "variant", "position", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["initials"].validators.append(_lower_letters)
        _ask_to_choose(self, "category")
        self.fields["variant"].choices = [("", _("不分")), *Variant.choices]  # type: ignore[attr-defined]
        if self.instance.pk:
            self.fields["category"].disabled = self.fields["code"].disabled = True
            self.initial["prompts"] = "\n".join(self.instance.prompts)

    def clean_prompts(self) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data["prompts"].splitlines() if line.strip()]
        if len(lines) > PROMPTS_LIMIT or any(len(line) > PROMPT_LENGTH for line in lines):
            raise ValidationError(
                _("最多 %(lines)d 条，每条不超过 %(length)d 字"),
                params={"lines": PROMPTS_LIMIT, "length": PROMPT_LENGTH},
            )
        return lines

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if "prompts" in self.cleaned_data:
            self.instance.prompts = self.cleaned_data["prompts"]


def _lower_letters(value: str) -> None:
    if not (value.isascii() and value.isalpha() and value.islower()):
        raise ValidationError(_("拼音首字母只用小写英文字母，例如 fwtd"))


class CalendarFileForm(forms.Form):
    """Step one of the import: a file, read into a ``Notice``."""

    file = forms.FileField(
        label=_("放假安排文件"), help_text=_("holiday-cn 年度 JSON，或三列 CSV：日期、名称、放假（休、班）")
    )
    status = forms.ChoiceField(
        label=_("性质"),
        choices=CalendarStatus,
        initial=CalendarStatus.PROVISIONAL,
        widget=forms.RadioSelect,
        help_text=_("国务院通知公布后选“正式”；据往年推算的选“暂定”，到期日仍标为暂定"),
    )

    def clean_file(self) -> Notice:
        upload = self.cleaned_data["file"]
        if upload.size > LARGEST_FILE:
            raise ValidationError(_("文件超过 512 KB，请确认选择的是放假通知文件"))
        return notices.read(upload.read())


class CalendarConfirmForm(forms.Form):
    """Step two: the notice as previewed, read again from the page."""

    payload = forms.CharField(max_length=LARGEST_FILE, widget=forms.HiddenInput)
    status = forms.ChoiceField(choices=CalendarStatus, widget=forms.HiddenInput)

    def clean_payload(self) -> Notice:
        return notices.read(self.cleaned_data["payload"])


class PreviewForm(forms.Form):
    """Where would this order go, when is it due? Read from the address, so that an answer can be passed on."""

    kind = forms.ChoiceField(label=_("类型"), choices=Kind, widget=forms.RadioSelect)
    category = forms.ChoiceField(label=_("分类"), choices=Category)
    subcategory = SubcategoryChoice()
    station = forms.ModelChoiceField(
        Department.objects.none(), label=_("供电所"), required=False, empty_label=_("不指定")
    )
    registered_at = forms.DateTimeField(
        label=_("登记时间"),
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        station = self.fields["station"]
        assert isinstance(station, forms.ModelChoiceField)
        station.queryset = stations()

    def clean_registered_at(self) -> dt.datetime:
        moment: dt.datetime = self.cleaned_data["registered_at"]
        if moment.year not in notices.YEARS:
            raise ValidationError(
                _("年份应在 %(first)d 至 %(last)d 之间"), params={"first": notices.YEARS[0], "last": notices.YEARS[-1]}
            )
        return moment

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        subcategory = values.get("subcategory")
        if subcategory and values.get("category") and subcategory.category != values["category"]:
            self.add_error("subcategory", _("细类不属于所选分类，请重新选择"))
        return values
