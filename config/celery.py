"""The Celery application and the one beat table.

Beat only wakes idempotent, set-based sweeps: a missed, doubled or late run changes nothing, so no lock and no per-order
timer is needed. Use ``crontab`` schedules; an interval would drift.
"""

import os
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("config")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

BEAT: dict[str, tuple[str, crontab]] = {
    # name: (task, when), Asia/Shanghai
    "sweep": ("escalation.sweep", crontab()),
    "sweep outages": ("outage.sweep", crontab()),
    "settle money": ("escalation.settle_money", crontab()),
    "send messages": ("notifications.drain", crontab()),
    "forget old messages": ("notifications.forget_old", crontab(hour=3, minute=57)),
    "sweep around outages": ("outage.sweep_around", crontab()),
    "forget request keys": ("escalation.forget_old_keys", crontab(hour=3, minute=17)),
    "roll up months": ("reports.roll_up", crontab(minute="12,42")),
    "settle reports": ("reports.settle", crontab(minute="*/5")),
    "clear sessions": ("config.clear_sessions", crontab(hour=3, minute=27)),
    "sweep files": ("config.sweep_files", crontab(hour=3, minute=37)),
    "draw calls": ("complaints.draw_calls", crontab(hour=4, minute=7)),
    "tend exports": ("exports.tend", crontab()),
    "forget customer imports": ("config.forget_customer_imports", crontab(minute=47)),
}
app.conf.beat_schedule = {name: {"task": task, "schedule": when} for name, (task, when) in BEAT.items()}


@worker_init.connect
def refuse(**kwargs: Any) -> None:
    """A worker refuses the same servers and settings as the web process does."""
    from config.checks import refuse_unsafe_start  # noqa: PLC0415 - reads settings and models, complete only now

    refuse_unsafe_start()
