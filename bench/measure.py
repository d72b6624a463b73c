"""Interleaved rounds, so that a noisy machine disturbs every contestant alike; ratios are taken round by round."""

import gc
import os
import platform
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import NamedTuple

ROUNDS = 7
ROOT = Path(__file__).resolve().parent.parent


class Spread(NamedTuple):
    """Minimum, median and maximum over the rounds."""

    low: float
    middle: float
    high: float


def spread(values: list[float]) -> Spread:
    return Spread(min(values), median(values), max(values))


def machine() -> str:
    """Processor, cores, Python and commit: what a figure is worth nothing without."""
    model = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.processor(),
    )
    git = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    found = subprocess.run(git, capture_output=True, text=True, check=False)
    commit = found.stdout.strip() if found.returncode == 0 else "no commit"
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}, commit {commit}"


def race(
    contestants: Mapping[str, Callable[[], object]], *, rounds: int = ROUNDS, least: float = 0.1
) -> dict[str, list[float]]:
    """Seconds of one run of each contestant in each round, in turning order.

    A contestant faster than ``least`` seconds runs several times in a row, so that a round is long enough to measure.
    """
    if rounds < 5:
        raise ValueError("fewer than five rounds say nothing")
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    names = list(contestants)
    times = {name: max(1, round(least / _seconds(contestants[name], 1))) for name in names}  # warms up as well
    for round_number in range(rounds):
        turn = round_number % len(names)
        for name in names[turn:] + names[:turn]:
            gc.collect()
            seconds[name].append(_seconds(contestants[name], times[name]))
    return seconds


def _seconds(run: Callable[[], object], times: int) -> float:
    """Wall-clock seconds of one run, as the mean of ``times`` in a row."""
    began = time.perf_counter()
    for _ in range(times):
        run()
    return (time.perf_counter() - began) / times


def ratio(seconds: Mapping[str, list[float]], above: str, below: str) -> Spread:
    """How many times as long ``above`` took as ``below``, round by round."""
    return spread([a / b for a, b in zip(seconds[above], seconds[below], strict=True)])


def report(title: str, seconds: Mapping[str, list[float]], *, per: int, unit: str = "µs", scale: float = 1e6) -> None:
    """Prints machine, then each contestant's time for one of the ``per`` things done in a round."""
    print(title)
    print(f"  {machine()}; {len(next(iter(seconds.values())))} interleaved rounds")
    for name, values in seconds.items():
        low, middle, high = spread([value / per * scale for value in values])
        print(f"  {name:<28} {middle:9.3f} {unit}  ({low:.3f} – {high:.3f})")


def verdict(goal: str, found: Spread, *, met: bool) -> None:
    text = f"{found.middle:.2f} ({found.low:.2f} – {found.high:.2f})"
    print(f"  {goal:<44} {text:<28} {'met' if met else 'NOT MET'}")
