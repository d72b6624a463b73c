"""The sweeper process: money that takes long holds no outage clock up; what nobody expected ends the process (P10)."""

import os
import signal
import threading
from collections.abc import Iterator
from datetime import datetime
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from escalation import sweeps
from escalation.management.commands import sweeper
from escalation.services.holds import ClockWatch

NOTHING = SimpleNamespace(total=0)


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No database and no other work; the handlers of signals as they were."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    monkeypatch.setattr(sweeper, "settle_due", lambda now: NOTHING)
    monkeypatch.setattr(sweeper, "settle", lambda now: NOTHING)
    monkeypatch.setattr(sweeper, "tend_in_background", lambda now: None)
    monkeypatch.setattr(ClockWatch, "check", lambda self, **clocks: None)
    monkeypatch.setattr(sweeper, "close_old_connections", lambda: None)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_the_clocks_are_looked_at_while_money_is_being_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = threading.Semaphore(0)
    in_time: list[bool] = []

    def slow(now: datetime) -> SimpleNamespace:
        in_time.extend(looked.acquire(timeout=30) for _ in range(3))
        os.kill(os.getpid(), signal.SIGTERM)
        return NOTHING

    monkeypatch.setattr(sweeper, "settle", slow)
    monkeypatch.setattr(sweeps, "sweeps", lambda: {"outage": lambda now: looked.release()})
    call_command("sweeper", every=0.1)
    assert in_time == [True, True, True]


def test_a_clock_that_fails_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(now: datetime) -> None:
        raise ValueError("nobody expected that")

    monkeypatch.setattr(sweeps, "sweeps", lambda: {"outage": broken})
    with pytest.raises(CommandError, match="nobody expected that"):
        call_command("sweeper", every=0.1)


def test_once_looks_at_the_clocks_first(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []

    def settle(now: datetime) -> SimpleNamespace:
        order.append("money")
        return NOTHING

    monkeypatch.setattr(sweeper, "settle", settle)
    monkeypatch.setattr(sweeps, "sweeps", lambda: {"outage": lambda now: order.append("clocks")})
    call_command("sweeper", once=True)
    assert order == ["clocks", "money"]
