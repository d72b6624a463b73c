"""Where a month's report stands on its way to publication, as the rail above the table says it (DESIGN, 月报)."""

from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from people.models import Department
from people.templatetags.ui import day_text
from policy.limits import shanghai_day
from policy.rulebook import Rulebook
from policy.workdays import workdays_between
from reports.models import Publication
from reports.months import Month, generation_day, publish_by
from reports.publishing import refusal, unchecked
from reports.sheet import Sheet
from reports.views.access import Reader
from reports.workflow import STEPS, Attempt, Stage

DONE, NOW, LATER = "done", "now", ""


@dataclass(frozen=True)
class Station:
    label: str
    note: str
    state: str


@dataclass(frozen=True)
class Action:
    """A step of the report this person's post allows; ``why`` says why it is closed just now."""

    name: str
    label: str
    icon: str
    url: str
    why: str


@dataclass(frozen=True)
class Rail:
    stations: list[Station]
    publish_by: date
    nominal: date
    moved: bool
    left: int
    late: bool
    done: bool
    actions: list[Action]


def rail_of(month: Month, publication: Publication | None, reader: Reader, *, sheet: Sheet) -> Rail:
    now, book = reader.now, reader.book
    policy = book.policy_on(month.plus(1).first)
    last = (
        publication.publish_by
        if publication
        else publish_by(month, book.calendar, day_of_month=policy.report_publish_day)
    )
    nominal = month.plus(1).first.replace(day=policy.report_publish_day)
    today = shanghai_day(now)
    published = publication is not None and publication.stage == Stage.PUBLISHED
    checking = publication is not None and publication.stage == Stage.CHECKING
    waiting = unchecked(publication, now=now, sheet=sheet) if publication and checking else []
    return Rail(
        stations=_stations(month, publication, waiting, now=now, book=book, last=last),
        publish_by=last,
        nominal=nominal,
        moved=last != nominal,
        left=workdays_between(today, last, book.calendar),
        late=(publication.late if published and publication else today > last),
        done=published,
        actions=_actions(publication, waiting, month, reader),
    )


def _stations(
    month: Month, row: Publication | None, missing: list[Department], *, now: datetime, book: Rulebook, last: date
) -> list[Station]:
    if row is None:
        first = generation_day(month, book.calendar)
        begun = Station(_("汇总生成"), _("%(day)s生成") % {"day": day_text(first)}, NOW)
        rest = (_("部门核对"), _("主任签发"), _("公布"))
        return [begun, *(Station(label, "", LATER) for label in rest)]
    waiting = len(missing)
    checks = list(row.checks.all())
    objections = sum(check.is_open for check in checks)
    checked = _("%(n)d / %(all)d 已核对") % {"n": len(checks), "all": len(checks) + waiting}
    if objections:
        checked = _("%(n)d 个部门有异议") % {"n": objections}
    checking = row.stage == Stage.CHECKING
    over = checking and (not waiting or shanghai_day(now) > row.check_by) and not objections
    signed = row.stage != Stage.CHECKING
    published = row.stage == Stage.PUBLISHED
    return [
        Station(_("汇总生成"), day_text(row.generated_at), DONE),
        Station(_("部门核对"), checked, DONE if signed or over else NOW),
        Station(
            _("主任签发"),
            day_text(row.signed_at) if signed else _("待签发"),
            DONE if signed else NOW if over else LATER,
        ),
        Station(
            _("公布"),
            day_text(row.published_at) if published else _("%(day)s前") % {"day": day_text(last)},
            DONE if published else NOW if signed else LATER,
        ),
    ]


def _actions(row: Publication | None, missing: list[Department], month: Month, reader: Reader) -> list[Action]:
    if row is None:
        return []
    wanted = {Stage.CHECKING: "sign", Stage.SIGNED: "publish", Stage.PUBLISHED: "supplement"}
    name = wanted[Stage(row.stage)]
    step = STEPS[name]
    if not step.may(reader.who):
        return []
    attempt = Attempt(row, reader.user, reader.now, tuple(place.name for place in missing))
    url = reverse("report_step", args=[month, name])
    return [Action(name, str(step.label), step.icon, url, refusal(name, attempt) or "")]
