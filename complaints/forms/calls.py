"""The part of the intake form that tells of the call itself (S4-R07..R14, R22)."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

from complaints.forms.fields import TidyField
from complaints.name_words import unfit_words
from complaints.services.matter import CallFacts
from complaints.vocabulary import HungUpBy, Mood
from policy.models import Policy
from policy.vocabulary import Kind

MOST_RINGS = 99
LONGEST_CALL = timedelta(hours=6)


class CallPart(forms.Form):
    """What only the person on the line can tell. ``started_at`` is what the page counted from; nothing depends on it
    but the call record, so an odd value means: now."""

    call_id = TidyField(label=_("话务编号"), max_length=64, required=False, widget=forms.HiddenInput)
    started_at = TidyField(label=_("通话开始"), max_length=40, required=False, widget=forms.HiddenInput)
    ring_count = forms.IntegerField(label=_("响铃声数"), required=False, min_value=0, max_value=MOST_RINGS)
    apologised = forms.BooleanField(label=_("已致歉"), required=False)
    delay_apologised = forms.BooleanField(label=_("已为不能当即答复致歉"), required=False)
    read_back = forms.BooleanField(label=_("已复述并确认姓名、电话、地址、诉求"), required=False)
    name_note = TidyField(
        label=_("姓名核对用语"), max_length=60, required=False, help_text=_("跟客户核对姓名时用的词，如“三横王”")
    )
    mood = forms.ChoiceField(label=_("情绪"), choices=Mood.choices, required=False, widget=forms.RadioSelect)
    emotion = TidyField(label=_("情绪记录"), max_length=200, required=False)
    hung_up_by = forms.ChoiceField(label=_("挂机"), choices=HungUpBy.choices, required=False, widget=forms.RadioSelect)
    hung_up_reason = TidyField(label=_("坐席先挂的原因"), max_length=200, required=False)

    def clean_name_note(self) -> str:
        """S4-R14: neutral or positive words only."""
        note = str(self.cleaned_data["name_note"])
        if found := unfit_words(note):
            raise forms.ValidationError(
                _g("“%(words)s”不适合对客户说，请换一个中性或褒义的词。") % {"words": "、".join(found)}
            )
        return note

    def check_hang_up(self, data: dict[str, Any]) -> None:
        """S4-R10: whoever hangs up before the caller says why."""
        if data.get("hung_up_by") == HungUpBy.AGENT and not data.get("hung_up_reason"):
            self.add_error("hung_up_reason", _g("坐席先挂须写明原因。"))

    def check_call(self, data: dict[str, Any], policy: Policy) -> None:
        """What the agent must have said before an order is made (S4-R07, R09, R12)."""
        rings = data.get("ring_count")
        if rings is not None and rings > policy.ring_apology_over and not data.get("apologised"):
            self.add_error("apologised", _g("响铃超过 %(n)d 声，须先致歉再勾选。") % {"n": policy.ring_apology_over})
        if not data.get("anonymous") and not data.get("read_back"):
            self.add_error("read_back", _g("提交前请向客户复述并确认，然后勾选。"))
        waits = data.get("kind") == Kind.CONSULTATION and not data.get("answer")
        if waits and not data.get("delay_apologised"):
            self.add_error("delay_apologised", _g("咨询不能当即答复的，须向客户致歉并留电话，然后勾选。"))

    def call_facts(self, *, live: bool, now: datetime) -> CallFacts:
        data = self.cleaned_data
        return CallFacts(
            received_at=_started(data["started_at"], now),
            phone=data["caller_phone"],
            ring_count=data["ring_count"],
            apologised=data["apologised"] if live else None,
            delay_apologised=data["delay_apologised"] if live else None,
            read_back=data["read_back"] if live else None,
            hung_up_by=data["hung_up_by"],
            hung_up_reason=data["hung_up_reason"],
            mood=data["mood"],
            emotion=data["emotion"],
            call_id=data["call_id"],
            name_note=data["name_note"],
        )


def _started(text: str, now: datetime) -> datetime | None:
    """The moment the page counts from, where it can be one; never later than now."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    if found.tzinfo is None or not timedelta(0) <= now - found <= LONGEST_CALL:
        return None
    return found


class NoOrderForm(forms.Form):
    """A call that makes no order: wrong number, harassment (S4-R20, R21). Whatever else is in the intake form stays
    out of it but the number and a remark."""

    caller_phone = TidyField(label=_("来电号码"), max_length=40, required=False)
    warned = forms.BooleanField(label=_("已警告"), required=False)
    no_order_note = TidyField(label=_("说明"), max_length=200, required=False)
    ring_count = forms.IntegerField(label=_("响铃声数"), required=False, min_value=0, max_value=MOST_RINGS)
    started_at = TidyField(label=_("通话开始"), max_length=40, required=False)
    call_id = TidyField(label=_("话务编号"), max_length=64, required=False)

    def facts(self, *, now: datetime, phone: str, harassment: bool) -> CallFacts:
        data = self.cleaned_data
        return CallFacts(
            received_at=_started(data["started_at"], now),
            phone=phone,
            ring_count=data["ring_count"],
            warned=data["warned"] if harassment else None,
            hung_up_by=HungUpBy.AGENT if harassment else "",
            call_id=data["call_id"],
        )
