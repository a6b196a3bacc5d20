"""Every deed there is, and who may do it: one table that a lawyer can read.

A deed that is missing from the table is forbidden to all. Separation of duties (drafter ≠ evaluator, applicant ≠ payer)
is not permission: it is a rule and stands in the rooms' `rules.py`.

A substitute may do what the absent officer, approver or payer may do in the department, and nothing of their other
roles. Whether a substitution holds is asked on the day of the deed (`ask_on`), so that it ends by itself; where no day
has been told, none holds. What was done in another's place is remembered from `require` to the audit's line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any

from procurement.foundation.database import db
from procurement.foundation.errors import NotPermitted
from procurement.foundation.labels import Labelled, Said, word
from procurement.registers.people import DEPARTMENTAL, Role, User


class Deed(Labelled):
    """A deed as `noun:verb`; permission, audit line, state move, button, function and endpoint are spelled from it."""

    # accounts
    SESSION_OPEN = "session:open", word("登录")
    SESSION_CLOSE = "session:close", word("退出")
    SESSION_END = "session:end", word("结束一次登录")
    USER_CREATE = "user:create", word("开设账号")
    ROLES_GRANT = "roles:grant", word("授予角色")
    USER_DEACTIVATE = "user:deactivate", word("停用账号")
    USER_REACTIVATE = "user:reactivate", word("恢复账号")
    PASSWORD_CHANGE = "password:change", word("修改密码")
    PASSWORD_REISSUE = "password:reissue", word("重置密码")
    PASSWORD_RESET = "password:reset", word("用邮件链接重设密码")
    EMAIL_CHANGE = "email:change", word("更改电子邮箱")
    RESET_LINK_REQUEST = "reset-link:request", word("申请重设密码的链接")
    NOTICES_READ = "notices:read", word("标为已读")
    LANGUAGE_CHOOSE = "language:choose", word("选择语言")
    SUBSTITUTION_GRANT = "substitution:grant", word("委托代理")
    SUBSTITUTION_END = "substitution:end", word("结束代理")
    # departments
    DEPARTMENT_CREATE = "department:create", word("设立部门")
    DEPARTMENT_RENAME = "department:rename", word("给部门改名")
    DEPARTMENT_DESCRIBE = "department:describe", word("填写部门信息")
    DEPARTMENT_READ = "department:read", word("查看部门名册")
    # organisations
    ORGANISATION_REGISTER = "organisation:register", word("注册社会组织")
    ORGANISATION_VERIFY = "organisation:verify", word("核验社会组织")
    ORGANISATION_REFUSE = "organisation:refuse", word("退回注册")
    FIRST_ACCOUNT_OPEN = "first-account:open", word("为这个组织开设首个账号")
    ORGANISATION_READ = "organisation:read", word("查看组织的联系人")
    PAYMENT_DETAILS_KEEP = "payment-details:keep", word("填写收款资料")
    IDENTITY_NUMBER_READ = "identity-number:read", word("查看法定代表人的身份证号")
    BANK_ACCOUNT_READ = "bank-account:read", word("查看银行账号")
    COLLEAGUE_ENROL = "colleague:enrol", word("为本组织开设账号")
    COLLEAGUE_STOP = "colleague:stop", word("停用本组织的账号")
    # the frame
    PROGRAMME_PUBLISH = "programme:publish", word("公布工作方案")
    # the working calendar
    HOLIDAYS_ENTER = "holidays:enter", word("录入放假安排")
    PERIOD_RECOMPUTE = "period:recompute", word("按新的放假安排重算期限")
    # standards
    STANDARD_ADD = "standard:add", word("登记标准")
    STANDARD_REVISE = "standard:revise", word("补登标准")
    # credit, and the directory of organisations that undertake
    GRADE_ENTER = "grade:enter", word("登记评估等级")
    CREDIT_RECORD_ENTER = "credit-record:enter", word("登记信用记录")
    CREDIT_RECORD_LIFT = "credit-record:lift", word("结束信用记录")
    LISTING_APPLY = "listing:apply", word("申请列入承接目录")
    EVIDENCE_ADD = "evidence:add", word("提交条件的证明")
    LISTING_ACCEPT = "listing:accept", word("受理列入申请")
    CONDITION_JUDGE = "condition:judge", word("认定列入条件")
    LISTING_OPINE = "listing:opine", word("出具业务主管单位意见")
    LISTING_RETURN = "listing:return", word("退回列入申请")
    LISTING_ANNOUNCE = "listing:announce", word("公示列入申请")
    OBJECTION_NOTE = "objection:note", word("记录公示异议")
    LISTING_PUBLISH = "listing:publish", word("公布列入目录")
    LISTING_SUSPEND = "listing:suspend", word("暂停目录资格")
    LISTING_RESTORE = "listing:restore", word("恢复目录资格")
    LISTING_REMOVE = "listing:remove", word("移出承接目录")
    LISTING_READ = "listing:read", word("查看列入申请")
    EXPIRY_REMIND = "expiry:remind", word("提醒证明到期")
    # editions of the catalogue and of the negative list
    EDITION_DRAFT = "edition:draft", word("起草清单新版")
    ENTRY_ADD = "entry:add", word("新增条目")
    ENTRY_AMEND = "entry:amend", word("修改条目")
    ENTRY_RETIRE = "entry:retire", word("停用条目")
    ENTRY_RESTORE = "entry:restore", word("恢复停用的条目")
    ENTRY_MOVE = "entry:move", word("移动条目")
    EDITION_SUBMIT = "edition:submit", word("送交联席会议审议新版")
    EDITION_DISCARD = "edition:discard", word("放弃新版草案")
    EDITION_READ = "edition:read", word("查看新版草案")
    # budgets
    BUDGET_LINE_ENTER = "budget-line:enter", word("录入预算项目")
    BUDGET_LINE_ADJUST = "budget-line:adjust", word("调整预算项目")
    BUDGET_LINE_READ = "budget-line:read", word("查看预算")
    # imports
    IMPORT_BEGIN = "import:begin", word("读入表格")
    IMPORT_ASSIGN = "import:assign", word("指定表格的列")
    IMPORT_DISCARD = "import:discard", word("放弃导入")
    ORGANISATIONS_IMPORT = "organisations:import", word("从表格导入组织")
    STANDARDS_IMPORT = "standards:import", word("从表格导入标准")
    BUDGET_LINES_IMPORT = "budget-lines:import", word("从表格导入预算项目")
    POWERS_IMPORT = "powers:import", word("从表格导入权责清单")
    FUNCTIONS_IMPORT = "functions:import", word("从表格导入可转移职能目录")
    ACCOUNTS_IMPORT = "accounts:import", word("从表格开设账号")
    ROLES_IMPORT = "roles:import", word("从表格授予角色")
    CATALOGUE_IMPORT = "catalogue:import", word("从表格导入购买服务目录")
    NEGATIVE_LIST_IMPORT = "negative-list:import", word("从表格导入负面清单")
    # before the line
    PLAN_DRAFT = "plan:draft", word("起草方案")
    PLAN_REVISE = "plan:revise", word("修改方案")
    PLAN_ABANDON = "plan:abandon", word("放弃方案")
    PLAN_SUBMIT = "plan:submit", word("送交事前评估")
    PLAN_RECALL = "plan:recall", word("撤回修改")
    PLAN_EVALUATE = "plan:evaluate", word("作出事前绩效评估")
    FUNDING_JOIN = "funding:join", word("接上预算项目")
    CONDITION_MEET = "condition:meet", word("落实评估条件")
    ATTACHMENT_ADD = "attachment:add", word("添加方案附件")
    ATTACHMENT_REMOVE = "attachment:remove", word("移除方案附件")
    FINDING_RECORD = "finding:record", word("认定负面清单命中")
    CONFERENCE_CONVENE = "conference:convene", word("召集联席会议")
    CONFERENCE_CANCEL = "conference:cancel", word("取消联席会议")
    CONFERENCE_OPEN = "conference:open", word("宣布开会")
    RECUSAL_DECLARE = "recusal:declare", word("申报回避")
    VOTE_CAST = "vote:cast", word("表决")
    ITEM_RESOLVE = "item:resolve", word("联席会议作出决议")
    CONFERENCE_CLOSE = "conference:close", word("闭会并形成会议记录")
    CONFERENCE_READ = "conference:read", word("查看联席会议")
    TRANSFER_PAUSE = "transfer:pause", word("暂停事项")
    TRANSFER_RESUME = "transfer:resume", word("恢复事项")
    TRANSFER_RESCREEN = "transfer:rescreen", word("按新的负面清单重新检查")
    TAKE_BACK_PROPOSE = "take-back:propose", word("提议收回")
    TAKE_BACK_ANSWER = "take-back:answer", word("对收回陈述意见")
    TAKE_BACK_WITHDRAW = "take-back:withdraw", word("撤回收回的提议")
    TRANSFER_READ = "transfer:read", word("查看事项")
    # what is public before the announcement
    INTENTION_PUBLISH = "intention:publish", word("公开采购意向")
    INTENTION_WAIVE = "intention:waive", word("写明没有提前公开意向的理由")
    SOURCE_NOTICE_PUBLISH = "source-notice:publish", word("发布单一来源公示")
    SOURCE_OBJECTION_NOTE = "source-objection:note", word("记录对单一来源的异议")
    SOURCE_OBJECTION_ANSWER = "source-objection:answer", word("答复对单一来源的异议")
    # 1 announcement
    OPENER_APPOINT = "opener:appoint", word("指定开启人")
    OPENER_ACCEPT = "opener:accept", word("接受指定并领取口令")
    OPENING_WITNESS_APPOINT = "opening-witness:appoint", word("指定开启见证人")
    OPENING_WITNESS_ACCEPT = "opening-witness:accept", word("接受见证并领取口令")
    CUSTODIAN_APPOINT = "custodian:appoint", word("指定恢复单保管人")
    CUSTODIAN_ACCEPT = "custodian:accept", word("接受保管并打印恢复单")
    SHEET_CONFIRM = "sheet:confirm", word("核对恢复单")
    ANNOUNCEMENT_DRAFT = "announcement:draft", word("起草公告")
    ANNOUNCEMENT_REVISE = "announcement:revise", word("修改公告")
    ANNOUNCEMENT_PUBLISH = "announcement:publish", word("发布公告")
    DOCUMENTS_ASSEMBLE = "documents:assemble", word("生成采购文件")
    DOCUMENTS_COMPLETE = "documents:complete", word("上传补充好的采购文件")
    DOCUMENTS_PRINT = "documents:print", word("打印变更后的采购文件")
    MEDIUM_NOTICE_ENTER = "medium-notice:enter", word("登记在指定媒体的发布")
    MEDIUM_CHANGE_ENTER = "medium-change:enter", word("登记更正公告在指定媒体的发布")
    ANNOUNCEMENT_CORRECT = "announcement:correct", word("更正公告的文字")
    ANNOUNCEMENT_AMEND = "announcement:amend", word("发布实质变更")
    DEADLINE_EXTEND = "deadline:extend", word("顺延截止时间")
    ANNOUNCEMENT_WITHDRAW = "announcement:withdraw", word("撤回公告")
    ENQUIRY_ASK = "enquiry:ask", word("提出询问")
    ENQUIRY_ANSWER = "enquiry:answer", word("答复询问")
    SUBSCRIPTION_BEGIN = "subscription:begin", word("关注一类服务")
    SUBSCRIPTION_END = "subscription:end", word("不再关注一类服务")
    INTEREST_BEGIN = "interest:begin", word("关注这份公告")
    INTEREST_END = "interest:end", word("不再关注这份公告")
    # 2 competition
    BID_SUBMIT = "bid:submit", word("提交投标")
    BID_WITHDRAW = "bid:withdraw", word("撤回投标")
    BID_FILE_SEAL = "bid-file:seal", word("封存投标文件")
    BID_FILE_DROP = "bid-file:drop", word("移除封存的文件")
    BID_DRAFT_KEEP = "bid-draft:keep", word("保存投标草稿")
    BID_DRAFTS_SWEEP = "bid-drafts:sweep", word("清除没有提交的投标草稿")
    TRIAL_RUN = "trial:run", word("试投")
    BID_CONFIRM = "bid:confirm", word("按变更确认投标")
    BID_READ = "bid:read", word("查看投标")
    SECRET_REPORT = "secret:report", word("报告口令遗失")
    HOLDER_REPLACE = "holder:replace", word("更换密钥持有人")
    BIDS_COMMIT = "bids:commit", word("公布投标清单的校验值")
    BIDS_OPEN = "bids:open", word("开启投标")
    OPENING_ADJOURN = "opening:adjourn", word("延期开启")
    OPENING_CONFIRM = "opening:confirm", word("确认开启结果")
    OPENING_OBJECT = "opening:object", word("对开启提出异议")
    OBJECTION_ANSWER = "objection:answer", word("答复开启异议")
    OPENING_RECORD_PRINT = "opening-record:print", word("印制开启记录")
    BIDS_QUALIFY = "bids:qualify", word("资格审查")
    COMPETITION_FAIL = "competition:fail", word("宣布流标")
    PANEL_DRAW = "panel:draw", word("抽取评审小组")
    MEETINGS_RECORD = "meetings:record", word("记录磋商（谈判）")
    TERMS_PROPOSE = "terms:propose", word("提出变动要求")
    TERMS_CONFIRM = "terms:confirm", word("确认变动并通知各家")
    OFFERS_INVITE = "offers:invite", word("要求提交最后报价")
    OFFERS_EXTEND = "offers:extend", word("延长最后报价的时间")
    OFFER_SUBMIT = "offer:submit", word("提交最后报价")
    TALKS_LEAVE = "talks:leave", word("退出磋商（谈判）")
    OFFERS_COMMIT = "offers:commit", word("公布最后报价清单的校验值")
    OFFERS_OPEN = "offers:open", word("开启最后报价")
    SCORE_SHEET_SIGN = "score-sheet:sign", word("评分并签名")
    REVIEW_CONCLUDE = "review:conclude", word("形成评审报告")
    REVIEW_READ = "review:read", word("查看评审")
    AWARD_CONFIRM = "award:confirm", word("确认成交")
    AWARD_NOTICE_PUBLISH = "award-notice:publish", word("公布结果并发出通知书")
    SECURITY_RETURN = "security:return", word("退还投标保证金")
    # 3 agreement
    AGREEMENT_DRAFT = "agreement:draft", word("起草协议")
    AGREEMENT_REVISE = "agreement:revise", word("修改协议")
    AGREEMENT_CONFIRM = "agreement:confirm", word("承接方确认协议")
    AGREEMENT_CONCLUDE = "agreement:conclude", word("签订协议")
    AGREEMENT_PUBLISH = "agreement:publish", word("公开协议")
    AGREEMENT_FILE = "agreement:file", word("协议备案")
    AGREEMENT_READ = "agreement:read", word("查看协议")
    SUPPLEMENT_DRAFT = "supplement:draft", word("起草补充协议")
    SUPPLEMENT_CONFIRM = "supplement:confirm", word("承接方确认补充协议")
    SUPPLEMENT_CONCLUDE = "supplement:conclude", word("签订补充协议")
    SUPPLEMENT_WITHDRAW = "supplement:withdraw", word("撤回补充协议")
    # 4 handover
    HANDOVER_DRAFT = "handover:draft", word("起草交接清单")
    HANDOVER_REVISE = "handover:revise", word("修改交接清单")
    HANDOVER_SIGN = "handover:sign", word("签认交接清单")
    HANDOVER_READ = "handover:read", word("查看交接清单")
    # 5 performance
    MILESTONE_REPORT = "milestone:report", word("报告节点完成")
    MILESTONE_ACCEPT = "milestone:accept", word("验收")
    MILESTONE_RETURN = "milestone:return", word("退回整改")
    MILESTONE_READ = "milestone:read", word("查看履行情况")
    PAYMENT_REQUEST = "payment:request", word("申请付款")
    PAYMENT_MAKE = "payment:make", word("付款")
    # 6 supervision
    INSPECTION_RECORD = "inspection:record", word("记录检查")
    EVALUATION_CONCLUDE = "evaluation:conclude", word("形成支出绩效评价")
    EVALUATION_READ = "evaluation:read", word("查看绩效评价")
    TRANSFER_CLOSE = "transfer:close", word("办结归档")
    # oversight
    AUDIT_READ = "audit:read", word("查看审计日志")
    # what falls due, done by the system
    REMINDER_SEND = "reminder:send", word("发送到期提醒")
    # demonstration
    CLOCK_ADVANCE = "clock:advance", word("快进演示时钟")
    IDENTITY_ASSUME = "identity:assume", word("以演示人物登录")
    DEMONSTRATION_RESET = "demonstration:reset", word("重建演示")

    @property
    def noun(self) -> str:
        """The thing: `bid`."""
        return self.value.split(":")[0]

    @property
    def verb(self) -> str:
        """What is done to it: `submit`."""
        return self.value.split(":")[1]

    @property
    def function_name(self) -> str:
        """The operation that does it: `submit_bid`."""
        return f"{self.verb}_{self.noun}".replace("-", "_")


class Appointed(Labelled):
    """What a person may be appointed to, for one transfer."""

    OPENER = "opener", word("开启人")
    PANEL_MEMBER = "panel-member", word("评审小组成员")
    WITNESS = "witness", word("监交人")
    OPENING_WITNESS = "opening-witness", word("开启见证人")
    CUSTODIAN = "custodian", word("恢复单保管人")


# Who hold what opens the bids of a competition, any two of the three; in this order the layers of their copies come off.
HOLDERS = (Appointed.OPENER, Appointed.OPENING_WITNESS, Appointed.CUSTODIAN)


class Anyone(Labelled):
    """Those who are not a person with a role: a visitor, and the system itself."""

    ANYONE = "anyone", word("任何人")
    SIGNED_IN = "signed-in", word("任何登录的人")
    SYSTEM = "system", word("系统")


class Reach(Enum):
    """How far a right goes."""

    ALL = "all"
    DEPARTMENT = "department"
    OWN = "own"
    ASSIGNED = "assigned"
    SELF = "self"


@dataclass(frozen=True, slots=True)
class Scope:
    """How far a right goes, and the condition of time or state that it waits for, if any."""

    reach: Reach
    condition: Callable[[Any], bool] | None = None

    def when(self, condition: Callable[[Any], bool]) -> Scope:
        """The same reach, only while `condition(subject)` holds."""
        return Scope(self.reach, condition)

    def __str__(self) -> str:
        """`department`, or `department when opened`."""
        return self.reach.value + (f" when {self.condition.__name__}" if self.condition else "")


ALL, DEPARTMENT, OWN, ASSIGNED, SELF = (Scope(reach) for reach in Reach)


def opened(subject: Any) -> bool:
    """The bids of the subject's competition have been opened."""
    return bool(getattr(subject, "is_opened", False))


