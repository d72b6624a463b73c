"""The checklists every installation starts with (S0-R07, R08, R09, R33)."""

from datetime import date, datetime, timezone

from django.db import migrations

ALWAYS = date(2000, 1, 1)
LISTS = (
    (
        "before_crew",
        "抢修人员到达前",
        "large",
        "S0-R07",
        (
            "值备班人员全员到岗",
            "应急电源已备",
            "电话组接听、回复网格群",
            "现场小喇叭循环广播",
            "安抚特殊敏感用户",
        ),
    ),
    (
        "after_crew",
        "抢修人员到达后",
        "every",
        "S0-R09",
        (
            "联系社区、物业，维持现场秩序",
            "把现场情况告知客户",
            "解答客户疑问",
            "送电后走访，整理台账复盘",
        ),
    ),
    (
        "customer_line",
        "客户产权线路故障",
        "customer_owned",
        "S0-R33",
        (
            "告知抢修人员属客户产权",
            "联系产权人",
            "协助查找故障点",
            "向居民说明产权分界",
        ),
    ),
)


def plant(apps, schema_editor):
    templates = apps.get_model("outage", "ChecklistTemplate").objects
    items = apps.get_model("outage", "ChecklistItem").objects
    now = datetime.now(timezone.utc)
    for code, title, applies, basis, texts in LISTS:
        row, made = templates.get_or_create(
            code=code,
            version=1,
            defaults={
                "title": title,
                "applies": applies,
                "basis": basis,
                "effective_from": ALWAYS,
                "recorded_at": now,
            },
        )
        if made:
            items.bulk_create(
                items.model(template=row, position=n, text=text) for n, text in enumerate(texts, start=1)
            )


class Migration(migrations.Migration):
    dependencies = [("outage", "0006_closing_and_checklists")]

    operations = [migrations.RunPython(plant, migrations.RunPython.noop)]
