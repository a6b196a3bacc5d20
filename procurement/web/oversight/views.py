"""The auditor's pages: chains, lines, documents."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from procurement.foundation.labels import word
from procurement.registers import access, audit
from procurement.registers.access import Deed
from procurement.registers.audit import Outcome
from procurement.web.refusals import found, number_asked, page
from procurement.web.session import acting_user

# The kinds of thing a line can be about, by the name that `audit.name_of` gives them.
KINDS = {
    "transfer": word("事项"), "plan": word("方案"), "conference": word("联席会议"), "agendaitem": word("议程"),
    "announcement": word("公告"), "appointment": word("指定"),
    "bid": word("投标"), "competition": word("竞争"), "scoresheet": word("评分表"), "award": word("成交"),
    "agreement": word("协议"), "supplement": word("补充协议"), "handover": word("交接清单"), "milestone": word("节点"), "delivery": word("履行"),
    "inspection": word("检查"), "expenditureevaluation": word("支出绩效评价"), "user": word("账户"), "loginsession": word("登录会话"),
    "substitution": word("代理"), "budgetline": word("预算项目"), "programme": word("工作方案"),
    "department": word("部门"), "organisation": word("承接组织"), "demonstration": word("演示"), "reminder": word("提醒"), "import": word("导入"),
    "takeback": word("收回"), "listing": word("列入申请"), "grade": word("评估等级"), "creditrecord": word("信用记录"),
    "standard": word("标准"), "referenceedition": word("清单版次"), "catalogueentry": word("目录条目"),
    "negativelistentry": word("负面清单条目"), "planattachment": word("方案附件"), "plancondition": word("评估条件"),
    "planfunding": word("资金"), "announcementversion": word("公告版次"), "openerkey": word("密钥"),
    "holidaynotice": word("放假安排"), "resolution": word("决议"), "notice": word("消息"),
    "commitment": word("投标清单校验值"), "adjournment": word("开启延期"), "openingremark": word("对开启的意见"),
    "openingrecord": word("开启记录"), "biddingdocuments": word("采购文件"), "holderkey": word("密钥"), "sealedfile": word("投标文件"),
    "enquiry": word("询问"), "subscription": word("关注"), "intention": word("采购意向"), "sourcenotice": word("单一来源公示"),
    "sourceobjection": word("对单一来源的异议"), "offercall": word("最后报价的征集"), "finaloffer": word("最后报价"),
}  # fmt: skip

bp = Blueprint("oversight", __name__, url_prefix="/audit")


@bp.get("")
@login_required
def list_lines() -> ResponseReturnValue:
    """The newest lines of all chains, or of one; refused deeds among them."""
    access.require(acting_user(), Deed.AUDIT_READ, None)
    chain, skip = request.args.get("chain", "").strip().lower(), number_asked("skip")
    found(None if audit.is_sealed(chain) else True)
    lines = audit.lines_of_chain(chain) if chain else audit.lines_everywhere(skip=skip)
    return page(
        "oversight/list_lines.html",
        lines=lines,
        chain=chain,
        outcomes=list(Outcome),
        total=audit.number_of_lines(),
        older=skip + len(lines),
        subject_text=subject_text,
    )


def subject_text(subject: str) -> str:
    """`绩效评价 2`: what a line is about, in the reader's language."""
    kind, _space, number = subject.partition(" ")
    return f"{_(KINDS[kind]) if kind in KINDS else kind} {number}".rstrip()


@bp.get("/verify")
@login_required
def verify_chains() -> ResponseReturnValue:
    """Walk every chain now and say whether each line follows from the one before."""
    access.require(acting_user(), Deed.AUDIT_READ, None)
    return page("oversight/verify_chains.html", broken=audit.first_broken_line(), total=audit.number_of_lines())
