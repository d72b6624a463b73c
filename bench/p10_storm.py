"""P10: a storm. Intakes over HTTP at a steady rate, quiet and while everything else happens at once: outages are
registered, their notices fall due and are posted or forgotten, the sweeps of P4 charge what is overdue, the figures of
P6 are counted, sweeper and sender run as in production. The p95 of an intake may at most double; no intake may fail;
every notice is posted in time or escalated.

Run: ``python bench/p10_storm.py [SECONDS] [OUTAGES] [CALLS] [ORDERS]``: seconds of storm in all, interleaved with as
many quiet ones in five rounds; the goal speaks of ``120 200 3000``. An intake is timed from the moment it should have
begun, so that a queue in front of the server counts.
"""

import contextlib
import http.client
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.databases import ENVIRONMENT, ROOT, filled, server
from bench.measure import machine, spread, verdict
from bench.p1_intake import PATIENCE, gunicorn, headers, orders, sign_in

SECONDS, OUTAGES, CALLS, ORDERS = 20, 20, 200, 2000
ROUNDS, DAYS, GROUPS, CLIENTS = 5, 400, 3, 16
AT_MOST = 2.0
ONE_IN = 10  # orders made overdue in each round
# A forgotten notice is escalated in the first second after the last that is on time; the sweeper looks every second.
ESCALATED_WITHIN = 5.0
OVERDUE = """
UPDATE complaints_order SET state = 'classified', closed_at = NULL, answered_at = NULL, department_stopped_at = NULL,
       feedback_at = NULL, archive_ground = '', overdue_since = NULL, due_soon_since = %(at)s, kind = 'complaint',
       accepted_at = registered_at, due_on = %(due)s, due_at = %(at)s, limit_days = 10, calendar_version = %(calendar)s
 WHERE id %% %(one_in)s = %(rest)s AND lead_department_id IS NOT NULL AND id <= %(newest)s
"""


