"""Forms of the message pages: they read and validate input; ``services`` writes."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.models import GridGroup
from notifications.channels import CHANNELS, CONFIGURED, Channel
from notifications.expand import ROBOTS
from notifications.models import Endpoint
from notifications.survey import RATINGS
from notifications.vocabulary import PERSON_CHANNELS, DeliveryState, Topic
from people.forms.fields import CodeWordField, DepartmentField, NameField

LONGEST_VALUE = 300
CHOSEN_TOPICS = [topic for topic in Topic if topic != Topic.CUSTOMER]


class ChannelForm(forms.Form):
    """One endpoint: name, whom it serves, and the fields its channel asks for. Secrets are never shown again."""

    name = NameField(label=_("名称"), max_length=60, help_text=_("例如 生技部值班群"))
    enabled = forms.BooleanField(label=_("启用"), required=False)

    def __init__(self, *args: Any, channel: Channel, instance: Endpoint | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.channel, self.instance = channel, instance
        for one in channel.fields:
            self.fields[one.name] = self._field(one)
        if channel.group:
            self.fields["topics"] = forms.MultipleChoiceField(
                label=_("接收的消息"),
                choices=[(topic.value, topic.label) for topic in CHOSEN_TOPICS],
                widget=forms.CheckboxSelectMultiple,
                required=False,
            )
            self.fields["department"] = DepartmentField(
                label=_("所属部门"), required=False, empty_label=_("全公司"), help_text=_("只收这个部门承办的工单")
            )
            if channel.code in ROBOTS:
                self.fields["grid_group"] = forms.ModelChoiceField(
                    GridGroup.objects.filter(is_active=True),
                    label=_("网格群"),
                    required=False,
                    empty_label=_("不是网格群"),
                    help_text=_("客户所在的群：机器人在这里只发三个停电通知，不发内部消息"),
                )
            others = Endpoint.objects.filter(enabled=True, channel__in=GROUP_CHANNELS)
            self.fields["fallback"] = forms.ModelChoiceField(
                others.exclude(pk=instance.pk) if instance else others,
                label=_("备用通道"),
                required=False,
                empty_label=_("没有，改为人工电话"),
            )

    def _field(self, one: Any) -> forms.Field:
        kept = one.secret and self.instance is not None
        label, hint = one.label, _("已保存，留空则不改") if kept else one.help
        if one.choices:
            return forms.ChoiceField(label=label, choices=one.choices, help_text=hint)
        widget = forms.PasswordInput(attrs={"autocomplete": "new-password"}) if one.secret else forms.TextInput()
        if one.name == "port":
            return forms.IntegerField(label=label, min_value=1, max_value=65535)
        return CodeWordField(
            label=label, max_length=LONGEST_VALUE, required=one.required and not kept, help_text=hint, widget=widget
        )

    def clean(self) -> dict[str, Any]:
        """A customers' group gets no message of the house; every other group says which ones."""
        cleaned = super().clean() or {}
        if cleaned.get("grid_group"):
            cleaned["topics"] = []
        elif "topics" in self.fields and not cleaned.get("topics") and "topics" not in self.errors:
            self.add_error("topics", _("请至少选一种消息，或选择所属网格群"))
        return cleaned

    def config(self) -> dict[str, str]:
        return {one.name: str(self.cleaned_data[one.name]) for one in self.channel.fields if not one.secret}

    def secret(self) -> dict[str, str]:
        return {one.name: str(self.cleaned_data[one.name]) for one in self.channel.fields if one.secret}


GROUP_CHANNELS = [code for code, one in CONFIGURED.items() if one.group]


class TextForm(forms.Form):
    """A text with variables; what they may be is checked when it is saved."""

    subject = NameField(label=_("标题"), max_length=120)
    text = forms.CharField(label=_("正文"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4}))
    short = forms.CharField(
        label=_("短信"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("留空则用标题和正文"),
    )
    enabled = forms.BooleanField(label=_("启用"), required=False, help_text=_("停用后这种消息不再发给任何人"))
    note = NameField(label=_("修改说明"), max_length=120, required=False)


class WishesForm(forms.Form):
    """How one person wants to be told. One field of ticks per topic."""

    email = forms.EmailField(label=_("邮箱"), required=False, max_length=200)
    wecom_id = CodeWordField(
        label=_("企业微信账号"), required=False, max_length=64, help_text=_("通讯录里的账号，不是昵称")
    )
    quiet_from = forms.TimeField(
        label=_("免打扰开始"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    quiet_to = forms.TimeField(
        label=_("免打扰结束"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    working_time_only = forms.BooleanField(label=_("只在工作时间发到站外"), required=False)
    daily_digest = forms.BooleanField(label=_("站外消息每天汇总成一条"), required=False)
    digest_at = forms.TimeField(
        label=_("汇总时间"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("留空为 17:00"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(code, CHANNELS[code].label) for code in PERSON_CHANNELS]
        for topic in CHOSEN_TOPICS:
            self.fields[f"topic_{topic.value}"] = forms.MultipleChoiceField(
                label=topic.label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple
            )

    def topics(self) -> list[forms.BoundField]:
        return [self[f"topic_{topic.value}"] for topic in CHOSEN_TOPICS]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if (values.get("quiet_from") is None) != (values.get("quiet_to") is None):
            self.add_error("quiet_to", _("免打扰要填开始和结束，或都不填"))
        return values

    def wishes(self) -> dict[str, Any]:
        values = dict(self.cleaned_data)
        values["channels"] = {topic.value: values.pop(f"topic_{topic.value}") for topic in CHOSEN_TOPICS}
        return values


class LogForm(forms.Form):
    """Filters of the delivery log, from the address."""

    state = forms.ChoiceField(label=_("状态"), required=False, choices=[("", _("全部")), *DeliveryState.choices])
    channel = forms.ChoiceField(
        label=_("通道"), required=False, choices=[("", _("全部")), *((c, one.label) for c, one in CHANNELS.items())]
    )
    number = CodeWordField(label=_("工单编号"), required=False, max_length=20)
    before = forms.IntegerField(required=False, min_value=1, max_value=2**62)


class ReasonForm(forms.Form):
    """Why it is given up, or what the call came to."""

    note = NameField(label=_("说明"), max_length=200, min_length=2)


class RatingForm(forms.Form):
    """The customer's own rating, never preset (S0-R22)."""

    rating = forms.ChoiceField(
        label=_("您对这次处理"),
        choices=[(one.value, one.label) for one in RATINGS],
        widget=forms.RadioSelect,
        error_messages={"required": _("请选一项评价")},
    )
    suggestion = forms.CharField(
        label=_("建议"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
