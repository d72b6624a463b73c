"""Forms of one field or two: what is pressed on the phone in the rain."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints.forms.fields import TextField, TidyField, name_what_is_missing
from outage.services.posting import LONGEST_TEXT
from outage.services.presence import LONGEST_PUBLIC
from outage.vocabulary import ContactResult, MeasureKind, Medium, PhotoPurpose, Slot

MOST_KEYS = 20


class SmallForm(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name_what_is_missing(self.fields)


class KeysField(forms.MultipleChoiceField):
    """Keys of photos the phone has sent; any number of UUIDs."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=forms.MultipleHiddenInput, **kwargs)

    def validate(self, value: Any) -> None:
        if len(value) > MOST_KEYS:
            raise forms.ValidationError(_("一次最多 20 张照片。"))

    def clean(self, value: Any) -> Any:
        single = forms.UUIDField(error_messages={"invalid": _("照片编号不对，请重新拍照。")})
        return [single.clean(one) for one in super().clean(value)]


class PublishForm(SmallForm):
    slot = forms.TypedChoiceField(label=_("第几条"), choices=Slot.choices, coerce=int)
    text = TextField(label=_("通知正文"), max_length=LONGEST_TEXT, rows=4)
    photos = KeysField(label=_("照片"))
    again = forms.BooleanField(label=_("补充通报"), required=False)


class PostedForm(SmallForm):
    proof = TidyField(label=_("发布证明"), max_length=200, required=False)
    proof_photo = forms.UUIDField(label=_("群聊截图"), required=False)


class PhotoForm(SmallForm):
    key = forms.UUIDField(label=_("照片编号"))
    purpose = forms.ChoiceField(label=_("用途"), choices=PhotoPurpose.choices)
    taken_at = forms.DateTimeField(label=_("拍摄时间"), required=False)


class CheckInForm(SmallForm):
    latitude = forms.DecimalField(
        label=_("纬度"), required=False, min_value=-90, max_value=90, widget=forms.HiddenInput
    )
    longitude = forms.DecimalField(
        label=_("经度"), required=False, min_value=-180, max_value=180, widget=forms.HiddenInput
    )
    photo = forms.UUIDField(label=_("照片"), required=False, widget=forms.HiddenInput)
    note = TidyField(label=_("说明"), max_length=200, required=False)


class MeasureForm(SmallForm):
    kind = forms.ChoiceField(label=_("事项"), choices=MeasureKind.choices)
    text = TidyField(label=_("内容"), max_length=300, required=False)


class SensitiveForm(SmallForm):
    result = forms.ChoiceField(label=_("结果"), choices=ContactResult.choices)
    note = TidyField(label=_("说明"), max_length=200, required=False)


class AnnounceForm(SmallForm):
    medium = forms.ChoiceField(label=_("发布位置"), choices=Medium.choices)
    text = TextField(label=_("公告正文"), max_length=LONGEST_PUBLIC, rows=3)


class AnswerForm(SmallForm):
    text = TextField(label=_("答复内容"), max_length=2000, rows=3)


class CallBackForm(SmallForm):
    result = forms.ChoiceField(label=_("回电结果"), choices=ContactResult.choices)


class LinkOrderForm(SmallForm):
    number = TidyField(label=_("工单编号"), max_length=20)
