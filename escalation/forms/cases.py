"""Asking for a decision, and giving one."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

from complaints.errors import Refused
from complaints.forms import ActForm
from complaints.forms.fields import TextField, TidyField
from complaints.models import Attachment
from complaints.services.files import readable_files
from escalation.services.cases import LONGEST_OPINION
from escalation.services.extensions import target
from escalation.vocabulary import Decision, Flag, Ground
from people.templatetags.ui import day_week
from policy import rulebook


class EvidenceForm(ActForm):
    """A request with files of the order as evidence, chosen by their keys."""

    evidence = forms.MultipleChoiceField(
        label=_("附件"), required=False, choices=(), widget=forms.CheckboxSelectMultiple
    )

    def prepare(self) -> None:
        self.files_by_key: dict[str, Attachment] = {
            str(file.uid): file for file in readable_files(self.order, by=self.by, now=self.now)
        }
        field = self.fields["evidence"]
        field.choices = [(key, file.name) for key, file in self.files_by_key.items()]  # type: ignore[attr-defined]
        field.error_messages["invalid_choice"] = _("工单上没有这个附件，请先在工单页添加。")
        if not self.files_by_key:
            field.help_text = _("工单上还没有附件；证明材料请先在工单页添加。")

    def details(self) -> dict[str, Any]:
        chosen = [self.files_by_key[key] for key in self.cleaned_data["evidence"]]
        return super().details() | {"evidence": chosen}


class ExtensionForm(EvidenceForm):
    """How long in all, why, and what shows it (S4-R43)."""

    limit_days = forms.IntegerField(
        label=_("申请延至"),
        min_value=1,
        max_value=365,
        widget=forms.Select,
        error_messages={"invalid": _("请从列表中选择延至哪一天。")},
        help_text=_("自登记起合计的工作日"),
    )
    ground = forms.ChoiceField(label=_("延期情形"), choices=[("", _("请选择")), *Ground.choices])
    text = TextField(label=_("理由"), max_length=1000, rows=4, help_text=_("写明卡在哪里、还需要什么、怎样安排"))

    field_order = ("limit_days", "ground", "text", "evidence", "version")

    def prepare(self) -> None:
        super().prepare()
        self.book = rulebook.current()
        self.fields["limit_days"].widget.choices = self._days()

    def _days(self) -> list[tuple[Any, str]]:
        """Every working day from the next one to the cap, as a date."""
        order, found = self.order, []
        if order.cap_on is None or order.limit_days is None:
            return []
        for days in range(order.limit_days + 1, order.policy.cap_days + 1):
            until = target(order, days, book=self.book)
            words = {"day": day_week(until.due_on, self.today), "n": days}
            found.append((days, _g("%(day)s（第 %(n)d 个工作日）") % words))
        return [("", _g("请选择")), *found]

    def clean_limit_days(self) -> int:
        days: int = self.cleaned_data["limit_days"]
        if self.order.cap_on is not None:
            try:
                target(self.order, days, book=self.book)
            except Refused as error:
                raise forms.ValidationError(error.message, code="beyond") from error
        return days


class SolutionForm(EvidenceForm):
    """A solution to be reviewed before it is issued (S0-R20)."""

    text = TextField(label=_("处理方案"), max_length=2000, rows=6, help_text=_("措施、时间、责任人，对客户的影响"))
    to_leader = forms.BooleanField(label=_("还须分管领导审核（重大、跨部门）"), required=False)

    field_order = ("text", "to_leader", "evidence", "version")


class FlagForm(EvidenceForm):
    """Valued or malicious, with the reason (S0-R17, A25)."""

    flag = forms.ChoiceField(label=_("标记"), choices=Flag.choices, widget=forms.RadioSelect)
    text = TextField(label=_("依据"), max_length=1000, rows=4)

    field_order = ("flag", "text", "evidence", "version")


class DecisionForm(forms.Form):
    """One rung's word. ``position`` is the rung the decider had before him."""

    decision = forms.ChoiceField(label=_("决定"), choices=Decision.choices, widget=forms.HiddenInput)
    position = forms.IntegerField(label=_("第几级"), min_value=1, max_value=20, widget=forms.HiddenInput)
    opinion = TidyField(label=_("审批意见"), required=False, max_length=LONGEST_OPINION)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("decision") in {Decision.REJECTED, Decision.PASSED_UP} and not data.get("opinion"):
            self.add_error("opinion", _g("驳回或转交须写明审批意见。"))
        return data
