"""Forms of the complaint boxes' opening log (S0-R12)."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints.forms.fields import MomentField, PersonChoiceField, TidyField, name_what_is_missing
from complaints.models.boxes import MOST_LETTERS
from complaints.services.boxes import halls_of, witnesses
from people.models import Department, User
from people.standing import Standing


class OpeningForm(forms.Form):
    """Who opened which box when, with whom, and how many letters."""

    department = forms.ModelChoiceField(Department.objects.none(), label=_("意见箱所在单位"))
    place = TidyField(label=_("位置"), max_length=60, help_text=_("例如“营业厅门口”"))
    witness = PersonChoiceField(User.objects.none(), label=_("共同开箱人"), help_text=_("开箱须两人在场"))
    letters = forms.IntegerField(label=_("信件数"), min_value=0, max_value=MOST_LETTERS, help_text=_("没有信件填 0"))
    remark = TidyField(label=_("备注"), max_length=200, required=False)

    def __init__(self, *args: Any, who: Standing, user: User, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["opened_at"] = MomentField(label=_("开箱时间"), now=now)
        for name, rows in (("department", halls_of(who)), ("witness", witnesses(now).exclude(pk=user.pk))):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = rows
            field.widget.attrs |= {"data-combo": True, "data-placeholder": _("打字查找，或点开选择")}
        name_what_is_missing(self.fields)
        self.order_fields(["department", "place", "opened_at", "witness", "letters", "remark"])


class LetterForm(forms.Form):
    """What became of a letter: the number of its order, or why there is none."""

    number = TidyField(label=_("工单号"), max_length=20, required=False)
    reason = TidyField(label=_("不立单原因"), max_length=200, required=False)
