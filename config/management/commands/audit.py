"""``manage.py audit``: every app's invariants over the whole database, read only; exit code 1 when one is broken."""

from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

SHOWN = 5


class Invariant(Protocol):
    """What an app's ``invariants.INVARIANTS`` holds."""

    @property
    def number(self) -> int: ...
    @property
    def title(self) -> Any: ...

    def find(self) -> list[str]: ...


class Command(BaseCommand):
    help = "核对全部数据不变量（只读）；有不符的退出码为 1"

    def handle(self, *args: Any, **options: Any) -> None:
        broken = 0
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION READ ONLY; SET LOCAL statement_timeout = 0")
            for app, invariant in registered():
                found = invariant.find()
                broken += bool(found)
                self.tell(app, invariant, found)
        if broken:
            raise CommandError(f"{broken} 项不符，请保留现场并联系维护人员")
        self.stdout.write("全部相符")

    def tell(self, app: str, invariant: Invariant, found: Sequence[str]) -> None:
        result = f"不符 {len(found)} 处" if found else "相符"
        self.stdout.write(f"{invariant.number:>3}  {result}  {app}  {invariant.title}")
        for text in found[:SHOWN]:
            self.stdout.write(f"       {text}")
        if len(found) > SHOWN:
            self.stdout.write("       ……")


def registered() -> Iterator[tuple[str, Invariant]]:
    """The invariants of every installed app that has a module of that name."""
    for config in apps.get_app_configs():
        name = f"{config.name}.invariants"
        if find_spec(name) is not None:
            for invariant in import_module(name).INVARIANTS:
                yield config.label, invariant
