"""Values as COPY's text format reads them."""

import json
import re
from datetime import date, datetime
from enum import Enum
from functools import cache
from operator import itemgetter
from typing import Any

from django.db import models

from complaints.models import Call, Contact, Demand, Feedback, Investigation, Order, OrderDepartment, OrderEvent

NULL = r"\N"
SPECIAL = re.compile(r"[\\\t\n\r]")
ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
TABLES: tuple[type[models.Model], ...] = (
    Order,
    OrderEvent,
    Demand,
    OrderDepartment,
    Call,
    Investigation,
    Contact,
    Feedback,
)


def columns(model: type[models.Model]) -> list[str]:
    """The columns of a line, in order: all but the key, which only orders bring along."""
    return [str(f.column) for f in model._meta.concrete_fields if model is Order or not f.primary_key]


class Lines:
    """Lines collected per table. Columns nobody names get the model's default."""

    def __init__(self) -> None:
        self.of: dict[type[models.Model], list[str]] = {model: [] for model in TABLES}
        self._cells = {model: itemgetter(*columns(model)) for model in TABLES}
        self._blank = {
            model: {str(f.column): _json(f, f.get_default()) for f in model._meta.concrete_fields} for model in TABLES
        }

    def add(self, model: type[models.Model], raw: dict[str, str] | None = None, /, **values: Any) -> None:
        """One row; ``raw`` holds cells that are ready to be sent."""
        row = self._blank[model].copy()
        for name, value in values.items():
            row[name] = cell(value)
        if raw:
            row |= raw
        self.of[model].append("\t".join(self._cells[model](row)) + "\n")


def _json(field: Any, value: Any) -> str:
    return json.dumps(value) if isinstance(field, models.JSONField) else cell(value)


def cell(value: Any) -> str:
    """Text, numbers, dates, lists (as arrays) and dicts (as JSON); the frequent types come first."""
    kind = type(value)
    if kind is str:
        return value if not SPECIAL.search(value) else _escaped(value)
    if kind is int:
        return str(value)
    if kind is datetime or kind is date:
        return str(value.isoformat())
    if value is None:
        return NULL
    if kind is bool:
        return "t" if value else "f"
    if kind is dict:
        return _escaped(json.dumps(value, ensure_ascii=False))
    if kind is list or kind is tuple:
        return "{" + ",".join([_item(str(item)) for item in value]) + "}"
    return _word(value) if isinstance(value, Enum) else _escaped(str(value))


@cache
def _word(value: Enum) -> str:
    return _escaped(str(value))


def _escaped(text: str) -> str:
    return SPECIAL.sub(lambda found: ESCAPES[found[0]], text)


def _item(text: str) -> str:
    if text.isalnum():
        return text
    return _escaped('"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"')
