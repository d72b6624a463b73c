"""Fields that read what people type: invisible characters gone, full-width digits folded."""

import re
import unicodedata
from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from people.models import Department, User

if TYPE_CHECKING:
    OneUser, SeveralUsers = forms.ModelChoiceField[User], forms.ModelMultipleChoiceField[User]
    OneDepartment = forms.ModelChoiceField[Department]
else:  # Django's form fields take no type argument at run time
    OneUser, SeveralUsers = forms.ModelChoiceField, forms.ModelMultipleChoiceField
    OneDepartment = forms.ModelChoiceField


def visible(text: str) -> str:
    """NFC, one line, without zero-width and bidirectional marks."""
    kept = "".join(ch for ch in unicodedata.normalize("NFC", text) if unicodedata.category(ch) != "Cf")
    return re.sub(r"\s+", " ", kept).strip()


class NameField(forms.CharField):
    """A name or short title."""

    def to_python(self, value: Any) -> str:
        return visible(super().to_python(value) or "")


class CodeWordField(forms.CharField):
    """User names, agent numbers, phones, codes: full-width letters and digits become ASCII."""

    def to_python(self, value: Any) -> str:
        return visible(unicodedata.normalize("NFKC", super().to_python(value) or ""))


class PhoneField(CodeWordField):
    """A Chinese mobile or landline number; spaces and dashes are dropped."""

    def clean(self, value: Any) -> str:
        digits: str = re.sub(r"[\s\-()]", "", super().clean(value))
        if digits and not re.fullmatch(r"1\d{10}|0\d{9,11}|\d{3,8}", digits):
            raise ValidationError(_("手机号为 11 位，固定电话请带区号"))
        return digits


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Somebody by name and user name; only enabled accounts unless a queryset is given."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("queryset", User.objects.filter(is_active=True))
        options.setdefault("empty_label", _("请选择"))
        super().__init__(**options)

    def label_from_instance(self, obj: User) -> str:
        return f"{obj.name}（{obj.agent_no or obj.username}）"


class PeopleField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Several people, as ticks."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: User) -> str:
        return f"{obj.name}（{obj.agent_no or obj.username}）"


class DepartmentField(OneDepartment):
    """A department in use, unless a queryset is given."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("queryset", Department.objects.filter(is_active=True))
        options.setdefault("empty_label", _("请选择"))
        super().__init__(**options)


# Nothing here happened before, and nothing is planned after; a day at the end of the calendar has no tomorrow.
FIRST_DAY, LAST_DAY = date(1949, 1, 1), date(2199, 12, 31)
FAR_AWAY = _("日期超出范围，请核对年份")


class DayField(forms.DateField):
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    default_error_messages = {"invalid": _("请填日期，例如 2026-09-23")}

    def __init__(self, **options: Any) -> None:
        bounds = [MinValueValidator(FIRST_DAY, FAR_AWAY), MaxValueValidator(LAST_DAY, FAR_AWAY)]
        super().__init__(input_formats=["%Y-%m-%d"], validators=bounds, **options)