def main(seconds: int, outages: int, calls: int, size: int) -> int:
    with server(durable=True) as url, filled(url, f"bench_p10_{os.getpid()}", size, days=DAYS) as own:
        os.environ.update(ENVIRONMENT | {"DATABASE_URL": own, "DJANGO_SETTINGS_MODULE": "config.settings"})
        set_up(outages, calls)
        with (
            gunicorn(own, "config.settings", "config.wsgi:application") as port,
            child("manage.py", "sweeper"),
            child("manage.py", "sender"),
        ):
            return measure(port, seconds / ROUNDS, outages // ROUNDS, calls // ROUNDS)


@contextlib.contextmanager
def child(*words: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A process of the product, or of this bench, beside the server."""
    process = subprocess.Popen([sys.executable, *words], cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)})
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=PATIENCE)


# --- who calls, and what is dark ------------------------------------------------------------------------------------


def set_up(outages: int, calls: int) -> None:
    """A grid of three groups with one area for every outage; a customer of its own for every call of both halves."""
    import django  # noqa: PLC0415 - only after the environment is known

    django.setup()
    from django.db import connection  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from customers.models import Customer, Grid, GridGroup, TransformerArea  # noqa: PLC0415
    from people.models import Department, DepartmentHeadcount, DepartmentKind  # noqa: PLC0415

    now = timezone.now()
    station = Department.objects.filter(kind=DepartmentKind.STATION, is_active=True).order_by("pk")[0]
    grids = Grid.objects.bulk_create(Grid(station=station, name=f"风暴{n}网格") for n in range(outages))
    GridGroup.objects.bulk_create(GridGroup(grid=grid, name=f"风暴{n}群") for grid in grids for n in range(GROUPS))
    areas = TransformerArea.objects.bulk_create(
        TransformerArea(code=f"ST{n:04d}", name=f"风暴{n}村", station=station, grid=grid, households=80)
        for n, grid in enumerate(grids)
    )
    Customer.objects.bulk_create(
        Customer(
            account_no=f"77{n:08d}",
            name="王小明",
            address=f"风暴路 {n} 号",
            station=station,
            area=areas[n % outages],
            created_at=now,
            updated_at=now,
        )
        for n in range(2 * calls + 100)
    )
    DepartmentHeadcount.objects.bulk_create(
        [
            DepartmentHeadcount(department=one, valid_from=date(2020, 1, 1), count=12, recorded_at=now)
            for one in Department.objects.all()
        ],
        ignore_conflicts=True,
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    connection.close()


# --- the intakes ----------------------------------------------------------------------------------------------------


class Desk:
    """Calls at a steady rate by as many clients; ``serial`` makes every caller another one."""

    def __init__(self, port: int) -> None:
        self.port, self.serial, self.wrong = port, 0, list[str]()
        self.sessions = [sign_in() for _ in range(CLIENTS)]
        self.lock = threading.Lock()

    def take(self, calls: int, seconds: float) -> list[float]:
        """Seconds from when each call should have begun to its answer."""
        spent: list[float] = []
        begin, turn = time.monotonic(), iter(range(calls))

        def client(session: str) -> None:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
            while True:
                with self.lock:
                    n = next(turn, None)
                    self.serial += n is not None
                    serial = self.serial
                if n is None:
                    break
                planned = begin + n * seconds / calls
                time.sleep(max(0.0, planned - time.monotonic()))
                if self._one(connection, session, serial):
                    spent.append(time.monotonic() - planned)
            connection.close()

        threads = [threading.Thread(target=client, args=(session,)) for session in self.sessions]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        time.sleep(max(0.0, begin + seconds - time.monotonic()))
        if not spent:
            raise RuntimeError(f"no intake was taken: {self.wrong[:1]}")
        return spent

    def _one(self, connection: http.client.HTTPConnection, session: str, serial: int) -> bool:
        body = urlencode(fault(serial), doseq=True).encode()
        try:
            connection.request("POST", "/intake/", body, headers(session, "application/x-www-form-urlencoded"))
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.wrong.append(f"{type(error).__name__}: {error}")
            connection.close()
            return False
        if answer.status != 302:
            self.wrong.append(f"{answer.status} {text[:300].decode(errors='replace')}")
        return answer.status == 302


def fault(serial: int) -> dict[str, Any]:
    """A complaint of no supply, so that the call becomes an order; the sweep ties it to the outage of the area and asks
    head and deputy to attend (A19)."""
    return {
        "channel": "hotline",
        "kind": "complaint",
        "category": "outage_limit",
        "caller_phone": f"1370{serial:07d}",
        "account_no": f"77{serial:08d}",
        "caller_name": "王小明",
        "address": f"风暴路 {serial} 号",
        "content": "家里突然没有电了，邻居也没有，打了几次电话没有人说得清，要求尽快送电。",
        "demands": ["尽快送电"],
        "callback_by": "phone",
        "ring_count": 2,
        "read_back": True,
    }


# --- everything else at once: run in processes of their own -----------------------------------------------------------


def rain(seconds: float, outages: int, round_number: int) -> None:
    """Registers outages known since almost 15 minutes, so that their notices fall due while it rains; of every three
    two are posted in time and one is forgotten."""
    from django.utils import timezone  # noqa: PLC0415

    from customers.models import TransformerArea  # noqa: PLC0415
    from outage.services import Facts, open_outage, record_posted  # noqa: PLC0415
    from outage.services.posting import publish  # noqa: PLC0415
    from people.models import User  # noqa: PLC0415
    from people.roles import Role  # noqa: PLC0415

    chance = random.Random(round_number)
    duty = User.objects.filter(assignments__role=Role.SHIFT_LEADER, is_active=True)[0]
    first = round_number * outages
    areas = list(TransformerArea.objects.filter(code__startswith="ST").order_by("code")[first : first + outages])
    begin = time.monotonic()
    for n, area in enumerate(areas):
        time.sleep(max(0.0, begin + n * seconds * 0.6 / outages - time.monotonic()))
        now = timezone.now()
        due_in = timedelta(seconds=chance.uniform(min(3.0, seconds / 4), seconds * 0.35))
        detected = now - timedelta(minutes=15) + due_in
        facts = Facts(title=area.name, station=area.station, areas=[area], detected_at=detected)
        outage = open_outage(by=duty, now=now, facts=facts)
        if n % 3:
            for posting in publish(outage, 1, text="{范围}停电，正在抢修。", by=duty, now=timezone.now()):
                record_posted(posting.pk, at=timezone.now(), proof="robot", now=timezone.now())


def office(seconds: float, round_number: int) -> None:
    """P4 and P6 over and over: a tenth of the orders falls overdue and is charged, the month is counted."""
    from django.db import connection  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from complaints.models import Order  # noqa: PLC0415
    from escalation.models import LedgerState  # noqa: PLC0415
    from escalation.services.ledger import end_of_day, settle_money  # noqa: PLC0415
    from escalation.services.sweep import settle_due  # noqa: PLC0415
    from policy import rulebook  # noqa: PLC0415
    from reports.live import cells, span_of  # noqa: PLC0415
    from reports.months import Month  # noqa: PLC0415

    ends = time.monotonic() + seconds
    due, version = timezone.localdate() - timedelta(days=3), rulebook.current().calendar.version
    newest = Order.objects.filter(caller_phone__startswith="1370").order_by("pk").values_list("pk", flat=True).first()
    params = {"at": end_of_day(due), "due": due, "calendar": version, "one_in": ONE_IN, "rest": round_number}
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(OVERDUE, params | {"newest": (newest or 2**31) - 1})
    LedgerState.objects.update(settled_through=due, calendar_version=version)
    swept = counted = 0
    while time.monotonic() < ends:
        settle_due(timezone.now())
        settle_money(timezone.now())
        swept += 1
        list(cells(span_of(Month.at(timezone.now()), now=timezone.now())))
        counted += 1
    print(f"    round {round_number + 1}: {swept} sweeps and {counted} reports of the month in {seconds:.0f} s")


# --- the measurement ------------------------------------------------------------------------------------------------


def measure(port: int, seconds: float, outages: int, calls: int) -> int:
    from django.db import connections  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    desk, before, begun = Desk(port), orders(), timezone.now()
    desk.take(2 * CLIENTS, 2.0)  # warms up
    quiet, storm = [], []
    for number in range(ROUNDS):
        quiet.append(p95(desk.take(calls, seconds)))
        words = [str(seconds), str(outages), str(number)]
        with child("bench/p10_storm.py", "rain", *words) as wet, child("bench/p10_storm.py", "office", *words) as busy:
            storm.append(p95(desk.take(calls, seconds)))
            bad = [one for one in (wet, busy) if one.wait(timeout=PATIENCE)]
        if bad:
            raise RuntimeError("the storm itself failed")
    time.sleep(ESCALATED_WITHIN + 2)
    made, asked = orders() - before, desk.serial
    print(f"P10: {ROUNDS} × {seconds:.0f} s of storm: {outages * ROUNDS} outages, {calls * ROUNDS} calls")
    print(f"  {machine()}; {calls / seconds:.0f} intakes a second, {CLIENTS} clients")
    for name, values in (("quiet p95", quiet), ("storm p95", storm)):
        low, middle, high = spread([value * 1e3 for value in values])
        print(f"  {name:<28} {middle:9.0f} ms  ({low:.0f} – {high:.0f})")
    found = spread([wet / dry for wet, dry in zip(storm, quiet, strict=True)])
    met = found.middle <= AT_MOST
    verdict(f"p95 in the storm / quiet, at most {AT_MOST:.0f}", found, met=met)
    print(f"  {len(desk.wrong)} errors, {made} orders of {asked} calls {desk.wrong[:1] or ''}")
    met &= not desk.wrong and made == asked
    met &= notices(outages * ROUNDS * GROUPS, begun)
    connections.close_all()
    return 0 if met else 1


def p95(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95) - 1]


def notices(wanted: int, begun: datetime) -> bool:
    """Posted in time or escalated at once, every one; the calls of dark areas tied to their outages."""
    from outage.models import Notice, OutageEvent, OutageOrder  # noqa: PLC0415

    rows = list(Notice.objects.filter(slot=1, outage__registered_at__gte=begun))
    posted = [row for row in rows if row.posted_at is not None and row.posted_at <= row.due_at + timedelta(seconds=1)]
    late = sorted(
        (row.breached_at - row.due_at).total_seconds() - 1
        for row in rows
        if row.posted_at is None and row.breached_at is not None
    )
    told = OutageEvent.objects.filter(name="notice_breach", at__gte=begun)
    named = sum(len(event.data["notices"]) for event in told)
    linked = OutageOrder.objects.filter(linked_at__gte=begun).count()
    worst = f"{late[len(late) // 2]:.2f} s, at most {late[-1]:.2f} s" if late else "-"
    print(f"  notices: {len(rows)} of {wanted}, {len(posted)} posted in time, {len(late)} escalated after {worst}")
    print(f"  {named} named in {told.count()} alarms; {linked} orders tied to their outages")
    complete = len(rows) == wanted == len(posted) + len(late) and named == len(late)
    return complete and (not late or late[-1] <= ESCALATED_WITHIN)


def beside(what: str, seconds: float, outages: int, number: int) -> int:
    import django  # noqa: PLC0415 - the environment is the parent's

    django.setup()
    if what == "rain":
        rain(seconds, outages, number)
    else:
        office(seconds, number)
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] in (["rain"], ["office"]):
        sys.exit(beside(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
    given = [int(word) for word in sys.argv[1:]]
    sys.exit(main(*(given + [SECONDS, OUTAGES, CALLS, ORDERS][len(given) :])))
