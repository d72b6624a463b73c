"""What the agent says, step by step (S4-R07..R10, R12): shown beside the form, and ticking what it proves."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from policy.models import Policy
from policy.vocabulary import Kind


@dataclass(frozen=True)
class Line:
    """``ticks`` names the box of the form that is ticked once the line has been said; ``echoes``: the page repeats
    what stands in the form."""

    key: str
    label: str
    text: str
    ticks: str = ""
    echoes: bool = False


TELL = "tell"


def script(policy: Policy, agent_no: str, told: str) -> list[Line]:
    """The lines of one call in their order; ``told`` is what ``promise`` says of the route chosen so far."""
    greeting = _("您好，%(company)s，%(no)s 号为您服务，请问有什么可以帮您？") % {
        "company": policy.company_name,
        "no": agent_no,
    }
    return [
        Line("greet", _("问候"), greeting),
        Line("sorry", _("致歉"), _("让您久等了，非常抱歉。"), ticks="apologised"),
        Line("repeat", _("复述"), _("我跟您核对一遍："), ticks="read_back", echoes=True),
        Line(TELL, _("告知"), told, ticks="delay_apologised"),
        Line("end", _("结束"), _("感谢来电，请您先挂机，再见。")),
    ]


def promise(kind: str, lead: str, due_on: date | None) -> str:
    """What the caller is told will happen, with the promised day (S0-R13)."""
    if not kind or not lead:
        return _("这件事我先登记下来，会尽快有人给您答复。")
    words = {"lead": lead, "day": _day(due_on)}
    if kind == Kind.FAULT_REPORT:
        return _("我马上通知%(lead)s抢修，请注意安全，不要靠近断落的电线。") % words
    if due_on is None:
        return _("我现在转给%(lead)s办理，谢谢您的反映。") % words
    if kind == Kind.CONSULTATION:
        return _("这件事我不能马上答复您，很抱歉。我转给%(lead)s，最晚 %(day)s前给您答复，请留下联系电话。") % words
    return _("我现在转给%(lead)s，最晚 %(day)s前会有人给您答复。") % words


def _day(day: date | None) -> str:
    return _("%(m)d 月 %(d)d 日") % {"m": day.month, "d": day.day} if day else ""
