"""``manage.py seed_demo [--if-empty]``: the demo company with people, customers and five weeks of orders up to now."""

import argparse
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.utils import timezone

from complaints import demo as orders
from complaints import demo_desk
from complaints.models import Order
from customers import demo as customers
from customers.models import Customer
from escalation import demo as money
from escalation import time_demo
from notifications import demo as messages
from outage import demo as outages
from outage.disconnection import demo as disconnections
from outage.planning import demo as plans
from people import demo as people
from people.models import User
from reports import demo as reports

LOCK = 20260918  # two processes starting at once: one builds, the other waits and finds it built
WIDE = 2  # a Chinese character takes two columns of the terminal


class Command(BaseCommand):
    help = "建立演示单位：部门、人员、客户和近五周的工单（仅限 DEMO 环境；重复执行不会重复建立）"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="数据库里已有数据时什么也不做")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("演示账号的密码是公开的，不能建在正式环境；演示请设置 DEMO=1")
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            built = None if options["if_empty"] and is_in_use() else self.build()
            if built:
                outages.build(timezone.now())
                plans.build(timezone.now())
                disconnections.build(timezone.now())
        if built:
            self.stdout.write(f"演示单位已建立：{Customer.objects.count()} 户客户，{built} 件工单。")
        elif built == 0:
            self.stdout.write("演示单位早已建立，没有改动。")
        if User.objects.filter(username=people.ACCOUNTS[0].username).exists():
            self.tell_accounts()

    def build(self) -> int:
        """How many orders were made; 0 when they were there already."""
        now = timezone.now()
        self.stdout.write("正在建立演示单位（约十几秒）……")
        people.build(now)
        customers.build(now)
        built = orders.build(now, tick=money.tick)
        demo_desk.build(now)
        time_demo.build(now)
        money.build(now)
        messages.build(now)
        reports.build(now)
        return built

    def tell_accounts(self) -> None:
        rows = [("用户名", "姓名", "角色", "密码")]
        rows += [(*account, people.DEMO_PASSWORD) for account in people.demo_accounts()]
        widths = [max(columns(row[n]) for row in rows) for n in range(len(rows[0]))]
        self.stdout.write("\n演示账号：")
        for row in rows:
            cells = [text + " " * (width - columns(text)) for text, width in zip(row, widths, strict=True)]
            self.stdout.write("  " + "  ".join(cells).rstrip())


def is_in_use() -> bool:
    return User.objects.exists() or Customer.objects.exists() or Order.objects.exists()


def columns(text: str) -> int:
    return sum(1 if character.isascii() else WIDE for character in text)
