"""A Django form as the contract of an API operation: its fields make the schema, its ``clean`` is the only validation.

Two things HTML never had to ask are asked here, before the form sees anything: is the JSON value of the type the field
takes, and does the form have such a field at all (RELIABILITY 5.15). Query strings are read by forms in the same way.
"""

import json
from collections.abc import Collection, Mapping
from functools import singledispatch
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.parsers import JSONParser
from rest_framework.request import Request

from people.cleaninput import BODY, Unclean, check_json, printable

Fields = Mapping[str, forms.Field]
Schema = type[serializers.Serializer[Any]]
SomeForm = TypeVar("SomeForm", bound=forms.Form)


# --- form field -> schema field -------------------------------------------------------------------------------------


def plain(field: forms.Field) -> dict[str, Any]:
    """What every schema field takes over. Null means "left empty", so it fits wherever empty does."""
    words = [part for part in (field.label, field.help_text) if part]
    text = format_lazy("：".join(["{}"] * len(words)), *words)
    return {"required": field.required, "allow_null": not field.required, "help_text": text}


@singledispatch
def schema_field(field: forms.Field) -> serializers.Field[Any, Any, Any, Any]:
    """The schema of a form field; apps register their own field classes."""
    return serializers.CharField(
        **plain(field), allow_blank=not field.required, max_length=getattr(field, "max_length", None)
    )


@schema_field.register
def _boolean(field: forms.BooleanField) -> serializers.Field[Any, Any, Any, Any]:
    return serializers.BooleanField(**plain(field) | {"allow_null": True})


@schema_field.register
def _integer(field: forms.IntegerField) -> serializers.Field[Any, Any, Any, Any]:
    least, most = field.min_value, field.max_value
    return serializers.IntegerField(
        **plain(field),
        min_value=least() if callable(least) else least,
        max_value=most() if callable(most) else most,
    )


@schema_field.register
def _decimal(field: forms.DecimalField) -> serializers.Field[Any, Any, Any, Any]:
    return serializers.DecimalField(
        **plain(field), max_digits=field.max_digits, decimal_places=field.decimal_places, coerce_to_string=False
    )


@schema_field.register
def _date(field: forms.DateField) -> serializers.Field[Any, Any, Any, Any]:
    return serializers.DateField(**plain(field))


@schema_field.register
def _moment(field: forms.DateTimeField) -> serializers.Field[Any, Any, Any, Any]:
    return serializers.DateTimeField(**plain(field))


def _choices(field: forms.ChoiceField) -> list[tuple[Any, Any]]:
    return [(value, label) for value, label in field.choices if value != ""]  # type: ignore[misc, union-attr]


@schema_field.register
def _choice(field: forms.ChoiceField) -> serializers.Field[Any, Any, Any, Any]:
    return serializers.ChoiceField(_choices(field), **plain(field), allow_blank=not field.required)


@schema_field.register
def _several(field: forms.MultipleChoiceField) -> serializers.Field[Any, Any, Any, Any]:
    return serializers.ListField(child=serializers.ChoiceField(_choices(field)), **plain(field))


@schema_field.register
def _row(field: forms.ModelChoiceField) -> serializers.Field[Any, Any, Any, Any]:  # type: ignore[type-arg]
    """A row by its code or user name where the form says so, else by key."""
    if field.to_field_name:
        return serializers.CharField(**plain(field), allow_blank=not field.required)
    return serializers.IntegerField(**plain(field))


class FlagField(forms.TypedChoiceField):
    """true or false in a query string; None when not asked."""

    def __init__(self, **kwargs: Any) -> None:
        words = [("true", gettext_lazy("是")), ("false", gettext_lazy("否"))]
        super().__init__(choices=words, coerce=lambda word: word == "true", empty_value=None, required=False, **kwargs)


@schema_field.register
def _flag(field: FlagField) -> serializers.Field[Any, Any, Any, Any]:
    return serializers.BooleanField(**plain(field))


