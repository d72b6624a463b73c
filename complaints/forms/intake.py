"""The intake form: one call, cleaned into a ``Matter`` (S3-R03, R04; S4-R07..R13; S0-R45)."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

from complaints.forms.calls import CallPart
from complaints.forms.faults import FaultPart
from complaints.forms.fields import (
    InitialsSelect,
    LinesField,
    MomentField,
    PhoneField,
    TextField,
    TidyField,
    day_field,
    department_field,
    name_what_is_missing,
    station_field,
)
from complaints.services.matter import Matter
from complaints.vocabulary import CallbackBy, Satisfaction
from customers import phones
from customers import queries as customers
from customers.models import Customer
from people.models import Department, User
from policy import rulebook
from policy.limits import shanghai_day
from policy.models import Policy, Subcategory
from policy.rulebook import Rulebook
from policy.vocabulary import EXTERNAL, Category, Channel, Kind, Urgency

ANSWER_FIELDS = ("answer", "satisfaction")
# Fields that stand in the matter exactly as cleaned.
MATTER_FIELDS = (
    "channel",
    "external_ref",
    "kind",
    "category",
    "subcategory",
    "content",
    "demands",
    "caller_name",
    "caller_phone",
    "account_no",
    "address",
    "occurred_on",
    "anonymous",
    "hide_caller",
    "reported_department",
    "reported_person",
    "callback_when",
)


class IntakeForm(CallPart, FaultPart):
    """``now`` and ``live`` come from the view; ``live`` asks for what only a person on the line can tick (read-back,
    apology), imports pass False. ``linking``: the call joins an open order, which knows caller and matter already.
    ``matter`` is the result after ``is_valid()``."""

    channel = forms.ChoiceField(label=_("渠道"), choices=Channel.choices, initial=Channel.HOTLINE)
    external_ref = TidyField(label=_("来文编号"), max_length=64, required=False)
    caller_phone = PhoneField(label=_("来电号码"), required=False)
    caller_name = TidyField(label=_("来电人"), max_length=64, required=False)
    account_no = TidyField(label=_("户号"), max_length=24, required=False)
    address = TidyField(label=_("地址"), max_length=200, required=False)
    station = station_field(_("供电所"))
    kind = forms.ChoiceField(label=_("类型"), choices=Kind.choices, required=False, widget=forms.RadioSelect)
    category = forms.ChoiceField(label=_("分类"), choices=Category.choices, required=False, widget=forms.RadioSelect)
    subcategory = forms.SlugField(
        label=_("细类"), max_length=40, required=False, widget=forms.Select(attrs={"data-combo": True})
    )
    content = TextField(label=_("反映内容"), max_length=20000, rows=6)
    demands = LinesField(label=_("客户诉求"), required=False, help_text=_("一行一项"))
    occurred_on = day_field(_("发生日期"), required=False)
    urgency = forms.ChoiceField(
        label=_("紧急程度"), choices=Urgency.choices, initial=Urgency.NORMAL, required=False, widget=forms.RadioSelect
    )
    callback_by = forms.ChoiceField(
        label=_("回访"), choices=CallbackBy.choices, initial=CallbackBy.PHONE, required=False, widget=forms.RadioSelect
    )
    callback_when = TidyField(label=_("方便联系时间"), max_length=60, required=False)
    hide_caller = forms.BooleanField(label=_("对责任部门隐去来电人"), required=False)
    anonymous = forms.BooleanField(label=_("匿名举报"), required=False)
    reported_department = department_field(
        _("被举报部门"), required=False, help_text=_("被举报的部门和人员看不到这张工单")
    )
    reported_person = forms.ModelChoiceField(
        User.objects.filter(is_active=True),
        label=_("被举报人"),
        required=False,
        to_field_name="username",
        empty_label=_("未指明"),
        widget=forms.Select(attrs={"data-combo": True, "data-placeholder": _("打字查找姓名")}),
    )
    answer = TextField(label=_("当场答复的内容"), max_length=4000, rows=3, required=False)
    satisfaction = forms.ChoiceField(
        label=_("满意度"), choices=[("", _("未评价")), *Satisfaction.choices], required=False
    )

    def __init__(self, *args: Any, now: datetime, live: bool = True, linking: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now, self.live, self.linking = now, live, linking
        self.customer: Customer | None = None
        self.needs_care = False
        began = self.fields["fault_began_at"]
        assert isinstance(began, MomentField)
        began.now = now
        self.fields["content"].required = not linking
        name_what_is_missing(self.fields)
        self.fields["content"].error_messages["required"] = _g("请记下客户反映的内容。")

    @cached_property
    def policy(self) -> Policy:
        return rulebook.policy_on(shanghai_day(self.now))

    def clean_account_no(self) -> str:
        account = customers.account_key(self.cleaned_data["account_no"])
        self.customer, self.needs_care = customers.caller_of(account) or (None, False)
        return account

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("kind") == Kind.FAULT_REPORT and not data.get("category"):
            data["category"] = Category.FAULT_REPAIR
        if not self.linking:
            self._check_caller(data)
        self._check_subcategory(data)
        self._check_anonymity(data)
        if data.get("channel") in EXTERNAL and not data.get("external_ref"):
            self.add_error("external_ref", _g("转办来文须登记对方的编号。"))
        if self.live and data.get("channel") == Channel.HOTLINE and not self.linking:
            self.check_call(data, self.policy)
            if data.get("kind") == Kind.FAULT_REPORT:
                self.check_fault(data)
        self.check_hang_up(data)
        if data.get("answer") and not (data.get("kind") and data.get("category")):
            self.add_error("kind", _g("当场答复办结前须选定类型和分类。"))
        return data

    def _check_caller(self, data: dict[str, Any]) -> None:
        """Name, contact, description are the least (S0-R45); a caller not answered at once leaves a phone (S4-R12)."""
        if data.get("anonymous"):
            return
        if "caller_phone" in data and not data["caller_phone"] and not data.get("answer"):
            self.add_error("caller_phone", _g("请留联系电话；匿名举报请勾选“匿名举报”。"))
        if "caller_name" in data and not data["caller_name"]:
            self.add_error("caller_name", _g("请问来电人贵姓，至少填姓氏。"))

    def _check_subcategory(self, data: dict[str, Any]) -> None:
        code, category = data.get("subcategory"), data.get("category")
        data["subcategory"] = None
        if not code:
            return
        book = rulebook.current()
        found: Subcategory | None = next(
            (row for row in book.subcategories.values() if row.code == code and row.category == category), None
        )
        if found is None or not found.is_active:
            self.add_error("subcategory", _g("这个分类下没有该细类，请重新选择。"))
        data["subcategory"] = found

    def _check_anonymity(self, data: dict[str, Any]) -> None:
        """A27: only a report may be anonymous, and then nothing that names the caller is kept."""
        reported = data.get("reported_department") or data.get("reported_person")
        if reported and data.get("kind") != Kind.REPORT_MISCONDUCT:
            self.add_error("reported_department", _g("只有举报才填被举报的部门和人员。"))
        if not data.get("anonymous"):
            return
        if data.get("kind") != Kind.REPORT_MISCONDUCT:
            self.add_error("anonymous", _g("只有举报可以匿名，请把类型改为举报。"))
        if data.get("caller_name") or data.get("caller_phone") or data.get("account_no"):
            self.add_error("anonymous", _g("匿名举报不留姓名、电话和户号，请清空后再提交。"))

    # --- while typing: what stands in the form now, checked or not --------------------------------------------------

    def current(self, name: str) -> Any:
        """The value of a field as typed, from the submission, the draft or the preset."""
        return self[name].value() or ""

    def phone_digits(self) -> str:
        return phones.normalise(str(self.current("caller_phone")))

    def current_station(self) -> int | None:
        code = str(self.current("station"))
        return Department.objects.filter(code=code).values_list("pk", flat=True).first() if code else None

    def chosen_subcategory(self, book: Rulebook) -> Subcategory | None:
        wanted, category = self.current("subcategory"), self.current("category")
        rows = book.subcategories.values()
        return next((row for row in rows if row.code == wanted and row.category == category), None)

    def offer_subcategories(self, category: str) -> None:
        """The choices of the chosen category, each with its pinyin initials for the keyboard."""
        rows = [row for row in rulebook.current().subcategories.values() if row.category == category and row.is_active]
        self.fields["subcategory"].widget = InitialsSelect(
            choices=[("", _g("不细分") if rows else _g("先选分类")), *((row.code, row.name) for row in rows)],
            initials={row.code: row.initials for row in rows},
        )

    @property
    def matter(self) -> Matter:
        data = self.cleaned_data
        return Matter(
            **{name: data[name] for name in MATTER_FIELDS},
            customer=self.customer,
            station=data["station"] or (self.customer.station if self.customer else None),
            urgency=data["urgency"] or Urgency.NORMAL,
            callback_by=data["callback_by"] or CallbackBy.PHONE,
            needs_care=self.needs_care,
            call=self.call_facts(live=self.live, now=self.now),
            fault=None if self.linking else self.fault_facts(),
        )
