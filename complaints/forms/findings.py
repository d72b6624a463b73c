"""Evidence checklist and the sections of an investigation, built from their declaration in ``sections.py``."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

from complaints.forms.fields import MomentField, TextField, TidyField, day_field
from complaints.sections import EVIDENCE, Item, Section, sections_for

if TYPE_CHECKING:
    from complaints.models import Order

MOST_MONEY = Decimal("9999999.99")


def field_of(item: Item) -> forms.Field:
    """The field of one item; requiredness is judged per section, not per field."""
    plain: dict[str, Any] = {"label": item.label, "required": False, "help_text": item.unit}
    match item.kind:
        case "long":
            return TextField(max_length=2000, rows=2, **plain)
        case "date":
            return day_field(item.label, required=False)
        case "moment":
            return MomentField(**plain)
        case "number" | "money":
            places = 2 if item.kind == "money" else 3
            return forms.DecimalField(
                max_digits=10, decimal_places=places, min_value=-MOST_MONEY, max_value=MOST_MONEY, **plain
            )
        case "choice":
            return forms.ChoiceField(choices=[("", _("请选择")), *item.choices], **plain)
        case "check":
            return forms.BooleanField(**plain)
    return TidyField(max_length=200, **plain)


class FindingsMixin(forms.Form):
    """Adds ``evidence`` and one group of fields ``<section>__<item>`` for each section of the order's category."""

    order: "Order"
    evidence = forms.MultipleChoiceField(
        label=_("证据清单"), choices=EVIDENCE, required=False, widget=forms.CheckboxSelectMultiple
    )
    evidence_note = TextField(label=_("证据说明"), max_length=1000, rows=2, required=False)

    def prepare(self) -> None:
        self.sections: list[Section] = sections_for(self.order.category)
        for section in self.sections:
            for item in section.items:
                self.fields[f"{section.code}__{item.code}"] = field_of(item)

    def section_groups(self) -> list[tuple[Section, list[forms.BoundField]]]:
        """For the page: each section with its bound fields."""
        return [(s, [self[f"{s.code}__{i.code}"] for i in s.items]) for s in self.sections]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        data["sections"] = {}
        for section in self.sections:
            found = {item.code: data.get(f"{section.code}__{item.code}") for item in section.items}
            if not any(value not in (None, "", False) for value in found.values()):
                continue
            self._require(section, found)
            data["sections"][section.code] = {code: _json(value) for code, value in found.items()}
        return data

    def _require(self, section: Section, found: dict[str, Any]) -> None:
        for item in section.items:
            name = f"{section.code}__{item.code}"
            if item.required and found[item.code] in (None, "", False) and name not in self.errors:
                self.add_error(name, _g("填写“%(title)s”时这一项不能空。") % {"title": section.title})

    def details(self) -> dict[str, Any]:
        data = self.cleaned_data
        note = data["evidence_note"]
        chosen = [{"code": code, "note": ""} for code in data["evidence"]]
        return {
            **{name: data[name] for name in ("plan", "findings", "verified", "cause_party", "cause", "sections")},
            "evidence": [*chosen, {"code": "note", "note": note}] if note else chosen,
        }


def _json(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