def concluded(subject: Any) -> bool:
    """The panel's review has been concluded."""
    return bool(getattr(subject, "is_concluded", False))


# What a reader of the policy is told of each condition.
CONDITIONS: dict[Callable[[Any], bool], str] = {
    opened: word("投标开启以后"),
    concluded: word("评审报告形成以后"),
}


R, P = Role, Appointed
_READERS: dict[Any, Scope] = {
    R.OFFICER: DEPARTMENT,
    R.APPROVER: DEPARTMENT,
    R.PAYER: DEPARTMENT,
    R.PROVIDER: OWN,
    R.DRAFTER: OWN,
    R.EVALUATOR: ALL,
    R.SUPERVISOR: ALL,
    R.AUDITOR: ALL,
    R.MEMBER: ALL,
}

# Whoever takes over a list of any kind.
IMPORTING: dict[Any, Scope] = {
    R.OFFICER: ALL, R.SUPERVISOR: ALL, R.MEMBER: ALL, R.SYSTEM_ADMIN: ALL, R.SECURITY_ADMIN: ALL,
}  # fmt: skip

POLICY: dict[Deed, dict[Any, Scope]] = {
    Deed.SESSION_OPEN: {Anyone.ANYONE: ALL},
    Deed.SESSION_CLOSE: {Anyone.SIGNED_IN: SELF},
    Deed.SESSION_END: {Anyone.SIGNED_IN: SELF, R.SECURITY_ADMIN: ALL},
    # The one administrator of a new installation is the security administrator, who lets in the system administrator.
    Deed.USER_CREATE: {R.SYSTEM_ADMIN: ALL, R.SECURITY_ADMIN: ALL},
    Deed.ROLES_GRANT: {R.SECURITY_ADMIN: ALL},
    Deed.USER_DEACTIVATE: {R.SECURITY_ADMIN: ALL},
    Deed.USER_REACTIVATE: {R.SECURITY_ADMIN: ALL},
    Deed.PASSWORD_CHANGE: {Anyone.SIGNED_IN: SELF},
    Deed.PASSWORD_REISSUE: {R.SECURITY_ADMIN: ALL},
    Deed.PASSWORD_RESET: {Anyone.ANYONE: ALL},
    Deed.EMAIL_CHANGE: {Anyone.SIGNED_IN: SELF, R.SECURITY_ADMIN: ALL},
    Deed.RESET_LINK_REQUEST: {Anyone.ANYONE: ALL},
    Deed.NOTICES_READ: {Anyone.SIGNED_IN: SELF},
    Deed.LANGUAGE_CHOOSE: {Anyone.SIGNED_IN: SELF},
    # By the absent person or, for one who can no longer be asked, by the security administrator; ended by either of the two.
    Deed.SUBSTITUTION_GRANT: {Anyone.SIGNED_IN: SELF, R.SECURITY_ADMIN: ALL},
    Deed.SUBSTITUTION_END: {Anyone.SIGNED_IN: SELF, R.SECURITY_ADMIN: ALL},
    Deed.DEPARTMENT_CREATE: {R.SYSTEM_ADMIN: ALL},
    Deed.DEPARTMENT_RENAME: {R.SYSTEM_ADMIN: ALL},
    Deed.DEPARTMENT_DESCRIBE: {R.SYSTEM_ADMIN: ALL},
    # Names, codes and telephone numbers of offices: whoever works in one may look, and set nothing up.
    Deed.DEPARTMENT_READ: {
        R.OFFICER: ALL,
        R.APPROVER: ALL,
        R.PAYER: ALL,
        R.MEMBER: ALL,
        R.EVALUATOR: ALL,
        R.SUPERVISOR: ALL,
        R.AUDITOR: ALL,
        R.SYSTEM_ADMIN: ALL,
        R.SECURITY_ADMIN: ALL,
    },
    Deed.ORGANISATION_REGISTER: {Anyone.ANYONE: ALL},
    Deed.ORGANISATION_VERIFY: {R.OFFICER: ALL},
    Deed.ORGANISATION_REFUSE: {R.OFFICER: ALL},
    # Of one that was taken over from a list: whoever may verify that it is who it says vouches for its first person.
    Deed.FIRST_ACCOUNT_OPEN: {R.OFFICER: ALL},
    # Who stands behind an organisation, and its whole telephone number; its name and code are public once it is verified.
    Deed.ORGANISATION_READ: {R.PROVIDER: OWN, R.DRAFTER: OWN, R.OFFICER: ALL},
    # Who pays, and by what. Each looking at a whole number leaves its line; whoever may look sees it masked before. A payer
    # needs the account and not the person.
    Deed.PAYMENT_DETAILS_KEEP: {R.PROVIDER: OWN},
    Deed.IDENTITY_NUMBER_READ: {R.PROVIDER: OWN, R.OFFICER: ALL},
    Deed.BANK_ACCOUNT_READ: {R.PROVIDER: OWN, R.OFFICER: ALL, R.PAYER: ALL},
    Deed.COLLEAGUE_ENROL: {R.PROVIDER: OWN},
    Deed.COLLEAGUE_STOP: {R.PROVIDER: OWN},
    Deed.PROGRAMME_PUBLISH: {R.MEMBER: ALL},
    # Every period of the city counts by it; what it moves, the system tells.
    Deed.HOLIDAYS_ENTER: {R.SYSTEM_ADMIN: ALL},
    Deed.PERIOD_RECOMPUTE: {Anyone.SYSTEM: ALL},
    # Standards are nobody's own: whoever works by one enters what is known of it.
    Deed.STANDARD_ADD: {R.OFFICER: ALL},
    Deed.STANDARD_REVISE: {R.OFFICER: ALL},
    # Grades and records come from documents of the civil affairs and finance departments, which an officer enters.
    Deed.GRADE_ENTER: {R.OFFICER: ALL},
    Deed.CREDIT_RECORD_ENTER: {R.OFFICER: ALL, R.SUPERVISOR: ALL},
    Deed.CREDIT_RECORD_LIFT: {R.OFFICER: ALL, R.SUPERVISOR: ALL},
    Deed.LISTING_APPLY: {R.PROVIDER: OWN},
    Deed.EVIDENCE_ADD: {R.PROVIDER: OWN},
    Deed.LISTING_ACCEPT: {R.OFFICER: ALL},
    Deed.CONDITION_JUDGE: {R.OFFICER: ALL},
    # The department of a listing is the supervising unit that the application names.
    Deed.LISTING_OPINE: {R.APPROVER: DEPARTMENT},
    Deed.LISTING_RETURN: {R.OFFICER: ALL},
    Deed.LISTING_ANNOUNCE: {R.OFFICER: ALL},
    Deed.OBJECTION_NOTE: {R.OFFICER: ALL},
    Deed.LISTING_PUBLISH: {R.OFFICER: ALL},
    # A record that forbids it suspends a listing without anybody's pressing a button.
    Deed.LISTING_SUSPEND: {R.OFFICER: ALL, R.SUPERVISOR: ALL, Anyone.SYSTEM: ALL},
    Deed.LISTING_RESTORE: {R.OFFICER: ALL, R.SUPERVISOR: ALL},
    Deed.LISTING_REMOVE: {R.OFFICER: ALL, R.SUPERVISOR: ALL},
    Deed.LISTING_READ: {
        R.PROVIDER: OWN,
        R.OFFICER: ALL,
        R.APPROVER: ALL,
        R.MEMBER: ALL,
        R.SUPERVISOR: ALL,
        R.AUDITOR: ALL,
    },
    Deed.EXPIRY_REMIND: {Anyone.SYSTEM: ALL},
    # Any department may see a change through (动态完善): its officers draft, and the draft is theirs. The finance department
    # keeps the lists (政府购买服务管理办法 Art. 12), so that its supervisors draft too and may work on any draft. What is in
    # force is decided by the joint conference alone.
    Deed.EDITION_DRAFT: {R.OFFICER: DEPARTMENT, R.SUPERVISOR: ALL},
    Deed.ENTRY_ADD: {R.OFFICER: DEPARTMENT, R.SUPERVISOR: ALL},
    Deed.ENTRY_AMEND: {R.OFFICER: DEPARTMENT, R.SUPERVISOR: ALL},
    Deed.ENTRY_RETIRE: {R.OFFICER: DEPARTMENT, R.SUPERVISOR: ALL},
    Deed.ENTRY_RESTORE: {R.OFFICER: DEPARTMENT, R.SUPERVISOR: ALL},
    Deed.ENTRY_MOVE: {R.OFFICER: DEPARTMENT, R.SUPERVISOR: ALL},
    Deed.EDITION_SUBMIT: {R.OFFICER: DEPARTMENT, R.SUPERVISOR: ALL},
    Deed.EDITION_DISCARD: {R.OFFICER: DEPARTMENT, R.SUPERVISOR: ALL},
    Deed.EDITION_READ: {R.OFFICER: ALL, R.APPROVER: ALL, R.MEMBER: ALL, R.SUPERVISOR: ALL, R.AUDITOR: ALL},
    # The finance department manages budgets (GP-3); a department sees its own.
    Deed.BUDGET_LINE_ENTER: {R.SUPERVISOR: ALL},
    Deed.BUDGET_LINE_ADJUST: {R.SUPERVISOR: ALL},
    Deed.BUDGET_LINE_READ: {
        R.OFFICER: DEPARTMENT,
        R.APPROVER: DEPARTMENT,
        R.PAYER: DEPARTMENT,
        R.MEMBER: ALL,
        R.EVALUATOR: ALL,
        R.SUPERVISOR: ALL,
        R.AUDITOR: ALL,
    },
    # Whoever may take a kind of list over may read one in: the rule of the imports asks for that deed too.
    Deed.IMPORT_BEGIN: IMPORTING,
    Deed.IMPORT_ASSIGN: IMPORTING,
    Deed.IMPORT_DISCARD: IMPORTING,
    Deed.ORGANISATIONS_IMPORT: {R.OFFICER: ALL},
    Deed.STANDARDS_IMPORT: {R.OFFICER: ALL},
    Deed.BUDGET_LINES_IMPORT: {R.SUPERVISOR: ALL},
    # These lists are the city's and not one department's: the joint conference replaces them, like the programme.
    Deed.POWERS_IMPORT: {R.MEMBER: ALL},
    Deed.FUNCTIONS_IMPORT: {R.MEMBER: ALL},
    # As one by one: the system administrator opens accounts, the security administrator grants their roles.
    Deed.ACCOUNTS_IMPORT: {R.SYSTEM_ADMIN: ALL},
    Deed.ROLES_IMPORT: {R.SECURITY_ADMIN: ALL},
    # As row by row: the list becomes a draft, and the joint conference puts it in force.
    Deed.CATALOGUE_IMPORT: {R.OFFICER: ALL, R.SUPERVISOR: ALL},
    Deed.NEGATIVE_LIST_IMPORT: {R.OFFICER: ALL, R.SUPERVISOR: ALL},
    Deed.PLAN_DRAFT: {R.OFFICER: DEPARTMENT},
    Deed.PLAN_REVISE: {R.OFFICER: DEPARTMENT},
    # By who drafted it or is in charge of it; the rule asks which.
    Deed.PLAN_ABANDON: {R.OFFICER: DEPARTMENT},
    Deed.PLAN_SUBMIT: {R.OFFICER: DEPARTMENT},
    # Before it lies before a conference; what lies there the conference alone sends back.
    Deed.PLAN_RECALL: {R.OFFICER: DEPARTMENT},
    Deed.PLAN_EVALUATE: {R.APPROVER: DEPARTMENT, R.EVALUATOR: ALL},
    # A later year's money of an adopted plan, when that year's budget is there.
    Deed.FUNDING_JOIN: {R.OFFICER: DEPARTMENT},
    Deed.CONDITION_MEET: {R.OFFICER: DEPARTMENT},
    Deed.ATTACHMENT_ADD: {R.OFFICER: DEPARTMENT},
    Deed.ATTACHMENT_REMOVE: {R.OFFICER: DEPARTMENT},
    Deed.FINDING_RECORD: {R.OFFICER: DEPARTMENT, R.APPROVER: DEPARTMENT, R.SUPERVISOR: ALL},
    # Which member: the chair, who came, who has a vote, is a rule of the conference.
    Deed.CONFERENCE_CONVENE: {R.MEMBER: ALL},
    Deed.CONFERENCE_CANCEL: {R.MEMBER: ALL},
    Deed.CONFERENCE_OPEN: {R.MEMBER: ALL},
    Deed.RECUSAL_DECLARE: {R.MEMBER: ALL},
    Deed.VOTE_CAST: {R.MEMBER: ALL},
    Deed.ITEM_RESOLVE: {R.MEMBER: ALL},
    Deed.CONFERENCE_CLOSE: {R.MEMBER: ALL},
    Deed.CONFERENCE_READ: {R.MEMBER: ALL, R.SUPERVISOR: ALL, R.AUDITOR: ALL},
    Deed.TRANSFER_PAUSE: {R.SUPERVISOR: ALL},
    Deed.TRANSFER_RESUME: {R.SUPERVISOR: ALL},
    # On the day a new negative list comes into force; what it pauses only the joint conference confirms or ends.
    Deed.TRANSFER_RESCREEN: {Anyone.SYSTEM: ALL},
    # The department proposes and its undertaker is heard; only the joint conference takes back.
    Deed.TAKE_BACK_PROPOSE: {R.OFFICER: DEPARTMENT},
    Deed.TAKE_BACK_ANSWER: {R.PROVIDER: OWN},
    Deed.TAKE_BACK_WITHDRAW: {R.OFFICER: DEPARTMENT},
    Deed.TRANSFER_READ: {**_READERS, **dict.fromkeys(Appointed, ASSIGNED)},
    Deed.INTENTION_PUBLISH: {R.OFFICER: DEPARTMENT},
    Deed.INTENTION_WAIVE: {R.OFFICER: DEPARTMENT},
    Deed.SOURCE_NOTICE_PUBLISH: {R.OFFICER: DEPARTMENT},
    Deed.SOURCE_OBJECTION_NOTE: {R.OFFICER: DEPARTMENT},
    Deed.SOURCE_OBJECTION_ANSWER: {R.OFFICER: DEPARTMENT},
    Deed.OPENER_APPOINT: {R.OFFICER: DEPARTMENT},
    Deed.OPENER_ACCEPT: {P.OPENER: ASSIGNED},
    Deed.OPENING_WITNESS_APPOINT: {R.OFFICER: DEPARTMENT},
    Deed.OPENING_WITNESS_ACCEPT: {P.OPENING_WITNESS: ASSIGNED},
    Deed.CUSTODIAN_APPOINT: {R.OFFICER: DEPARTMENT},
    Deed.CUSTODIAN_ACCEPT: {P.CUSTODIAN: ASSIGNED},
    Deed.SHEET_CONFIRM: {P.CUSTODIAN: ASSIGNED},
    Deed.ANNOUNCEMENT_DRAFT: {R.OFFICER: DEPARTMENT},
    Deed.ANNOUNCEMENT_REVISE: {R.OFFICER: DEPARTMENT},
    Deed.ANNOUNCEMENT_PUBLISH: {R.OFFICER: DEPARTMENT},
    Deed.DOCUMENTS_ASSEMBLE: {R.OFFICER: DEPARTMENT},
    Deed.DOCUMENTS_COMPLETE: {R.OFFICER: DEPARTMENT},
    # Of a version that a change has made: what it is printed from is known only once the change is done.
    Deed.DOCUMENTS_PRINT: {Anyone.SYSTEM: ALL},
    Deed.MEDIUM_NOTICE_ENTER: {R.OFFICER: DEPARTMENT},
    Deed.MEDIUM_CHANGE_ENTER: {R.OFFICER: DEPARTMENT},
    Deed.ANNOUNCEMENT_CORRECT: {R.OFFICER: DEPARTMENT},
    Deed.ANNOUNCEMENT_AMEND: {R.OFFICER: DEPARTMENT},
    Deed.DEADLINE_EXTEND: {R.OFFICER: DEPARTMENT},
    Deed.ANNOUNCEMENT_WITHDRAW: {R.OFFICER: DEPARTMENT},
    # Whoever may come to bid may ask; who asked is told to nobody, the officer who answers included.
    Deed.ENQUIRY_ASK: {R.PROVIDER: ALL},
    Deed.ENQUIRY_ANSWER: {R.OFFICER: DEPARTMENT},
    Deed.SUBSCRIPTION_BEGIN: {Anyone.SIGNED_IN: SELF},
    Deed.SUBSCRIPTION_END: {Anyone.SIGNED_IN: SELF},
    Deed.INTEREST_BEGIN: {Anyone.SIGNED_IN: ALL},
    Deed.INTEREST_END: {Anyone.SIGNED_IN: ALL},
    Deed.BID_SUBMIT: {R.PROVIDER: ALL},
    Deed.BID_WITHDRAW: {R.PROVIDER: OWN},
    Deed.BID_FILE_SEAL: {R.PROVIDER: ALL},
    Deed.BID_FILE_DROP: {R.PROVIDER: OWN},
    Deed.BID_DRAFT_KEEP: {R.PROVIDER: ALL},
    # After the deadline nobody needs what was not submitted: its keys are deleted.
    Deed.BID_DRAFTS_SWEEP: {Anyone.SYSTEM: ALL},
    Deed.TRIAL_RUN: {R.PROVIDER: ALL},
    Deed.BID_CONFIRM: {R.PROVIDER: OWN},
    Deed.BID_READ: {
        R.OFFICER: DEPARTMENT.when(opened),
        R.APPROVER: DEPARTMENT.when(opened),
        R.SUPERVISOR: ALL.when(opened),
        R.AUDITOR: ALL.when(opened),
        P.PANEL_MEMBER: ASSIGNED.when(opened),
        R.PROVIDER: OWN.when(opened),
        R.DRAFTER: OWN.when(opened),
    },
    Deed.SECRET_REPORT: dict.fromkeys(HOLDERS, ASSIGNED),
    Deed.HOLDER_REPLACE: dict.fromkeys(HOLDERS, ASSIGNED),
    # By any of the three, together with another whose secret opens the other layer.
    Deed.BIDS_OPEN: dict.fromkeys(HOLDERS, ASSIGNED),
    # Nobody chooses the moment: it is made as soon as what came in time is in.
    Deed.BIDS_COMMIT: {Anyone.SYSTEM: ALL},
    # A holder who cannot come is waited for, by whoever of them is there.
    Deed.OPENING_ADJOURN: {R.OFFICER: DEPARTMENT, **dict.fromkeys(HOLDERS, ASSIGNED)},
    Deed.OPENING_CONFIRM: {R.PROVIDER: OWN},
    Deed.OPENING_OBJECT: {R.PROVIDER: OWN},
    Deed.OBJECTION_ANSWER: {R.OFFICER: DEPARTMENT},
    Deed.OPENING_RECORD_PRINT: {Anyone.SYSTEM: ALL},
    Deed.BIDS_QUALIFY: {R.OFFICER: DEPARTMENT},
    Deed.COMPETITION_FAIL: {R.OFFICER: DEPARTMENT},
    Deed.PANEL_DRAW: {R.OFFICER: DEPARTMENT},
    Deed.MEETINGS_RECORD: {R.OFFICER: DEPARTMENT},
    # The panel changes what is asked for, and only with the purchaser's consent.
    Deed.TERMS_PROPOSE: {P.PANEL_MEMBER: ASSIGNED},
    Deed.TERMS_CONFIRM: {R.OFFICER: DEPARTMENT},
    Deed.OFFERS_INVITE: {R.OFFICER: DEPARTMENT},
    # After a pause the system gives back the time that it took.
    Deed.OFFERS_EXTEND: {R.OFFICER: DEPARTMENT, Anyone.SYSTEM: ALL},
    Deed.OFFER_SUBMIT: {R.PROVIDER: OWN},
    Deed.TALKS_LEAVE: {R.PROVIDER: OWN},
    Deed.OFFERS_COMMIT: {Anyone.SYSTEM: ALL},
    Deed.OFFERS_OPEN: dict.fromkeys(HOLDERS, ASSIGNED),
    Deed.SCORE_SHEET_SIGN: {P.PANEL_MEMBER: ASSIGNED},
    Deed.REVIEW_CONCLUDE: {R.OFFICER: DEPARTMENT},
    Deed.REVIEW_READ: {
        R.OFFICER: DEPARTMENT.when(concluded),
        R.APPROVER: DEPARTMENT.when(concluded),
        R.SUPERVISOR: ALL.when(concluded),
        R.AUDITOR: ALL.when(concluded),
        P.PANEL_MEMBER: ASSIGNED.when(concluded),
    },
    Deed.AWARD_CONFIRM: {R.APPROVER: DEPARTMENT},
    Deed.AWARD_NOTICE_PUBLISH: {R.OFFICER: DEPARTMENT},
    Deed.SECURITY_RETURN: {R.OFFICER: DEPARTMENT},
    Deed.AGREEMENT_DRAFT: {R.OFFICER: DEPARTMENT},
    Deed.AGREEMENT_REVISE: {R.OFFICER: DEPARTMENT},
    Deed.AGREEMENT_CONFIRM: {R.PROVIDER: OWN},
    Deed.AGREEMENT_CONCLUDE: {R.APPROVER: DEPARTMENT},
    Deed.AGREEMENT_PUBLISH: {R.OFFICER: DEPARTMENT},
    Deed.AGREEMENT_FILE: {R.OFFICER: DEPARTMENT},
    Deed.AGREEMENT_READ: {**_READERS, P.WITNESS: ASSIGNED},
    # The same posts as for the agreement that is supplemented.
    Deed.SUPPLEMENT_DRAFT: {R.OFFICER: DEPARTMENT},
    Deed.SUPPLEMENT_CONFIRM: {R.PROVIDER: OWN},
    Deed.SUPPLEMENT_CONCLUDE: {R.APPROVER: DEPARTMENT},
    Deed.SUPPLEMENT_WITHDRAW: {R.OFFICER: DEPARTMENT},
    Deed.HANDOVER_DRAFT: {R.OFFICER: DEPARTMENT},
    Deed.HANDOVER_REVISE: {R.OFFICER: DEPARTMENT},
    Deed.HANDOVER_SIGN: {R.OFFICER: DEPARTMENT, R.PROVIDER: OWN, P.WITNESS: ASSIGNED},
    Deed.HANDOVER_READ: {**_READERS, P.WITNESS: ASSIGNED},
    Deed.MILESTONE_REPORT: {R.PROVIDER: OWN, R.DRAFTER: OWN},
    Deed.MILESTONE_ACCEPT: {R.APPROVER: DEPARTMENT},
    Deed.MILESTONE_RETURN: {R.APPROVER: DEPARTMENT},
    Deed.MILESTONE_READ: _READERS,
    Deed.PAYMENT_REQUEST: {R.OFFICER: DEPARTMENT},
    Deed.PAYMENT_MAKE: {R.PAYER: DEPARTMENT},
    Deed.INSPECTION_RECORD: {R.OFFICER: DEPARTMENT, R.SUPERVISOR: ALL},
    Deed.EVALUATION_CONCLUDE: {R.EVALUATOR: ALL},
    Deed.EVALUATION_READ: _READERS,
    Deed.TRANSFER_CLOSE: {R.OFFICER: DEPARTMENT},
    Deed.AUDIT_READ: {R.AUDITOR: ALL},
    Deed.REMINDER_SEND: {Anyone.SYSTEM: ALL},
    Deed.CLOCK_ADVANCE: {Anyone.SIGNED_IN: ALL},
    Deed.IDENTITY_ASSUME: {Anyone.ANYONE: ALL},
    Deed.DEMONSTRATION_RESET: {Anyone.SIGNED_IN: ALL},
}


