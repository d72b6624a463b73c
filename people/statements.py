"""Statements compiled once per process, for the few queries that every request or every intake asks.

Building and compiling a queryset costs Django several times what PostgreSQL needs to answer it by key. ``Prepared``
keeps the ORM as the one description of a query and pays for compiling it once; ``insert_together`` writes the rows of
several tables in one statement. Everything else goes through the ORM as usual.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, lru_cache
from itertools import groupby
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import AutoField, BooleanField, CharField, Field, ForeignKey, Model, QuerySet, TextField, Value
from django.db.models.query import get_related_populators

Row = TypeVar("Row")
Build = Callable[[Any], list[Any]]
Prepare = Callable[[Any, Any], Any]
# Columns whose values the driver takes unchanged.
AS_THEY_ARE = (CharField, TextField, BooleanField, ForeignKey, AutoField)


class Given(Value):
    """A value that is filled in each time the query is asked: ``Given("user", BigIntegerField())``."""

    def __init__(self, name: str, output_field: "Field[Any, Any]") -> None:
        super().__init__(name, output_field=output_field)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return "%s", (self,)


class Prepared(Generic[Row]):
    """A queryset of model rows (``select_related`` included) or of ``values_list`` tuples, compiled at first use.

    ``build`` returns the queryset with ``Given`` where values come in; calling the object runs it and returns the
    list of rows. Values reach PostgreSQL as bound parameters; None compares as NULL, so it matches nothing.
    """

    def __init__(self, build: Callable[[], "QuerySet[Any, Row]"]) -> None:
        self._build_queryset = build

    def __call__(self, **given: Any) -> list[Row]:
        sql, params, build = self._compiled
        values = [given[param.value] if isinstance(param, Given) else param for param in params]
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return build(cursor.fetchall())

    @cached_property
    def _compiled(self) -> tuple[str, Sequence[Any], Build]:
        queryset: Any = self._build_queryset()
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        converters = compiler.get_converters([column[0] for column in compiler.select])

        def convert(rows: list[Any]) -> list[Any]:
            return list(compiler.apply_converters(rows, converters)) if converters else rows

        if queryset._fields is not None:  # values_list
            return sql, params, convert
        instance = _instances(compiler)
        return sql, params, lambda rows: [instance(row) for row in convert(rows)]


def _instances(compiler: Any) -> Callable[[Sequence[Any]], Any]:
    """What ``ModelIterable`` does with a row, worked out once."""
    model, columns = compiler.klass_info["model"], compiler.klass_info["select_fields"]
    first, last = columns[0], columns[-1] + 1
    names = [column[0].target.attname for column in compiler.select[first:last]]
    populators: Any = get_related_populators  # the stubs describe a later Django
    related = populators(compiler.klass_info, compiler.select, DEFAULT_DB_ALIAS)
    annotations = compiler.annotation_col_map or {}

    def instance(row: Sequence[Any]) -> Any:
        found = model.from_db(DEFAULT_DB_ALIAS, names, row[first:last])
        for populator in related:
            populator.populate(row, found)
        for name, place in annotations.items():
            setattr(found, name, row[place])
        return found

    return instance


# --- rows of several tables -----------------------------------------------------------------------------------------


def insert_together(rows: Iterable[Model]) -> None:
    """Inserts new rows of any tables, in one statement, grouped as given; sends no signals, like ``bulk_create``.

    Foreign keys are checked at commit, so rows may point at each other. Keys that are not set come from the database
    and are not read back.
    """
    parts, params = [], []
    for (model, keyed), group in groupby(rows, key=lambda row: (type(row), row.pk is not None)):
        head, places, fields = _template(model, keyed)
        values = []
        for row in group:
            for name, prepare in fields:
                value = getattr(row, name)
                params.append(value if prepare is None or value is None else prepare(value, connection))
            row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
            values.append(places)
        parts.append(f"{head} VALUES {', '.join(values)}")
    *others, last = parts
    named = ", ".join(f"part{n} AS ({part})" for n, part in enumerate(others))
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {named} {last}" if named else last, params)


@lru_cache(maxsize=100)
def _template(model: type[Model], keyed: bool) -> tuple[str, str, list[tuple[str, Prepare | None]]]:
    """Beginning of the INSERT, the places of one row, and each column's attribute with what its value must pass."""
    fields: list[Any] = [field for field in model._meta.concrete_fields if keyed or not field.primary_key]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    places = [
        field.get_placeholder(None, None, connection) if hasattr(field, "get_placeholder") else "%s" for field in fields
    ]
    values = [(field.attname, None if isinstance(field, AS_THEY_ARE) else field.get_db_prep_save) for field in fields]
    return f"INSERT INTO {quote(model._meta.db_table)} ({columns})", f"({', '.join(places)})", values
