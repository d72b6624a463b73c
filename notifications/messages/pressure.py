"""Urging, supervision, escalation, limits beside the due date, rulings, appeals, rectification (S4-R48 to R50, B23)."""

from django.utils.translation import gettext_lazy as _

from notifications import audience as to
from notifications.audience import Audience
from notifications.messages.row import Row, Text
from notifications.vocabulary import Topic

LEAD = (to.WORKER, to.CONTACTS, to.HEADS_OF_LEAD)


def _time(on: str, people: tuple[Audience, ...], subject: Text, text: Text, *, urgent: bool = False) -> Row:
    """Urgent ones have no short text of their own: subject and text are short enough."""
    return Row(f"pressure.{on}", on, people, Topic.TIME, subject, text, urgent=urgent)


def _money(on: str, people: tuple[Audience, ...], subject: Text, text: Text) -> Row:
    return Row(f"ruling.{on}", on, people, Topic.APPROVAL, subject, text)


PRESSURE = (
    _time("urge_notice", LEAD, _("催办通知书：工单 {number}"), _("“{title}”：{text}。{due_text}。"), urgent=True),
    _time(
        "urge_criticism",
        (*LEAD, to.DIRECTOR),
        _("通报批评：工单 {number}"),
        _("“{title}”经催办仍未办理：{text}。"),
        urgent=True,
    ),
    _time("supervise", LEAD, _("工单 {number} 被督办"), _("{who}督办“{title}”：{text}。{due_text}。"), urgent=True),
    _time("supervise_end", LEAD, _("工单 {number} 解除督办"), _("“{title}”已解除督办。")),
    _time(
        "escalated",
        (to.HEADS_OF_LEAD,),
        _("工单 {number} 报到您这里"),
        _("“{title}”：{text}。请接办、改派经办人或附意见上报。{due_text}。"),
        urgent=True,
    ),
    _time(
        "escalation_act",
        (to.WORKER, to.DIRECTOR),
        _("负责人已处理工单 {number} 的上报"),
        _("{who}就“{title}”：{text}。"),
    ),
    _time("deadline_warning", (to.WORKER, to.CONTACTS), _("时限预警：工单 {number}"), _("“{title}”：{text}。")),
    _time("deadline_late", (to.WORKER, to.CONTACTS), _("超过时限：工单 {number}"), _("“{title}”：{text}。")),
)
RULINGS = (
    _money("ruling_propose", (to.REFEREE,), _("工单 {number} 待裁定是否不合格"), _("{who}提请裁定“{title}”：{text}。")),
    _money("repeat_propose", (to.REFEREE,), _("工单 {number} 待裁定是否再次反映"), _("“{title}”之后客户再次反映。")),
    _money("ruling_confirm", LEAD, _("工单 {number} 被裁定不合格"), _("“{title}”：{text}。对裁定不服的可以申诉。")),
    _money("ruling_dismiss", (*LEAD, to.DIRECTOR), _("工单 {number} 不予裁定"), _("“{title}”：{text}。")),
    _money("appeal_file", (to.REFEREE, to.DIRECTOR), _("工单 {number} 有一件申诉"), _("“{title}”：{text}。")),
    _money("appeal_upheld", (*LEAD, to.DIRECTOR), _("工单 {number} 的申诉成立"), _("“{title}”：{text}。")),
    _money("appeal_refused", (*LEAD, to.DIRECTOR), _("工单 {number} 的申诉不成立"), _("“{title}”：{text}。")),
    _money("rectify_issue", LEAD, _("限期整改：工单 {number}"), _("“{title}”：{text}。")),
    _money("rectify_submit", (to.DIRECTOR,), _("工单 {number} 的整改待验收"), _("{department}提交了整改：{text}。")),
    _money("rectify_accept", LEAD, _("工单 {number} 的整改已验收"), _("{who}验收了“{title}”的整改。")),
    _money("rectify_return", LEAD, _("工单 {number} 的整改被退回"), _("“{title}”的整改被退回，缺少：{text}。")),
    _money("self_inspect", (to.CONTACTS, to.HEADS_OF_LEAD), _("自查自纠：工单 {number}"), _("{text}。")),
    _money("accountability", (to.HEADS_OF_LEAD,), _("工单 {number} 的责任追究"), _("“{title}”：{text}。")),
)