def _within(scope: Scope, key: Any, actor: User, subject: Any) -> bool:
    if scope.condition is not None and not scope.condition(subject):
        return False
    if scope.reach is Reach.ALL:
        return True
    if scope.reach is Reach.DEPARTMENT:
        return actor.department_id is not None and actor.department_id == getattr(subject, "department_id", None)
    if scope.reach is Reach.OWN:
        return actor.organisation_id is not None and actor.organisation_id in _organisations_of(subject)
    if scope.reach is Reach.ASSIGNED:
        return subject is not None and actor.id in subject.appointed(key)
    return subject is actor or actor.id in getattr(subject, "people_ids", ())


def _organisations_of(subject: Any) -> frozenset[int]:
    """The organisations whose own the subject is: the bidder of a bid, the provider of an agreement."""
    return frozenset(getattr(subject, "organisation_ids", frozenset()))


def _holds(actor: User | None, key: Any) -> bool:
    if key is Anyone.ANYONE:
        return True
    if actor is None:
        return False
    if key is Anyone.SIGNED_IN:
        return True
    if key is Anyone.SYSTEM:
        return actor.login == "system"
    return isinstance(key, Appointed) or key in actor.roles


def _may_oneself(actor: User | None, deed: Deed, subject: Any) -> bool:
    return any(
        _holds(actor, key) and (actor is None or _within(scope, key, actor, subject))
        for key, scope in POLICY.get(deed, {}).items()
    )


