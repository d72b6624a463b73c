"""Rows that belong to one row, brought along by its own query as JSON instead of by a query each (P2).

For tables of which a page shows a few short rows of one order; lists of orders use ``prefetch_related``.
"""

from collections.abc import Sequence
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Model, OuterRef, QuerySet
from django.db.models.functions import JSONObject


def folded(rows: "QuerySet[Any, Any]", to: str, *order: str, named: Sequence[str] = ()) -> ArraySubquery:
    """All columns of the rows whose foreign key ``to`` is the outer row, and the names of the relations ``named``."""
    columns = [field.attname for field in rows.model._meta.concrete_fields]
    columns += [f"{relation}__name" for relation in named]
    inner = rows.filter(**{to: OuterRef("pk")}).order_by(*order)
    return ArraySubquery(inner.values(row=JSONObject(**{column: column for column in columns})))


def unfold(owner: Model, name: str, rows: Sequence[dict[str, Any]], *, named: Sequence[str] = ()) -> None:
    """Lays folded rows where ``owner.<name>.all()`` finds them, as ``prefetch_related`` would have."""
    manager = getattr(owner, name)
    found = manager.get_queryset()
    found._result_cache = [_row(found.model, row, named) for row in rows]
    found._prefetch_done = True
    kept: dict[str, Any] = owner.__dict__.setdefault("_prefetched_objects_cache", {})
    kept[name] = found


def _row(model: type[Model], row: dict[str, Any], named: Sequence[str]) -> Model:
    fields = model._meta.concrete_fields
    values = [field.to_python(row[field.attname]) for field in fields]
    made = model.from_db(DEFAULT_DB_ALIAS, [field.attname for field in fields], values)
    for relation in named:
        field: Any = model._meta.get_field(relation)
        pk = row[field.attname]
        related = row[f"{relation}__name"]
        # Its other columns are left out: whoever asks for one reads it.
        other = field.related_model.from_db(DEFAULT_DB_ALIAS, ["id", "name"], [pk, related]) if pk else None
        setattr(made, relation, other)
    return made
