"""What people type about exports."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from exports.services.asking import LONGEST_WORDS

APPROVE, REFUSE = "approve", "refuse"


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(
        label=_("决定"),
        choices=[(APPROVE, _("同意导出")), (REFUSE, _("不同意"))],
        error_messages={"required": _("请选择同意或不同意"), "invalid_choice": _("请选择同意或不同意")},
    )
    opinion = forms.CharField(
        label=_("审批意见"),
        required=False,
        max_length=LONGEST_WORDS,
        help_text=_("不同意时必填"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("decision") == REFUSE and not found.get("opinion"):
            self.add_error("opinion", _("不同意时请写明理由，2 到 200 字"))
        return found