def can(actor: User | None, deed: Deed, subject: Any) -> bool:
    """Whether the policy leaves `deed` on `subject` to `actor` (None: a visitor); every deed may be refused for more."""
    if actor is not None and actor.deactivated_at is not None:
        return False
    return _may_oneself(actor, deed, subject) or absent_for(actor, deed, subject) is not None


# ── in another's place ─────────────────────────────────────────────────────────────────────────────────────────────

_DAY, _PLACE = "day of rights", "place of the actor"


def ask_on(day: date) -> None:
    """Whoever asks for rights in this session of the database asks for those of `day`, until another day is told."""
    db.session.info[_DAY] = day


def absent_ones(actor: User) -> list[User]:
    """The people whose substitute the actor is on the day that rights are asked for."""
    # Who is of no department stands in for nobody.
    rows = actor.standing_in if actor.department_id is not None else []
    day = db.session.info.get(_DAY) if rows else None
    return [row.absent for row in rows if day is not None and row.holds_on(day)]


def absent_for(actor: User | None, deed: Deed, subject: Any) -> User | None:
    """In whose place the actor may do the deed; None where it is the actor's own right, or nobody's."""
    if actor is None or _may_oneself(actor, deed, subject):
        return None
    return next((absent for absent in absent_ones(actor) if _lends(absent, deed, subject)), None)


