"""The part of the intake form that asks about a fault (S4-R15..R18)."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

from complaints.forms.fields import LinesField, MomentField, TidyField
from complaints.models import FaultReport, PaidConsent
from complaints.services.matter import FaultFacts
from complaints.vocabulary import FaultScope, GuidanceResult, Ownership
from policy.vocabulary import Kind

FAULT_FIELDS = (
    "ownership",
    "fault_scope",
    "fault_symptom",
    "fault_began_at",
    "meter_no",
    "guidance",
    "guidance_result",
    "paid",
    "paid_consent",
)


class FaultPart(forms.Form):
    """Counts only where the kind is a fault report; what stands in it otherwise is left where it is."""

    ownership = forms.ChoiceField(label=_("产权"), choices=Ownership.choices, required=False, widget=forms.RadioSelect)
    fault_scope = forms.ChoiceField(
        label=_("影响范围"), choices=FaultScope.choices, required=False, widget=forms.RadioSelect
    )
    fault_symptom = TidyField(label=_("故障现象"), max_length=200, required=False)
    fault_began_at = MomentField(label=_("开始时间"), required=False)
    meter_no = TidyField(label=_("表号"), max_length=24, required=False)
    guidance = LinesField(label=_("电话引导步骤"), required=False, most=12)
    guidance_result = forms.ChoiceField(
        label=_("引导结果"), choices=GuidanceResult.choices, required=False, widget=forms.RadioSelect
    )
    paid = forms.BooleanField(label=_("有偿上门服务"), required=False)
    paid_consent = forms.UUIDField(
        label=_("客户同意记录"),
        required=False,
        widget=forms.HiddenInput,
        error_messages={"invalid": _("同意记录的编号不完整，请重新记录客户同意。")},
    )

    def clean_paid_consent(self) -> PaidConsent | None:
        uid = self.cleaned_data["paid_consent"]
        found = PaidConsent.objects.filter(uid=uid).first() if uid else None
        if uid and found is None:
            raise forms.ValidationError(_g("没有这份同意记录，请重新告知并记录客户同意。"))
        if found and FaultReport.objects.filter(consent=found).exists():
            raise forms.ValidationError(_g("这份同意已用于另一张工单，请重新告知并记录。"))
        return found

    def check_fault(self, data: dict[str, Any]) -> None:
        """Asked in detail while the caller is on the line (S4-R15); a customer's own asset is first looked at by
        telephone (R17), and a charged repair agreed to (R18)."""
        asked = {
            "ownership": _g("请判断产权：供电企业、客户，或无法判断。"),
            "fault_scope": _g("请问清只有自家停电，还是邻居也停。"),
            "fault_symptom": _g("请记下故障现象，如“全屋无电”。"),
            "address": _g("请问清故障地址，抢修人员要上门。"),
        }
        for name, text in asked.items():
            if name in data and not data[name]:
                self.add_error(name, text)
        if data.get("ownership") == Ownership.CUSTOMER:
            if not data.get("guidance"):
                self.add_error("guidance", _g("客户产权的故障，先在电话里引导排查，并记下做了哪几步。"))
            if not data.get("guidance_result"):
                self.add_error("guidance_result", _g("请选择引导排查的结果。"))
        if data.get("paid") and not data.get("paid_consent") and "paid_consent" not in self.errors:
            self.add_error("paid", _g("请先念有偿服务告知，再按“客户同意，记录”。"))

    def fault_facts(self) -> FaultFacts | None:
        data = self.cleaned_data
        if data.get("kind") != Kind.FAULT_REPORT or not data["ownership"]:
            return None
        customers_own = data["ownership"] == Ownership.CUSTOMER
        return FaultFacts(
            ownership=data["ownership"],
            symptom=data["fault_symptom"],
            began_at=data["fault_began_at"],
            scope=data["fault_scope"],
            meter_no=data["meter_no"],
            guidance=data["guidance"] if customers_own else (),
            guidance_result=data["guidance_result"] if customers_own else "",
            paid=data["paid"] and customers_own,
            consent=data["paid_consent"] if customers_own else None,
        )
