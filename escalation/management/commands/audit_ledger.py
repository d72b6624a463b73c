"""``manage.py audit_ledger``: the ledger against what should stand in it, both ways, and invariants 1-12.

Read only. Exit code 0: all as it should be; 1: something is broken; for monitoring.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from complaints.invariants import INVARIANTS as OF_ORDERS
from complaints.invariants import MOST
from escalation.invariants import INVARIANTS as OF_MONEY
from escalation.models import LedgerState
from escalation.services.holds import live_holds

LAST_OF_MONEY = 12
SHOWN = 5


class Command(BaseCommand):
    help = "核对扣罚账：应有与实有双向比对，时间与金额不变量 1 至 12（只读）；有不符的退出码为 1"

    def handle(self, *args: Any, **options: Any) -> None:
        broken = 0
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION READ ONLY; SET LOCAL statement_timeout = 0")
            self.stdout.write(f"已核到 {LedgerState.objects.get()}")
            for hold in live_holds():
                self.stdout.write(f"扣罚暂停：{hold.detail}")
            for invariant in (*OF_ORDERS, *OF_MONEY):
                if invariant.number > LAST_OF_MONEY:
                    continue
                found = invariant.find()
                broken += bool(found)
                number = f"{MOST}+" if len(found) > MOST else str(len(found))
                told = f"不符 {number} 处" if found else "相符"
                self.stdout.write(f"{invariant.number:>3}  {told}  {invariant.title}")
                for text in found[:SHOWN]:
                    self.stdout.write(f"       {text}")
        if broken:
            raise CommandError(f"{broken} 项不符，请保留现场并联系维护人员")
        self.stdout.write("扣罚账全部相符")
