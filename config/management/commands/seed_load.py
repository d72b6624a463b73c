"""``manage.py seed_load --orders N [--days D] [--seed S]``: bulk data for measurements, by COPY."""

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from io import StringIO
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.utils import timezone

from complaints.bulk import TABLES, Bulk, Lines, columns, find_cast
from complaints.models import NumberBase
from customers import demo as customers
from people import demo as people
from policy.limits import shanghai_day

THREE_YEARS = 3 * 365
CHUNK = 10_000
WORTH_REBUILDING = 50_000  # from so many orders on, indexes are dropped first and built again afterwards
NAMES = [model._meta.db_table for model in TABLES]

INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
 WHERE indrelid = ANY(%s::regclass[]) AND NOT indisunique
   AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""


class Command(BaseCommand):
    help = "生成大量可信的工单数据，仅用于性能测量（DEMO 或 DEBUG 环境）"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--orders", type=int, required=True)
        parser.add_argument("--days", type=int, default=THREE_YEARS, help="登记时间分布在最近多少天（默认三年）")
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        many, days = options["orders"], options["days"]
        if settings.PRODUCTION:
            raise CommandError("这是测量用的假数据，不能写入正式环境；请设置 DEMO=1")
        if many < 1 or days < 1:
            raise CommandError("--orders 和 --days 须为正整数")
        began = time.monotonic()
        now = timezone.now()
        people.build(now)
        customers.build(now)
        with transaction.atomic(), unguarded(), without_indexes(many):
            self.load(
                Bulk(find_cast(shanghai_day(now)), first=now - timedelta(days=days), now=now, seed=options["seed"]),
                many,
            )
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE " + ", ".join(NAMES))
        took = time.monotonic() - began
        self.stdout.write(f"{many} 件工单，{took:.0f} 秒，每秒 {many / took:.0f} 件")

    def load(self, bulk: Bulk, many: int) -> None:
        key = reserve("SELECT pg_get_serial_sequence('complaints_order', 'id')", many)
        numbered = Numbers(reserve("SELECT 'complaints_order_number'", many))
        lines = Lines()
        began = time.monotonic()
        for done, at in enumerate(bulk.moments(many), start=1):
            bulk.write(lines, key, numbered.next(shanghai_day(at)), at)
            key += 1
            if done % CHUNK == 0 or done == many:
                send(lines)
                lines = Lines()
                rate = done / (time.monotonic() - began)
                self.stdout.write(f"  {done} / {many}，每秒 {rate:.0f} 件")
        numbered.save()


class Numbers:
    """Order numbers as the door gives them: the day and the sequence's value less the day's base."""

    def __init__(self, first: int) -> None:
        self.value = first
        self.bases: dict[date, int] = dict(NumberBase.objects.values_list("day", "base"))
        self.fresh: list[NumberBase] = []

    def next(self, day: date) -> str:
        if day not in self.bases:
            self.bases[day] = self.value - 1
            self.fresh.append(NumberBase(day=day, base=self.value - 1))
        self.value += 1
        return f"{day:%Y%m%d}-{self.value - 1 - self.bases[day]:04d}"

    def save(self) -> None:
        NumberBase.objects.bulk_create(self.fresh, ignore_conflicts=True)


def reserve(which: str, many: int) -> int:
    """Takes ``many`` values off a sequence at once and returns the first."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT nextval(s), s FROM ({which}) AS t(s)")  # noqa: S608 - our own words
        first, sequence = cursor.fetchone()
        cursor.execute("SELECT setval(%s, %s)", [sequence, first + many - 1])
    return int(first)


def send(lines: Lines) -> None:
    with connection.cursor() as cursor:
        copy: Callable[..., None] = cursor.cursor.copy_expert
        for model in TABLES:
            table = model._meta.db_table
            named = ", ".join(f'"{name}"' for name in columns(model))
            copy(f'COPY "{table}" ({named}) FROM STDIN', StringIO("".join(lines.of[model])))


@contextmanager
def unguarded() -> Iterator[None]:
    """A superuser may leave out the check of every foreign key: they are right by construction."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")  # the limit of a request is no limit here
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if cursor.fetchone()[0]:
            cursor.execute("SET LOCAL session_replication_role = replica")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if cursor.fetchone()[0]:
            cursor.execute("SET LOCAL session_replication_role = origin")


@contextmanager
def without_indexes(many: int) -> Iterator[None]:
    """Drops what is not a constraint and builds it again, in the same transaction: a killed run changes nothing."""
    if many < WORTH_REBUILDING:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
        cursor.execute(INDEXES, [NAMES])
        found = cursor.fetchall()
        for name, _definition in found:
            cursor.execute(f"DROP INDEX {name}")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks outstanding takes no index
        for _name, definition in found:
            cursor.execute(definition)
