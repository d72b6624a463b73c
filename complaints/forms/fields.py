"""Fields the order's forms share: one validation for page and API."""

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from customers import phones
from people.models import Department, DepartmentKind, User

SHORT, LONG = 200, 4000
# Invisible characters that reorder or hide text: never part of a name, an address or a remark.
_INVISIBLE = {"Cf", "Cc", "Cs"}
_KEEP = {"\n", "\t", "\r", "‍"}  # zero-width joiner: emoji


def tidy(text: str) -> str:
    """NFC, Unix line ends, no control, bidirectional or zero-width characters."""
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in text if c in _KEEP or unicodedata.category(c) not in _INVISIBLE).strip()


class TidyField(forms.CharField):
    """One line of text, tidied; line breaks become blanks."""

    def to_python(self, value: Any) -> str:
        if value in self.empty_values:
            return ""
        if not isinstance(value, (str, int)) or isinstance(value, bool):
            raise forms.ValidationError(_("这里应填文字。"), code="invalid")
        return " ".join(tidy(str(value)).split())


class TextField(forms.CharField):
    """Several lines of text, tidied."""

    widget = forms.Textarea

    def __init__(self, *, max_length: int = LONG, rows: int = 4, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, **kwargs)
        self.widget.attrs["rows"] = rows

    def to_python(self, value: Any) -> str:
        if value in self.empty_values:
            return ""
        if not isinstance(value, str):
            raise forms.ValidationError(_("这里应填文字。"), code="invalid")
        return tidy(value)


class PhoneField(TidyField):
    """Digits of a telephone number; the error says how many are missing."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=40, **kwargs)
        self.widget.attrs |= {"inputmode": "tel", "autocomplete": "off"}

    def clean(self, value: Any) -> str:
        text = str(super().clean(value))
        if not text:
            return ""
        if advice := phones.advice(text):
            raise forms.ValidationError(advice, code="phone")
        return phones.normalise(text)


DASHES, CHOOSE, NOT_SAID = "---------", _("请选择"), _("不指定")


def name_what_is_missing(fields: Mapping[str, forms.Field]) -> None:
    """An empty required field says what to do, by its label: "请填写调查事实", "请选择责任方"; a list to choose from
    begins with words instead of dashes."""
    for field in fields.values():
        if isinstance(field, forms.ModelChoiceField) and field.empty_label == DASHES:
            field.empty_label = CHOOSE if field.required else NOT_SAID
        verb = _("请选择“%(label)s”。") if isinstance(field, forms.ChoiceField) else _("请填写“%(label)s”。")
        field.error_messages["required"] = _filled_in(verb, field.label)


# Most forms are filled in: the words are put together only where one is not.
def _fill_in(verb: Any, label: Any) -> str:
    return str(verb % {"label": label})


_filled_in = lazy(_fill_in, str)


class InitialsSelect(forms.Select):
    """A select found by typing, whose options carry ``data-initials`` (pinyin)."""

    def __init__(self, *, initials: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(attrs={"data-combo": True, "data-placeholder": _("打字或拼音首字母")}, **kwargs)
        self.initials = initials

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if initials := self.initials.get(str(value)):
            option["attrs"]["data-initials"] = initials
        return option


class LinesWidget(forms.Textarea):
    """One text box or several inputs of the same name; a list in JSON."""

    def format_value(self, value: Any) -> str | None:
        return "\n".join(value) if isinstance(value, list) else super().format_value(value)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        values = data.getlist(name) if hasattr(data, "getlist") else data.get(name)
        return values[0] if isinstance(values, list) and len(values) == 1 else values


class LinesField(forms.Field):
    """Several short texts: one a line on the page, a list in JSON. Empty lines are dropped."""

    widget = LinesWidget

    def __init__(self, *, most: int = 20, longest: int = SHORT, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.most, self.longest = most, longest
        self.widget.attrs["rows"] = 2

    def to_python(self, value: Any) -> list[str]:
        if value in self.empty_values:
            return []
        lines: Iterable[Any] = value if isinstance(value, list) else str(value).replace("；", "\n").split("\n")
        found = []
        for line in lines:
            if not isinstance(line, str):
                raise forms.ValidationError(_("每一项应是文字。"), code="invalid")
            text = " ".join(tidy(line).split())
            if len(text) > self.longest:
                raise forms.ValidationError(_("每一项最多 %(n)d 字。"), code="long", params={"n": self.longest})
            if text:
                found.append(text)
        if len(found) > self.most:
            raise forms.ValidationError(_("最多 %(n)d 项。"), code="many", params={"n": self.most})
        return found


YES, NO = _("是"), _("否")


class YesNoField(forms.TypedChoiceField):
    """A question without preset: 是 or 否; true and false in JSON."""

    widget = forms.RadioSelect

    def __init__(self, *, yes: Any = YES, no: Any = NO, **kwargs: Any) -> None:
        kwargs.setdefault("empty_value", None)
        super().__init__(choices=[("yes", yes), ("no", no)], coerce=lambda value: value == "yes", **kwargs)

    def to_python(self, value: Any) -> str:
        if isinstance(value, bool):
            return "yes" if value else "no"
        text = str(super().to_python(value)).lower()
        return {"true": "yes", "false": "no"}.get(text, text)


class MomentField(forms.DateTimeField):
    """When something happened: date and time of Shanghai on the page, ISO 8601 in JSON; never in the future."""

    def __init__(self, *, now: datetime | None = None, **kwargs: Any) -> None:
        super().__init__(
            widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
            input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
            error_messages={"invalid": _("时间写作 2026-09-18 20:16。")},
            **kwargs,
        )
        self.now = now

    def clean(self, value: Any) -> datetime | None:
        found: datetime | None = super().clean(value)
        if found is None:
            return None
        if not EARLIEST_YEAR <= found.year <= LATEST_YEAR:
            raise forms.ValidationError(_("年份超出范围。"), code="range")
        if self.now is not None and found > self.now + timedelta(minutes=1):
            raise forms.ValidationError(_("不能晚于现在。"), code="future")
        return found


EARLIEST_YEAR, LATEST_YEAR = 1990, 2100


def day_field(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("日期写作 2026-09-18。")},
    )


class PersonChoiceField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A colleague, by user name in JSON."""

    def label_from_instance(self, obj: User) -> str:
        return obj.name


CHOOSE = _("请选择")


def department_field(
    label: Any, *, required: bool = True, kinds: Iterable[str] = (), help_text: Any = "", empty: Any = CHOOSE
) -> Any:
    """A department in use, by code; ``kinds`` narrows it. The long list of all is found by typing."""
    rows = Department.objects.filter(is_active=True)
    typed = {} if kinds else {"data-combo": True, "data-placeholder": _("打字查找，或点开选择")}
    return forms.ModelChoiceField(
        rows.filter(kind__in=list(kinds)) if kinds else rows,
        label=label,
        required=required,
        help_text=help_text,
        to_field_name="code",
        empty_label=empty,
        widget=forms.Select(attrs=typed),
        error_messages={"invalid_choice": _("没有这个部门，请从列表中选择。")},
    )


def station_field(label: Any, *, required: bool = False) -> Any:
    return department_field(label, required=required, kinds=[DepartmentKind.STATION], empty=_("选择供电所"))
