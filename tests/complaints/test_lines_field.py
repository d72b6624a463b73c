"""A field of several short texts: what it shows again is what was typed, one a line."""

from django import forms

from complaints.forms.fields import DASHES, LinesField, name_what_is_missing
from people.models import Department


class Notes(forms.Form):
    items = LinesField(label="事项")


def test_a_list_is_shown_one_a_line() -> None:
    assert Notes(initial={"items": ["断电", "挂牌"]})["items"].value() == ["断电", "挂牌"]
    assert ">\n断电\n挂牌</textarea>" in str(Notes(initial={"items": ["断电", "挂牌"]})["items"])


def test_what_was_typed_comes_back_as_it_was() -> None:
    form = Notes({"items": "断电\n\n挂牌"})
    assert form.is_valid()
    assert form.cleaned_data["items"] == ["断电", "挂牌"]
    assert ">\n断电\n\n挂牌</textarea>" in str(form["items"])


def test_a_choice_begins_with_words_instead_of_dashes() -> None:
    """The required one asks to choose; the other says what leaving it means; own words stay."""
    none = Department.objects.none()
    fields = {
        "lead": forms.ModelChoiceField(none, label="部门"),
        "copy": forms.ModelChoiceField(none, label="抄送", required=False),
        "whole": forms.ModelChoiceField(none, label="范围", required=False, empty_label="全公司"),
    }
    name_what_is_missing(fields)
    assert [str(field.empty_label) for field in fields.values()] == ["请选择", "不指定", "全公司"]
    assert DASHES not in {str(field.empty_label) for field in fields.values()}