def _lends(absent: User, deed: Deed, subject: Any) -> bool:
    """Whether it is one of the rights a substitute has: an officer's, approver's or payer's, in the own department."""
    return any(
        key in DEPARTMENTAL
        and key in absent.roles
        and scope.reach is Reach.DEPARTMENT
        and _within(scope, key, absent, subject)
        for key, scope in POLICY.get(deed, {}).items()
    )


def in_whose_name(actor: User, deed: Deed) -> User:
    """Who answers for the deed that was just asked for: the absent person in whose place it is done, else the actor."""
    for_whom, absent = db.session.info.get(_PLACE, (None, None))
    return absent if absent is not None and for_whom == (actor.id, deed) else actor


def doer_among(actor: User, *doer_ids: int | None) -> Said | None:
    """Whether one of these did something for which the actor answers too, as a part of a sentence; None where not.

    What an absent person did counts as the substitute's: nobody judges, accepts or pays what they did, in either name.
    """
    if actor.id in doer_ids:
        return Said(word("您"), {})
    absent = next((row for row in absent_ones(actor) if row.id in doer_ids), None)
    return Said(word("您代理的{person}"), {"person": absent.called}) if absent is not None else None


def require(actor: User | None, deed: Deed, subject: Any) -> None:
    """Refuse when the policy does not leave `deed` on `subject` to `actor`.

    Raises:
        NotPermitted: naming the deed and who may do it.
    """
    permitted = can(actor, deed, subject)
    if actor is not None:
        db.session.info[_PLACE] = ((actor.id, deed), absent_for(actor, deed, subject))
    if not permitted:
        raise _refusal(actor, deed, subject)


