"""Sweeps of the apps above that the sweeper process runs every second beside its own (F11, F12).

An app registers a function ``run(now)`` in its ``AppConfig.ready()``; it must be idempotent and set-based, for beat
calls the same function once a minute and a second sweeper may run it at the same time.
"""

from collections.abc import Callable
from datetime import datetime

Sweep = Callable[[datetime], object]

_sweeps: dict[str, Sweep] = {}


def register_sweep(name: str, run: Sweep) -> None:
    _sweeps[name] = run


def sweeps() -> dict[str, Sweep]:
    return dict(_sweeps)
