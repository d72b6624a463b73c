"""The demo company's customers: invented people of the sample calls and some two hundred neighbours.

Built through the same doors as real data; building it again changes nothing. Stations and grid workers must exist.
"""

import csv
from collections.abc import Iterator
from datetime import datetime
from itertools import count
from pathlib import Path

from customers import imports, marks
from customers.imports.limits import COMMAND
from customers.imports.plan import write
from customers.models import Customer, Grid, GridGroup, ImportantUser, SensitiveUser, TransformerArea
from customers.permissions import local_day
from people.models import Department, DepartmentKind, User
from people.roles import Role
from people.standing import holders

HERE = Path(__file__).parent
AREAS, CUSTOMERS = HERE / "demo_areas.csv", HERE / "demo_customers.csv"

# account no. -> load class, supplies, own backup, advice given (S1-R31)
IMPORTANT = {
    "6200020188": ("first", 2, "柴油发电机 400 kW", "建议每月试机，手术区加装不间断电源"),
    "6200010077": ("second", 2, "", "建议配置自备应急电源，防止污水外溢"),
    "6200050411": ("second", 1, "移动发电机 50 kW", "高考期间提前三天联合检查"),
    "6200040300": ("second", 1, "", "建议为熔炉配置保安电源"),
}
# account no. -> reason, what to mind when calling (S0-R08)
SENSITIVE = {
    "6100093316": ("家中使用制氧机", "停电先电话告知预计时长，必要时送应急电源"),
    "6100012239": ("独居老人，行动不便", "请网格员上门看望"),
    "6100499025": ("旺季民宿集中，曾集中投诉", "停电前逐户告知，恢复后回访"),
    "6100514483": ("曾发生过电压烧毁电器", "说明原因与处理进度"),
}


def build(now: datetime) -> None:
    """Grids, groups, areas, customers and marks of the four stations."""
    stations = {row.name: row for row in Department.objects.filter(kind=DepartmentKind.STATION)}
    _places(stations, now)
    checked = imports.check(CUSTOMERS.read_bytes(), limits=COMMAND, now=now)
    if checked.problems:
        raise ValueError(f"demo customers are broken: {checked.problems[:3]}")
    write(checked.entries, by=None, now=now)
    _marks(now)


def _places(stations: dict[str, Department], now: datetime) -> None:
    number: dict[str, Iterator[int]] = {name: count(1) for name in stations}
    workers: dict[str, list[User]] = {
        name: list(holders(Role.GRID_WORKER, on=local_day(now), department_ids=[row.pk]))
        for name, row in stations.items()
    }
    with AREAS.open(encoding="utf-8", newline="") as lines:
        for line in csv.DictReader(lines):
            station = stations[line["station"]]
            grid, made = Grid.objects.get_or_create(station=station, name=line["grid"])
            if made:
                known = workers[station.name]
                grid.worker = known[Grid.objects.filter(station=station).count() % len(known)] if known else None
                grid.save(update_fields=["worker"])
                GridGroup.objects.create(grid=grid, name=f"{line['grid']}便民服务群")
            code = f"{station.code.removeprefix('station_').upper()}-{next(number[station.name]):03d}"
            TransformerArea.objects.get_or_create(
                station=station,
                name=line["area"],
                defaults={
                    "code": code,
                    "grid": grid,
                    "households": int(line["households"]),
                    "area_class": line["area_class"],
                    "aliases": [line["alias"]] if line["alias"] else [],
                },
            )


def _marks(now: datetime) -> None:
    rows = Customer.objects.in_bulk([*IMPORTANT, *SENSITIVE], field_name="account_no")
    listed = set(ImportantUser.objects.values_list("customer__account_no", flat=True))
    for account_no, (load_class, supplies, own_backup, advice) in IMPORTANT.items():
        if account_no not in listed:
            values = {"load_class": load_class, "supplies": supplies, "own_backup": own_backup, "advice": advice}
            values["advised_on"] = local_day(now)
            marks.set_important(rows[account_no], values=values, by=None, now=now)
    noted = set(SensitiveUser.objects.values_list("customer__account_no", flat=True))
    for account_no, (reason, care) in SENSITIVE.items():
        if account_no not in noted:
            marks.set_sensitive(rows[account_no], values={"reason": reason, "care": care}, by=None, now=now)
