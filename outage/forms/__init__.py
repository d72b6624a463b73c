from outage.forms.acts import FORMS, OutageForm
from outage.forms.opening import OpenForm
from outage.forms.small import (
    AnnounceForm,
    AnswerForm,
    CallBackForm,
    CheckInForm,
    LinkOrderForm,
    MeasureForm,
    PhotoForm,
    PostedForm,
    PublishForm,
    SensitiveForm,
)

__all__ = [
    "FORMS",
    "AnnounceForm",
    "AnswerForm",
    "CallBackForm",
    "CheckInForm",
    "LinkOrderForm",
    "MeasureForm",
    "OpenForm",
    "OutageForm",
    "PhotoForm",
    "PostedForm",
    "PublishForm",
    "SensitiveForm",
]
