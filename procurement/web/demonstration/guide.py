"""The guided walk (体验路线): for each page of it a line that says what to look at."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

LINES = {
    "portal.list_announcements": _l("公告一经发布就不再改动，要改只能另发一版。看截止时间：它由法定期限推算出来。"),
    "portal.list_results": _l("结果、协议、验收和评价都在这里公开，任何人不登录也能看。"),
    "portal.read_publication": _l("这是发布那一刻的原文，之后数据再变，这一页也不变。"),
    "accounts.open_session": _l("演示里不用密码：选一个人，就以他的名义办事。审计日志会写明是访客。"),
    "demonstration.list_cast": _l("每个人下面写着他现在能办的事。点名字就变成他，审计日志会写明是访客。"),
    "workbench.show_workbench": _l("工作台按期限排：逾期的、今天的、快到期的。右边是在别人手里的事。"),
    "transfers.list_transfers": _l("每行的小图就是接力线：六步走到哪里，一眼看到。"),
    "transfers.choose_entry": _l("每件事从目录的一项开始。走体验路线请选 011401 城市管家服务。"),
    "transfers.draft_plan": _l("一事一方案，分节填写，填好一节存一节。也可以照以前的方案起草，看看哪些取来、哪些要重新办。"),
    "transfers.list_sections": _l("每节填好没有、哪里要改、依据哪一条，都在这一页。"),
    "transfers.revise_plan": _l("一节一存。到“评分标准”一节改一个数试试：价格分值改成 5，看系统怎样拒绝，引用哪一条。"),
    "transfers.read_transfer": _l("看三样：接力线走到哪里；还缺什么、依据哪一条、该谁办；哪些期限在走。"),
    "transfers.read_plan": _l("方案的每一句都和负面清单对照过，命中禁止项就送交不了。"),
    "transfers.submit_plan": _l("送交之后方案就锁住，要等评估意见。"),
    "transfers.evaluate_plan": _l("起草人不能评估自己的方案。二十个检查点逐项评级，总分够了才予以支持；部分支持的，退回去落实条件。"),
    "transfers.meet_condition": _l("条件逐项落实，写明改在哪里；都落实了，才能重新送交评估。"),
    "transfers.resolve_plan": _l("联席会议通过，事项才踏上第 1 步。没有得到支持的方案，这里会拒绝。"),
    "announcement.appoint_opener": _l("开启人保管投标的钥匙。在他接受之前，公告不能发布。"),
    "announcement.accept_opener": _l("口令只显示一次，系统里不留。演示里为了接着走，登录页上会印出来。"),
    "announcement.draft_announcement": _l("看期限条：法定的天数是怎样一天一天数出来的。把截止时间改到最早的截止日之前，看系统怎样拒绝。"),
    "announcement.publish_announcement": _l("发布之前先看清楚：什么马上发生，什么开始计时。"),
    "competition.submit_bid": _l("报价先核对再封存，一按就加密。请分别以不同组织的名义各投一份，家数够了才能开启。"),
    "competition.read_receipt": _l("回执上的校验值，开启后可以和开启记录对照。现在谁也看不到报价和家数。"),
    "competition.open_bids": _l("到点之前谁也打不开；家数不足也打不开，信封保持封存。"),
    "competition.read_competition": _l("每家的报价、资格、得分和名次。评审结束之前，这里看不到分数。"),
    "competition.qualify_bids": _l("资格由采购人审查，不由评审小组。判不合格，要写明缺哪一项。"),
    "competition.draw_panel": _l("随机抽取，回避的人不在名单里；抽取的种子留存，谁都可以重抽一遍来核对。"),
    "competition.sign_score_sheet": _l("空着的格子不等于零分，会被拒绝。签名以后不能再改。"),
    "competition.conclude_review": _l("分数和名次由系统按公告的标准算出，从此不变。"),
    "competition.confirm_award": _l("只能确认第一名。经办人自己不能确认，要由另一人。"),
    "competition.publish_award_notice": _l("公布不能撤回，所以要把成交金额再输一遍。从这里起，质疑期和签约期开始走。"),
    "agreement.draft_agreement": _l("价格、标准、付款来自方案和中标的投标，改不了；这里只补日期、地点和信息保护。"),
    "agreement.confirm_agreement": _l("承接方确认的是这一版文本：之后改一个字，确认就作废。"),
    "agreement.conclude_agreement": _l("签订之前系统先印出合同，签的和印的是同一份。起草人不能签。"),
    "agreement.publish_agreement": _l("签订之后要按期公开，期限从签订那天起算。"),
    "agreement.file_agreement": _l("签订之后还要按期向财政部门备案。"),
    "agreement.read_agreement": _l("下载合同 PDF 看看：金额大写、页码、公文版式。下载本身也记入审计日志。"),
    "handover.draft_handover": _l("十一类清单，四类必填。监交人要来自双方之外。"),
    "handover.sign_handover": _l("三方各签一次，第三个签名落下，事项就进入第 5 步。"),
    "handover.read_handover": _l("三个签名、三个时间，先后不限。"),
    "performance.report_milestone": _l("承接方报告完成，可以附证明材料。"),
    "performance.accept_milestone": _l("验收要逐项对照约定，还要有服务对象的意见，结果公开。"),
    "performance.request_payment": _l("验收的人不能申请付款，申请的人不能付款：三个人，三道手续。"),
    "performance.make_payment": _l("付的必须正好是约定的金额。最后一笔付清，事项进入第 6 步。"),
    "performance.read_milestone": _l("一个节点的一生：报告、验收、申请、付款，各由谁、在何时。"),
    "supervision.record_inspection": _l("从交接那天起就可以检查，不必等到最后一步。"),
    "supervision.conclude_evaluation": _l("评价人要独立于双方，也不能是事前评估的人。差百分之一分，就可能差一个等级。"),
    "supervision.read_evaluation": _l("下载评价报告 PDF：四个部分的图、十七项得分、问题和建议。"),
    "supervision.close_transfer": _l("办结归档，档案按法定年限保存。六步走完。"),
    "oversight.list_lines": _l("每件事办成或被拒都有一行，前后相扣。访客办的事，标着“访客”。"),
    "organisations.list_organisations": _l("核验过的组织。核验只说明它是谁，不等于列入承接目录。"),
    "organisations.register_organisation": _l("代码的校验位会被核对：改一位试试。"),
    "organisations.list_awaiting": _l("新注册的组织在这里等经办人核验，核验之前不能投标。"),
    "catalogue.show_catalogue": _l("6 类 43 项 172 种，可以按两个字查找。"),
    "catalogue.show_negative_list": _l("不能买、不能转的事。方案里写到这些，就保存不了。"),
    "demonstration.show_happened": _l("快进途中，每个到期的时刻都停下来办了该办的事，这里按先后列出。"),
}  # fmt: skip

# Pages where the visitor's own next deed is not at hand, so that the line also offers to go on with it.
OFFERING = frozenset(
    {
        "competition.read_receipt", "competition.read_competition", "competition.list_own_bids", "workbench.show_workbench",
        "accounts.open_session", "transfers.list_transfers", "demonstration.show_happened", "demonstration.list_cast",
        "agreement.read_agreement", "portal.read_publication", "announcement.accept_opener",
    }
)  # fmt: skip