# What is said to whoever has the role and not the reach: naming the role would name their own.
_ELSEWHERE = {
    Reach.DEPARTMENT: word("“{deed}”由这件事所属部门的{holder}办理，您不属于那个部门。"),
    Reach.OWN: word("“{deed}”由这件事所属组织的{holder}办理，您不属于那个组织。"),
}


def _refusal(actor: User | None, deed: Deed, subject: Any) -> NotPermitted:
    """Why the policy does not leave the deed to the actor: another's department or organisation, or other people's work."""
    holders = POLICY.get(deed, {})
    for key, scope in holders.items():
        if (
            actor is not None
            and actor.deactivated_at is None
            and _holds(actor, key)
            and _is_anothers(scope, actor, subject)
        ):
            return NotPermitted(_ELSEWHERE[scope.reach], deed=deed, holder=key)
    return NotPermitted(
        word("“{deed}”不由您办理。可以办理的是：{holders}。"), deed=deed, holders=tuple(holders) or (word("无人"),)
    )


def _is_anothers(scope: Scope, actor: User, subject: Any) -> bool:
    """Whether the subject is of a department or an organisation, and not the actor's."""
    if scope.reach is Reach.DEPARTMENT:
        return getattr(subject, "department_id", None) not in (None, actor.department_id)
    own = _organisations_of(subject)
    return scope.reach is Reach.OWN and bool(own) and actor.organisation_id not in own


def policy_matrix() -> str:
    """The table as text, a line a deed: what `flask show-policy` prints and the golden file reviews."""
    lines = []
    for deed in Deed:
        holders = POLICY.get(deed, {})
        rights = ", ".join(f"{key.value}={scope}" for key, scope in holders.items()) or "nobody"
        lines.append(f"{deed.value:28} {rights}")
    return "\n".join(lines) + "\n"
