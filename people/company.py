"""The departments the rules name (S4-R25..R32, S4-R51): every installation has these codes, routes refer to them.

Names, order and parents may be changed on the departments page afterwards; codes stay.
"""

from typing import Any, NamedTuple

from django.db.models import Model

from people.models import DepartmentKind as Kind


class Entry(NamedTuple):
    code: str
    name: str
    kind: Kind
    parent: str | None


DEPARTMENTS: tuple[Entry, ...] = (
    Entry("company", "供电公司", Kind.COMPANY, None),
    Entry("leadership", "公司领导", Kind.LEADERSHIP, "company"),
    Entry("party_admin_office", "党政办公室", Kind.OFFICE, "company"),
    Entry("marketing_dept", "市场营销部", Kind.OFFICE, "company"),
    Entry("inspection_group", "用电稽查组", Kind.SECTION, "marketing_dept"),
    Entry("production_tech_dept", "生产技术部", Kind.OFFICE, "company"),
    Entry("safety_section", "安全监察科", Kind.SECTION, "company"),
    Entry("repair_centre", "抢修中心", Kind.CENTRE, "company"),
    Entry("customer_service_centre", "客户服务中心", Kind.CENTRE, "company"),
    Entry("dispatch_room", "电力调度室", Kind.OFFICE, "company"),
    Entry("orderly_use_office", "有序用电办公室", Kind.OFFICE, "company"),
    Entry("hotline", "供电服务热线", Kind.HOTLINE, "company"),
    Entry("power_supply_dept", "供电专业部室", Kind.CENTRE_DEPARTMENT, "company"),
    Entry("distribution_dept", "配网专业部室", Kind.CENTRE_DEPARTMENT, "company"),
    Entry("repair_team_east", "抢修一班", Kind.UNIT, "repair_centre"),
    Entry("repair_team_west", "抢修二班", Kind.UNIT, "repair_centre"),
    Entry("line_unit", "线路运检班", Kind.UNIT, "production_tech_dept"),
    Entry("substation_unit", "变电运检班", Kind.UNIT, "production_tech_dept"),
    Entry("metering_unit", "装表接电班", Kind.UNIT, "customer_service_centre"),
    Entry("station_jiangwan", "江湾供电所", Kind.STATION, "company"),
    Entry("station_chengdong", "城东供电所", Kind.STATION, "company"),
    Entry("station_binhai", "滨海供电所", Kind.STATION, "company"),
    Entry("station_shanqian", "山前供电所", Kind.STATION, "company"),
)


def ensure_departments(model: type[Model]) -> dict[str, int]:
    """Creates the missing ones of ``DEPARTMENTS`` and returns code -> id of all of them; existing rows are not touched.

    ``model`` is Department, in a migration its historical form. Safe to run again and from two processes at once.
    """
    rows: Any = model._default_manager
    for position, entry in enumerate(DEPARTMENTS, start=1):
        parent_id = rows.values_list("id", flat=True).get(code=entry.parent) if entry.parent else None
        rows.get_or_create(
            code=entry.code,
            defaults={
                "name": entry.name,
                "kind": entry.kind,
                "parent_id": parent_id,
                "position": position,
            },
        )
    codes = [entry.code for entry in DEPARTMENTS]
    return dict(rows.filter(code__in=codes).values_list("code", "id"))
