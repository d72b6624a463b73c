"""The form of each step: ``details()`` is what the door takes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms

from complaints.forms.fields import MomentField, name_what_is_missing
from people.models import User


class StepForm(forms.Form):
    """``case``, ``by`` and ``now`` narrow the choices; ``version`` is the picture the form was opened on."""

    version = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, case: Any, by: User, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case, self.by, self.now = case, by, now
        self.fields["version"].initial = case.version
        for field in self.fields.values():
            if isinstance(field, PastField):
                field.now = now
                field.initial = field.initial or now
        self.prepare()
        name_what_is_missing(self.fields)

    def prepare(self) -> None:
        """Narrows choices and sets initial values; each form its own."""

    def details(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


class PastField(MomentField):
    """When something happened: now by default, never in the future."""


class BlankForm(StepForm):
    """A step that asks nothing."""


Forms = Mapping[str, type[StepForm]]
