"""One part of a run: when it is started again, and what is shown of it."""

import sys
import time
from collections.abc import Callable

import pytest

from config import children
from config.bootstrap import Refusal
from config.children import Child, Console, one_shot
from config.processes import wait_until


def part(code: str, before: Callable[[], None] | None = None) -> Child:
    return Child("part", one_shot([sys.executable, "-c", code], {}), before=before)


def finished(child: Child) -> Child:
    assert wait_until(child.ended, 30)
    return child


def test_a_part_that_ends_is_started_again_at_once_the_first_time() -> None:
    child = part("")
    child.start()
    assert finished(child).due()


def test_a_part_that_keeps_ending_is_back_within_ten_seconds_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """F6; and a part that cannot work does not fill the log."""
    child = part("")
    child.start()
    finished(child)
    waits = []
    for failures in range(1, 12):
        child.failures, now = failures, child.died
        step = 0.0
        while not due_at(child, now + step, monkeypatch):
            step += 0.5
        waits.append(step)
    assert waits[:4] == [0, 1, 3, 7]
    assert max(waits) < 10


def due_at(child: Child, moment: float, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr("config.children.time.monotonic", lambda: moment)
    try:
        return child.due()
    finally:
        monkeypatch.undo()


def test_a_part_that_lived_long_is_trusted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    child = part("")
    child.start()
    child.failures, child.born = 5, time.monotonic() - children.SETTLED - 1
    finished(child)
    assert child.failures == 0


def test_a_part_whose_preparation_is_refused_is_tried_again_later() -> None:
    def refuse() -> None:
        raise Refusal("not yet")

    child = part("", before=refuse)
    child.start()
    finished(child)
    child.start()
    assert child.last_words() == "not yet"
    assert child.ended()


def test_lines_come_whole_and_with_the_name_of_their_part(capsys: pytest.CaptureFixture[str]) -> None:
    child, console = part("import sys; sys.stdout.write('one\\n停电\\nhalf'); sys.stderr.write(' line')"), Console()
    child.start()
    finished(child)
    console.pump([child], 0)
    console.pump([child], 0)
    shown = capsys.readouterr().out.splitlines()
    assert shown[:2] == ["part     | one", "part     | 停电"]
    assert "half" in shown[-1]


def test_an_end_with_an_error_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    child, console = part("raise SystemExit(3)"), Console()
    child.start()
    finished(child)
    for _ in range(3):
        console.pump([child], 0)
    assert capsys.readouterr().out.count("ended with code 3") == 1