def schema_of(name: str, fields: Fields, *, required: Collection[str] = ()) -> Schema:
    """A serializer class for the schema only; it never validates anything."""
    found = {key: schema_field(field) for key, field in fields.items()}
    for key in required:
        found[key] = _but(found[key], required=True, allow_null=False)
    return type(name, (serializers.Serializer,), found)


def parameters_of(name: str, fields: Fields) -> Schema:
    """The same for a query string, where what is not asked is left out."""
    found = {key: _but(schema_field(field), allow_null=False, allow_blank=False) for key, field in fields.items()}
    return type(name, (serializers.Serializer,), found)


def _but(field: serializers.Field[Any, Any, Any, Any], **changes: bool) -> serializers.Field[Any, Any, Any, Any]:
    """The same field with other arguments: DRF rebuilds fields from what they were made with."""
    known: dict[str, Any] = field._kwargs  # type: ignore[attr-defined]
    return type(field)(*field._args, **known | {key: value for key, value in changes.items() if key in known})  # type: ignore[attr-defined]


# --- reading --------------------------------------------------------------------------------------------------------


class StrictJSON(JSONParser):
    """JSON as ``people.cleaninput`` wants it (UTF-8, no NUL, no duplicate names, bounded depth and size), also where
    the middleware that checks the same is not in the way."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        raw: bytes = parser_context["request"].body  # through Django's limit, unlike the bare stream
        try:
            check_json(raw)
        except Unclean as error:
            raise serializers.ValidationError({error.field: [error.text]}) from error
        return json.loads(raw)


def json_object(request: Request) -> dict[str, Any]:
    """The body as an object; an empty body is an empty object."""
    body = request.data
    if isinstance(body, QueryDict):
        body = {}
    if not isinstance(body, dict):
        raise serializers.ValidationError({BODY: [_("内容应为一个 JSON 对象")]})
    return body


def read_body(body: Mapping[str, Any], form: SomeForm) -> SomeForm:
    """The form bound to that body, once every name and every JSON type fits. The caller asks ``is_valid``."""
    errors: dict[str, list[str]] = {}
    for name, value in body.items():
        field = form.fields.get(name)
        problem = _("没有这一项，请删去") if field is None else _misfit(schema_field(field), value)
        if problem:
            errors[printable(name)] = [problem]
    if errors:
        raise serializers.ValidationError(errors)
    return form


def _misfit(field: serializers.Field[Any, Any, Any, Any], value: Any) -> str:
    if value is None:
        return ""
    match field:
        case serializers.BooleanField():
            return "" if isinstance(value, bool) else _("应为 true 或 false")
        case serializers.IntegerField():
            return "" if isinstance(value, int) and not isinstance(value, bool) else _("应为整数")
        case serializers.DecimalField():
            return "" if isinstance(value, (int, float, str)) and not isinstance(value, bool) else _("应为数字")
        case serializers.ListField():
            fits = isinstance(value, list) and all(isinstance(item, str) for item in value)
            return "" if fits else _("应为文字的列表")
    return "" if isinstance(value, str) else _("应为文字")


def read_query(request: Request, form_class: type[SomeForm]) -> dict[str, Any]:
    """The cleaned query string. Unknown, repeated and unusable parameters are a 400 naming them."""
    form = form_class(request.query_params.dict())
    errors: dict[str, list[str]] = {}
    for name, values in request.query_params.lists():
        if name not in form.fields:
            errors[printable(name)] = [_("没有这个参数，请删去")]
        elif len(values) > 1:
            errors[name] = [_("同一个参数只能给一次")]
    if errors:
        raise serializers.ValidationError(errors)
    return accepted(form)


def accepted(form: forms.Form) -> dict[str, Any]:
    """``cleaned_data`` of a valid form; raises the form's own words otherwise."""
    if not form.is_valid():
        texts = {name: [str(text) for text in found] for name, found in form.errors.items()}
        if NON_FIELD_ERRORS in texts:
            texts[BODY] = texts.pop(NON_FIELD_ERRORS)
        raise serializers.ValidationError(texts)
    return form.cleaned_data


class NoParameters(forms.Form):
    """An operation that takes no query string."""
