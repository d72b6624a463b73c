"""The protected state column.

``django_fsm``'s own protection breaks ``refresh_from_db()`` and ``full_clean()``, and its mixin lifts the protection
of every instance at once while one of them refreshes. Here the permission to write belongs to one instance.
"""

from typing import Any

from django.db import models
from django_fsm import FSMField, FSMFieldDescriptor


class StateDescriptor(FSMFieldDescriptor):
    """Refuses assignment, except of the value already there or while this very instance reloads its row."""

    def __set__(self, instance: models.Model, value: Any) -> None:
        known = instance.__dict__
        name = self.field.name
        if name in known and known[name] != value and not known.get("_reloading", False):
            raise AttributeError(f"{name} changes only through complaints.services.perform()")
        known[name] = value


class StateField(FSMField):
    """A state that only a ``@transition`` method may change; always ``protected``."""

    descriptor_class = StateDescriptor

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["protected"] = True
        super().__init__(*args, **kwargs)
