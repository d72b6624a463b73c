"""Call quality (S4-R53): drawing calls at random, judging them, and what comes of it per agent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Avg, Count, F, Q
from django.utils.translation import gettext as _

from complaints.errors import Invalid, NotAllowed, NotNow
from complaints.models import CallScore
from complaints.models.quality import BEST, MARKS, SCORERS, WORST
from people import audit
from people.models import User
from people.standing import standing
from policy.limits import SHANGHAI, shanghai_day
from policy.vocabulary import Channel

SAMPLES = 5  # calls per agent and month
LONGEST_REMARK = 300

# One statement for all agents: each gets the places of the month it has none in yet, from its calls in an order nobody
# can foresee or choose. A place is unique, so that two draws at once fill it once.
DRAW = """
INSERT INTO complaints_callscore (call_id, agent_id, month, place, drawn_at, remark)
SELECT id, agent_id, %(month)s, taken + turn, %(now)s, ''
  FROM (SELECT call.id, call.agent_id,
               (SELECT count(*) FROM complaints_callscore drawn
                 WHERE drawn.agent_id = call.agent_id AND drawn.month = %(month)s) AS taken,
               row_number() OVER (PARTITION BY call.agent_id ORDER BY random()) AS turn
          FROM complaints_call call
         WHERE call.channel = %(channel)s AND call.received_at >= %(since)s AND call.received_at < %(until)s
           AND NOT EXISTS (SELECT 1 FROM complaints_callscore drawn WHERE drawn.call_id = call.id)) AS calls
 WHERE taken + turn <= %(samples)s
    ON CONFLICT DO NOTHING
"""


def month_of(day: date) -> date:
    return day.replace(day=1)


def month_before(month: date) -> date:
    return month_of(month - timedelta(days=1))


def month_after(month: date) -> date:
    return month_of(month + timedelta(days=31))


def draw_calls(*, now: datetime, by: User | None = None) -> int:
    """Fills the samples of this month and the last; returns how many calls were drawn. Harmless twice."""
    if by is not None and not standing(by, shanghai_day(now)).has(*SCORERS):
        raise NotAllowed(_("抽样由值长、主管或热线主任进行。"))
    this = month_of(shanghai_day(now))
    drawn = sum(_draw(month, now) for month in (month_before(this), this))
    if drawn:
        audit.record(actor=by, action="call.draw", now=now, ref=f"{this:%Y-%m}", detail={"calls": drawn})
    return drawn


def _draw(month: date, now: datetime) -> int:
    # A month of 24-hour days from its first midnight to the next month's.
    since, until = (datetime(day.year, day.month, 1, tzinfo=SHANGHAI) for day in (month, month_after(month)))
    given = {"month": month, "now": now, "since": since, "until": until}
    with connection.cursor() as cursor:
        cursor.execute(DRAW, given | {"channel": Channel.HOTLINE, "samples": SAMPLES})
        return int(cursor.rowcount)


@transaction.atomic
def score_call(score: CallScore, marks: Mapping[str, int], remark: str, *, by: User, now: datetime) -> CallScore:
    """The four marks of a drawn call, once, by somebody who did not take it (S4-R53).

    Raises NotAllowed (403), NotNow (409) when it has been judged already, Invalid (400) for marks out of range.
    """
    score = CallScore.objects.select_for_update().get(pk=score.pk)
    if not standing(by, shanghai_day(now)).has(*SCORERS):
        raise NotAllowed(_("评分由值长、主管或热线主任进行。"))
    if score.agent_id == by.pk:
        raise NotAllowed(_("不能评定自己的通话。"))
    if score.scored_at is not None:
        raise NotNow(_("这次通话已经评定过，不能再改。"))
    for name, label, _hint in MARKS:
        value = marks.get(name)
        if value is None or not WORST <= value <= BEST:
            raise Invalid(_("%(label)s：请评 1 到 5 分") % {"label": label}, field=name)
        setattr(score, name, value)
    score.remark, score.scored_by, score.scored_at = remark[:LONGEST_REMARK], by, now
    score.save()
    audit.record(actor=by, action="call.score", subject=score, now=now, detail={"agent": score.agent_id})
    return score


@dataclass(frozen=True)
class AgentFigures:
    """One agent's month: calls drawn and judged, and the mean of each mark and of all four."""

    agent_id: int
    name: str
    agent_no: str
    drawn: int
    scored: int
    means: Mapping[str, float | None]
    mean: float | None


def figures(since: date, until: date) -> list[AgentFigures]:
    """Quality per agent over months from ``since`` up to but without ``until`` (first days), for pages and reports."""
    judged = Q(scored_at__isnull=False)
    rows = (
        CallScore.objects.filter(month__gte=since, month__lt=until)
        .values("agent_id", name=F("agent__name"), no=F("agent__agent_no"))
        .annotate(
            drawn=Count("pk"),
            scored=Count("pk", filter=judged),
            **{f"mean_{mark}": Avg(mark, filter=judged) for mark, _label, _hint in MARKS},
        )
        .order_by("no", "agent_id")
    )
    return [_figures(row) for row in rows]


def _figures(row: Mapping[str, object]) -> AgentFigures:
    means = {name: _number(row[f"mean_{name}"]) for name, _label, _hint in MARKS}
    known = [value for value in means.values() if value is not None]
    return AgentFigures(
        agent_id=int(str(row["agent_id"])),
        name=str(row["name"]),
        agent_no=str(row["no"] or ""),
        drawn=int(str(row["drawn"])),
        scored=int(str(row["scored"])),
        means=means,
        mean=sum(known) / len(known) if known else None,
    )


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))
