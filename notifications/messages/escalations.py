"""Approvals and money: who must decide, who learns what was decided (A29, S4-R44, S4-R47)."""

from django.utils.translation import gettext_lazy as _

from notifications import audience as to
from notifications.deciders import DECIDERS, REQUESTER
from notifications.messages.row import Row
from notifications.vocabulary import Topic

APPROVALS = (
    Row(
        "approval.asked",
        "approval_request",
        (DECIDERS,),
        Topic.APPROVAL,
        _("工单 {number} 有一件申请待您审批"),
        _("{who}就“{title}”提出申请：{text}。{due_text}，到期前批不了的，逾期照算。"),
        short=_("工单{number}有一件申请待您审批，{due_text}。"),
    ),
    Row(
        "approval.next",
        "approval_step",
        (DECIDERS,),
        Topic.APPROVAL,
        _("工单 {number} 的申请轮到您审批"),
        _("{who}已同意“{title}”的申请，轮到您审批。{due_text}。"),
        short=_("工单{number}的申请轮到您审批，{due_text}。"),
    ),
    Row(
        "approval.passed_up",
        "approval_passed_up",
        (DECIDERS,),
        Topic.APPROVAL,
        _("工单 {number} 的申请转交您审批"),
        _("{who}把“{title}”的申请转交您审批：{text}。{due_text}。"),
        short=_("工单{number}的申请转交您审批，{due_text}。"),
    ),
    Row(
        "approval.granted",
        "approval_granted",
        (REQUESTER, to.WORKER, to.CONTACTS),
        Topic.APPROVAL,
        _("工单 {number} 的申请已批准"),
        _("{who}批准了“{title}”的申请：{text}。{due_text}。"),
        short=_("工单{number}的申请已批准，{due_text}。"),
    ),
    Row(
        "approval.refused",
        "approval_refused",
        (REQUESTER, to.WORKER, to.CONTACTS),
        Topic.APPROVAL,
        _("工单 {number} 的申请被驳回"),
        _("{who}驳回了“{title}”的申请：{text}。{due_text}。"),
        short=_("工单{number}的申请被驳回，{due_text}。"),
    ),
    Row(
        "approval.taken_back",
        "approval_taken_back",
        (to.HEADS_OF_LEAD,),
        Topic.APPROVAL,
        _("工单 {number} 的申请已撤回"),
        _("{who}撤回了“{title}”的申请，不必再批。"),
    ),
    Row(
        "penalty.void",
        "penalty_void",
        (to.CONTACTS, to.HEADS_OF_LEAD),
        Topic.APPROVAL,
        _("工单 {number} 有扣罚作废"),
        _("“{title}”有扣罚作废：{text}。"),
    ),
    Row(
        "penalty.reattributed",
        "penalty_reattribute",
        (to.CONTACTS, to.HEADS_OF_LEAD, to.SUB_UNIT),
        Topic.APPROVAL,
        _("工单 {number} 的扣罚改归其他部门"),
        _("“{title}”：{text}。"),
    ),
    Row(
        "penalty.person",
        "named_person",
        (to.NAMED,),
        Topic.APPROVAL,
        _("您被指定为工单 {number} 的责任人"),
        _("{who}指定您为“{title}”的责任人，{due_text}。"),
    ),
)
