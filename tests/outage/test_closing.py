"""An outage is closed only with ledger, feedback and review (S0-R10); checklists keep who and when (S0-R07)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from complaints.errors import Blocked, Invalid, NotAllowed, NotNow, Stale
from outage.checklists.models import ChecklistItem, ChecklistTemplate, Tick
from outage.checklists.services import checklists_of, next_version, set_tick
from outage.closing import services
from outage.closing.gaps import gaps_of
from outage.closing.views import timeline_of
from outage.models import Outage
from outage.services import perform
from outage.vocabulary import OutageCause, State
from people.models import User
from people.roles import Role
from policy.rulebook import policy_on
from tests.factories import MONDAY, person
from tests.outage.factories import Crew, area

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = MONDAY + 3 * HOUR
LEDGER = {
    "course": "电缆分支箱烧毁，更换后送电",
    "cause": "内部短路",
    "impact": "200 户两小时",
    "measures": "更换分支箱",
    "no_feedback_reason": "",
}
REVIEW = {"held_on": LATER.date(), "attended": "高建军、梁志强", "conclusion": "通知漏发，须定人"}


@pytest.fixture(autouse=True)
def signed_in_fully(settings: Settings) -> None:
    settings.DEMO = True


def restored(crew: Crew, **fields: Any) -> Outage:
    outage = crew.outage(MONDAY, **fields)
    return perform(outage, "restore", by=crew.duty, now=MONDAY + 2 * HOUR, at=MONDAY + 2 * HOUR)


def gaps(outage: Outage, now: datetime = LATER) -> list[str]:
    return [gap.text for gap in gaps_of(outage, now=now, policy=policy_on(now.date()))]


def close(outage: Outage, by: User) -> Outage:
    return perform(outage, "close", by=by, now=LATER)


def test_every_missing_part_blocks_the_closing_and_is_named() -> None:
    crew = Crew()
    outage = restored(crew)
    with pytest.raises(Blocked) as refused:
        close(outage, crew.duty)
    for words in ("台账", "客户意见", "复盘结论", "处差距的说明", "改进措施"):
        assert words in refused.value.message
    services.keep_ledger(outage, values=LEDGER, version=0, by=crew.duty, now=LATER)
    feedback: dict[str, Any] = {"source": "group", "text": "停了两个小时没人说", "answer": "已致歉", "at": LATER}
    services.add_feedback(outage, **feedback, by=crew.worker, now=LATER)
    services.keep_review(outage, values=REVIEW, version=0, by=crew.head, now=LATER)
    with pytest.raises(Blocked, match="差距的说明"):
        close(outage, crew.duty)
    for gap in gaps_of(outage, now=LATER, policy=policy_on(LATER.date())):
        services.explain_gap(outage, key=gap.key, text="值班员未接班", by=crew.head, now=LATER)
    with pytest.raises(Blocked, match="改进措施"):
        close(outage, crew.duty)
    services.add_action(
        outage, what="交接班核对网格群", owner=crew.head, due_on=LATER.date() + DAY, by=crew.head, now=LATER
    )
    assert close(outage, crew.duty).state == State.CLOSED


def test_no_feedback_is_said_with_how_it_was_checked() -> None:
    crew = Crew()
    outage = restored(crew)
    services.keep_ledger(
        outage, values={**LEDGER, "no_feedback_reason": "逐户走访 20 户"}, version=0, by=crew.duty, now=LATER
    )
    with pytest.raises(Blocked) as refused:
        close(outage, crew.duty)
    assert "客户意见" not in refused.value.message


def test_gaps_are_found_in_the_rows_and_vanish_with_their_cause() -> None:
    """Two groups, two notices owed to each, none posted; known twenty minutes after the failure."""
    crew = Crew()
    outage = restored(crew, occurred_at=MONDAY - timedelta(minutes=20))
    found = gaps(outage)
    assert sum("漏发" in text for text in found) == 4
    assert any("20 分钟才获知" in text for text in found)
    outage.notices.update(posted_at=MONDAY)
    assert not any("漏发" in text for text in gaps(outage))


def test_the_timeline_is_the_stream_in_order() -> None:
    crew = Crew()
    outage = restored(crew)
    services.keep_ledger(outage, values=LEDGER, version=0, by=crew.duty, now=LATER)
    lines = timeline_of(outage)
    assert [line.at for line in lines] == sorted(line.at for line in lines)
    assert [lines[0].what, lines[-1].what] == ["登记停电", "填写台账"]
    assert "全部送电" in [line.what for line in lines]


def test_two_writers_of_the_ledger_do_not_overwrite_each_other() -> None:
    crew = Crew()
    outage = restored(crew)
    services.keep_ledger(outage, values=LEDGER, version=0, by=crew.duty, now=LATER)
    with pytest.raises(Stale):
        services.keep_ledger(outage, values=LEDGER, version=0, by=crew.head, now=LATER)
    changed = {**LEDGER, "cause": "外力破坏"}
    services.keep_ledger(outage, values=changed, version=1, by=crew.head, now=LATER)
    event = outage.events.filter(name="ledger").order_by("-seq")[0]
    assert event.data["changed"] == {"cause": ["内部短路", "外力破坏"]}


def test_strangers_keep_nothing_and_nothing_is_kept_once_it_is_closed() -> None:
    crew = Crew()
    outage = restored(crew)
    with pytest.raises(NotAllowed):
        services.keep_ledger(outage, values=LEDGER, version=0, by=crew.agent, now=LATER)
    with pytest.raises(Invalid):
        services.explain_gap(outage, key="notice-999999", text="x", by=crew.duty, now=LATER)
    cancelled = perform(crew.outage(MONDAY, areas=[area()]), "cancel", by=crew.duty, now=LATER, reason="误报")
    with pytest.raises(NotNow):
        services.keep_ledger(cancelled, values=LEDGER, version=0, by=crew.duty, now=LATER)


def test_an_action_is_finished_by_its_owner_once() -> None:
    crew = Crew()
    outage = restored(crew)
    action = services.add_action(outage, what="定人", owner=crew.worker, due_on=LATER.date(), by=crew.head, now=LATER)
    with pytest.raises(NotAllowed):
        services.finish_action(action, result="好了", by=crew.agent, now=LATER)
    assert services.finish_action(action, result="已定", by=crew.worker, now=LATER).done_by == crew.worker
    with pytest.raises(NotNow):
        services.finish_action(action, result="已定", by=crew.worker, now=LATER)


def test_the_closing_page_from_empty_to_complete_over_http() -> None:
    crew = Crew()
    outage = restored(crew)
    client = Client()
    client.force_login(crew.head)

    def post(name: str, **values: Any) -> Any:
        return client.post(reverse(name, args=[outage.number]), values)

    with time_machine.travel(LATER, tick=False):
        page = client.get(reverse("outage_closing", args=[outage.number])).content.decode()
        assert "结案前还缺" in page
        bad = post("outage_ledger", version=0, course="写了一半")
        assert bad.status_code == 400
        assert "写了一半" in bad.content.decode()
        assert post("outage_ledger", version=5, **LEDGER).status_code == 409  # nothing was kept yet: back to 0
        assert post("outage_ledger", version=0, **LEDGER).status_code == 302
        told = {"feedback-source": "visit", "feedback-text": "要求提前告知", "feedback-at": "2026-09-07T12:00"}
        assert post("outage_feedback", **told).status_code == 302
        reviewed = {f"review-{name}": value for name, value in REVIEW.items()}
        assert post("outage_review", **{"review-version": 0}, **reviewed).status_code == 302
        for gap in gaps_of(outage, now=LATER, policy=policy_on(LATER.date())):
            assert post("outage_gap", **{"gap-key": gap.key, "gap-text": "未交接"}).status_code == 302
        due = {"action-what": "定人", "action-owner": crew.head.username, "action-due_on": "2026-09-10"}
        assert post("outage_action", **due).status_code == 302
        page = client.get(reverse("outage_closing", args=[outage.number])).content.decode()
    assert "可以结案" in page
    client.force_login(person(Role.STATION_HEAD, "station_binhai"))
    assert client.get(reverse("outage_closing", args=[outage.number])).status_code == 404


# --- checklists -------------------------------------------------------------------------------------------------------


def test_an_outage_has_the_lists_that_apply_to_it() -> None:
    """S0-R07 from the threshold up, inclusive; S0-R33 for customer-owned lines."""
    crew = Crew()
    for households, wanted in ((999, {"after_crew"}), (1000, {"after_crew", "before_crew"})):
        outage = crew.outage(MONDAY, areas=[area(households=households)])
        assert {one.template.code for one in checklists_of(outage)} == wanted
    theirs = crew.outage(MONDAY, areas=[area()], cause=OutageCause.CUSTOMER_OWNED)
    assert "customer_line" in {one.template.code for one in checklists_of(theirs)}


def test_a_tick_carries_name_and_time_and_can_be_taken_back() -> None:
    crew = Crew()
    outage = crew.outage(MONDAY)
    item = checklists_of(outage)[0].lines[0].item
    first = set_tick(outage, item, done=True, by=crew.worker, now=LATER)
    assert set_tick(outage, item, done=True, by=crew.duty, now=LATER + HOUR) == first, "twice is once"
    assert first is not None
    assert (first.by, first.at) == (crew.worker, LATER)
    assert set_tick(outage, item, done=False, by=crew.duty, now=LATER + HOUR) is None
    assert set_tick(outage, item, done=True, by=crew.duty, now=LATER + HOUR) is not None
    assert Tick.objects.filter(outage=outage).count() == 2
    assert list(outage.events.filter(name__in=["tick", "untick"]).values_list("name", flat=True)) == [
        "tick",
        "untick",
        "tick",
    ]
    with pytest.raises(NotAllowed):
        set_tick(outage, item, done=True, by=crew.agent, now=LATER)
    stranger = ChecklistItem.objects.get(template__code="customer_line", position=1)
    with pytest.raises(Invalid):
        set_tick(outage, stranger, done=True, by=crew.duty, now=LATER)


def test_a_new_version_never_moves_an_older_outage() -> None:
    crew = Crew()
    manager = person(Role.MANAGER, "company")
    before = crew.outage(MONDAY, areas=[area()])
    row = next_version(
        "after_crew", items=["联系社区"], effective_from=(MONDAY + DAY).date(), basis="", by=manager, now=MONDAY
    )
    after = crew.outage(MONDAY + 2 * DAY, areas=[area()])
    assert [len(checklists_of(one)[0].lines) for one in (before, after)] == [4, 1]
    assert (row.version, ChecklistTemplate.objects.filter(code="after_crew").count()) == (2, 2)
    with pytest.raises(Invalid):
        next_version("after_crew", items=["x"], effective_from=(MONDAY + DAY).date(), basis="", by=manager, now=MONDAY)
    with pytest.raises(NotAllowed):
        next_version(
            "after_crew", items=["x"], effective_from=(MONDAY + 9 * DAY).date(), basis="", by=crew.head, now=MONDAY
        )


def test_ticking_over_http_and_the_templates_page() -> None:
    crew = Crew()
    outage = crew.outage(MONDAY)
    client = Client()
    client.force_login(crew.worker)
    with time_machine.travel(LATER, tick=False):
        item = checklists_of(outage)[0].lines[0].item
        address = reverse("outage_tick", args=[outage.number, item.pk])
        assert client.post(address, {"done": "1"}).status_code == 302
        page = client.get(reverse("outage_checklists", args=[outage.number])).content.decode()
        assert crew.worker.name in page
        assert "9/7 12:30" in page
        assert "第 1 版" in client.get(reverse("checklist_templates")).content.decode()
        client.force_login(person(Role.MANAGER, "company"))
        answer = client.post(
            reverse("checklist_version", args=["after_crew"]),
            {"items": "联系社区\n走访", "effective_from": "2026-09-08"},
        )
        assert answer.status_code == 302
