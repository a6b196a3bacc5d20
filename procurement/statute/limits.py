"""Every period, threshold and provision that a rule asks for, by name; the numbers stand in `data/clauses.csv`.

The table holds more than is named here: what no rule asks for yet is counted by the command line (`clock`).

A plain `Named` binds every mode of transfer: who may undertake at all, the negative list, the conference, handover and
evaluation; or it belongs to a method that only a purchase knows (谈判, 单一来源, 比选). `ByMode(a, b)` is procurement
law for a purchase (`a`) and the city's own practice for 整体转移, 部分转移 and 委托 (`b`), asked for as
`limits.NAME.of(transfer).on(day)`. Its `b` is None where the law's clock has no sense elsewhere: no approval of a method,
no notice of an intention, no class of documents apart from the call, no filing with the finance department.
"""

from __future__ import annotations

from datetime import date

from procurement.statute.clauses import ByMode, Named

# who may undertake
UNDERTAKERS = Named("GP-6")
NEITHER_PARTY = Named("GP-7")

# the directory of organisations that undertake
OD_REGISTERED = Named("OD-1")
OD_GOVERNANCE = Named("OD-2")
OD_FINANCE = Named("OD-3")
OD_STAFF_OF_TRADE_ASSOCIATION = Named("OD-4a")
OD_STAFF = Named("OD-4b")
BAN_SHORTEST = Named("MP-6c")
OD_CLEAN_RECORD = Named("OD-5")
OD_FACILITIES = Named("OD-6")
OD_PREFERRED_GRADE = Named("OD-7")
OD_NOTICE = Named("OD-9a")
DISHONESTY = Named("CR-5a")
BAD_RECORD_DISCLOSED = Named("CR-9")
GRADE_VALIDITY = Named("CR-10a")
EXPIRY_FIRST = Named("HS-EXPIRY1")
EXPIRY_SECOND = Named("HS-EXPIRY2")
EXPIRY_LAST = Named("HS-EXPIRY3")

# before the line
OUTSIDE_DUTIES = Named("NEG-1")
DIRECT_DUTIES = Named("NEG-2")
INCUBATED_FIRST = Named("FT-8")
BUDGET_BINDS = Named("BL-13")
BUDGETED = ByMode(Named("IM-3"), Named("BL-13"))
PERFORMANCE_GOALS = ByMode(Named("IM-6"), Named("LG-GOALS"))
TENDER_THRESHOLD = Named("TH-1")
NOT_TENDERED = ByMode(Named("MT-2"), None)
CALLED_IN_PUBLIC = Named("LG-CALL")
SELECTION_THRESHOLD = Named("TH-2")
SINGLE_SOURCE = Named("MT-SS")
SINGLE_SOURCE_ADDITION = Named("MP-4")
INTENTION = ByMode(Named("MT-3"), None)
SPLITTING = Named("RC-5")
TERM_GENERAL = ByMode(Named("CT-3a"), Named("LG-TERM"))
TERM_LONGEST = ByMode(Named("CT-3b"), Named("LG-TERM"))
CEILING_PRICE = ByMode(Named("T87-2"), Named("LG-PRICE"))
REVIEW_BY_OTHERS = ByMode(Named("MT-4"), Named("LG-APART"))
EX_ANTE_DIMENSION = Named("EX-DIM")
EX_ANTE_SUPPORTED = Named("EX-YES")
EX_ANTE_PARTLY = Named("EX-PART")
EX_ANTE_EXCELLENT = Named("EX-GA")
EX_ANTE_GOOD = Named("EX-GB")
EX_ANTE_FAIR = Named("EX-GC")
EX_ANTE_POOR = Named("EX-GD")
EX_ANTE_DECISIVE = Named("EX-CAP")
EX_ANTE_CONDITIONS = Named("EX-COND")
CONFERENCE = Named("LG-4")
CONFERENCE_ORDER = Named("JC-ORDER")
CONFERENCE_LEAST = Named("JC-LEAST")
CONFERENCE_QUORUM = Named("JC-QUORUM")
CONFERENCE_MAJORITY = Named("JC-MAJ")
DISSENT = Named("JC-DISSENT")
TAKE_BACK_GROUNDS = ByMode(Named("TB-GROUND"), Named("LG-BACK"))
TAKE_BACK_ORDER = Named("TB-ORDER")

# editions of the catalogue and of the negative list
DIRECTORY_ADJUSTED = Named("DIR-4")
CODE_ONCE = Named("DIR-CODE")
KEYWORD_SHORTEST = Named("DIR-KEYWORD")
EDITION_IN_FORCE = Named("DIR-FORCE")
TENDER_PRICE_WEIGHT_LEAST = ByMode(Named("MT-TPW1"), Named("LG-PW1"))
CONSULTATION_PRICE_WEIGHT_LEAST = ByMode(Named("MT-CPW1"), Named("LG-PW1"))
CONSULTATION_PRICE_WEIGHT_MOST = ByMode(Named("MT-CPW2"), Named("LG-PW2"))
NEGOTIATION_LOWEST_PRICE = Named("MT-NLOW")
SINGLE_SOURCE_PRICE = Named("MT-SSLOW")
SELECTION_PRICE_WEIGHT_LEAST = Named("SE-PW1")
SELECTION_PRICE_WEIGHT_MOST = Named("SE-PW2")

# 1 announcement
TENDER_PERIOD = ByMode(Named("FL-1"), Named("LG-BP"))
CONSULTATION_PERIOD = ByMode(Named("MT-CP"), Named("LG-BP"))
NEGOTIATION_PERIOD = Named("MT-NP")
SINGLE_SOURCE_PERIOD = Named("SS-CALL")
SINGLE_SOURCE_NOTICE = Named("FL-5")
SELECTION_PERIOD = Named("SE-CALL")
DOCUMENTS_PERIOD = ByMode(Named("FL-2"), None)
NOTICE_PERIOD = ByMode(Named("T87-1"), Named("LG-BP"))
MEDIUM = ByMode(Named("IP-8"), None)
CHANGE_TENDER = ByMode(Named("FL-3"), Named("LG-CHANGE"))
CHANGE_CONSULTATION = ByMode(Named("MT-CC"), Named("LG-CHANGE"))
CHANGE_NEGOTIATION = Named("MT-NC")
DEADLINE_KEPT = Named("HS-LATER")
WITHDRAWAL = ByMode(Named("T87-29"), Named("LG-RECALL"))
ANSWER_ENQUIRY = ByMode(Named("CK-9"), Named("LG-ANSWER"))
SECURITY_OF_LOSERS = ByMode(Named("CK-7"), Named("LG-REFUND"))
SECURITY_OF_WINNER = ByMode(Named("CK-8"), Named("LG-REFUND"))
SECURITY_LATE = Named("T87-17")
BID_SECURITY_MOST = ByMode(Named("MP-1"), Named("LG-BS"))
OPENING_HOST = ByMode(Named("T87-12"), Named("LG-SEAL"))
KEY_HOLDERS = Named("HS-HOLD")

# 2 competition
BIDS_CLOSE = ByMode(Named("T87-14"), Named("LG-SEAL"))
BID_OVER_CEILING = ByMode(Named("T87-9"), Named("LG-PRICE"))
OPENING_HOUR = ByMode(Named("T87-12h"), Named("LG-SEAL"))
SETTLING = Named("HS-SETTLE")
HOLDERS_TOGETHER = Named("HS-TWO")
ADJOURNMENT = Named("OP-ADJ")
ADJOURNMENTS_TOGETHER = Named("OP-ADJ-ALL")
OPENING_REMARKS = Named("OP-REMARK")
OPENING_REMARK_LEAST = Named("OP-TEXT")
OPENING_RECORDED = ByMode(Named("T87-12o"), Named("LG-SEAL"))
SUPPLIER_CONDITIONS = ByMode(Named("FA-22"), Named("LG-BIDDER"))
INDEPENDENT_BIDDERS = ByMode(Named("BD-18"), Named("LG-BIDDER"))
BID_SIZE = Named("HS-BID")
BID_FILES = Named("HS-BIDF")
ENQUIRIES_AT_A_TIME = Named("HS-ASK")
LEAST_BIDDERS = ByMode(Named("MT-MIN"), Named("LG-LEAST"))
CONSULTATION_LEAST_BIDDERS = ByMode(Named("MT-1"), Named("LG-LEAST"))
NEGOTIATION_LEAST_BIDDERS = Named("MT-NPMIN")
SINGLE_SOURCE_BIDDERS = Named("MT-SSMIN")
SELECTION_LEAST_BIDDERS = Named("SE-LEAST")
CONSULTATION_MEETINGS = Named("MT-CMEET")
CONSULTATION_TERMS = Named("MT-CTERM")
CONSULTATION_FINAL_OFFERS = Named("MT-CFIN")
CONSULTATION_LEAVING = Named("MT-CLEAVE")
CONSULTATION_SECRECY = Named("MT-CSECRET")
NEGOTIATION_MEETINGS = Named("MT-NMEET")
NEGOTIATION_TERMS = Named("MT-NTERM")
NEGOTIATION_FINAL_OFFERS = Named("MT-NFIN")
NEGOTIATION_LEAVING = Named("MT-NLEAVE")
NEGOTIATION_SECRECY = Named("MT-NSECRET")
SINGLE_SOURCE_TALKS = Named("MT-SMEET")
FINAL_OFFER_TIME = Named("NG-OFFER")
FINAL_OFFER_LATEST = Named("NG-LATEST")
FINAL_OFFER_FROM = Named("NG-HOUR1")
FINAL_OFFER_UNTIL = Named("NG-HOUR2")
QUALIFICATION_BY_PURCHASER = ByMode(Named("T87-13"), Named("LG-REVIEW"))
EXPERTS_AT_RANDOM = ByMode(Named("MT-5"), Named("LG-REVIEW"))
RECUSAL = ByMode(Named("FA-12"), Named("LG-APART"))
TENDER_PANEL = ByMode(Named("MT-TPAN"), Named("LG-PANEL"))
TENDER_PANEL_LARGE = ByMode(Named("MT-TPAN7"), Named("LG-PANEL"))
LARGE_BUDGET = Named("MT-TPANB")
CONSULTATION_PANEL = ByMode(Named("MT-CPAN"), Named("LG-PANEL"))
NEGOTIATION_PANEL = Named("MT-NPAN")
NEGOTIATION_PANEL_LARGE = Named("MT-NPAN5")
SINGLE_SOURCE_PANEL = Named("SS-PAN")
SELECTION_PANEL = Named("SE-PAN")
SCORE_WITHIN_WEIGHT = ByMode(Named("T87-6"), Named("LG-REVIEW"))
SEND_REPORT = ByMode(Named("CK-1"), Named("LG-REPORT"))
CONFIRM_AWARD = ByMode(Named("CK-2"), Named("LG-CONFIRM"))
PUBLISH_AWARD = ByMode(Named("CK-3"), Named("LG-RESULT"))
RESULT_NOTICE_PERIOD = ByMode(Named("T87-16"), Named("LG-NOTICE"))
CHALLENGE = ByMode(Named("CK-10"), Named("LG-OBJECT"))
INCOMPATIBLE_POSTS = ByMode(Named("RC-2"), Named("LG-APART"))

# 3 agreement
SIGN_AGREEMENT = ByMode(Named("CK-4"), Named("LG-SIGN"))
PUBLISH_AGREEMENT = ByMode(Named("CK-5"), Named("CK-16"))
FILE_AGREEMENT = ByMode(Named("CK-6"), None)

# 4 handover
HANDOVER_LIST = Named("LG-HO")

# 5 performance
KEEP_LEDGER = ByMode(Named("CT-6"), Named("LG-LEDGER"))
PAY_AS_AGREED = ByMode(Named("CT-4"), Named("LG-PERFORM"))
REPORT_MARGIN = Named("HS-EARLY")
ACCEPTANCE_LISTS = ByMode(Named("RC-3"), Named("LG-ACCEPT"))
ACCEPTANCE_WITH_USERS = ByMode(Named("RC-4"), Named("LG-ACCEPT"))
PAY_WITHIN = ByMode(Named("SME-PAY"), Named("LG-PAY"))
LATE_INTEREST = ByMode(Named("SME-LATE"), Named("LG-LATE"))
SUPPLEMENTS_MOST = ByMode(Named("MP-3"), Named("LG-MORE"))

# 6 supervision
SUPERVISION = ByMode(Named("CT-9"), Named("LG-WATCH"))
EVALUATION_FRAME = Named("PE-F")
OUTPUT_AND_BENEFIT_LEAST = Named("PE-7")
INDEPENDENT_EVALUATOR = Named("PE-IND")
GRADE_EXCELLENT = Named("PE-A")
GRADE_GOOD = Named("PE-B")
GRADE_FAIR = Named("PE-C")
FRAME_POINTS = tuple(Named(f"PF-{row}") for row in range(1, 18))
KEEP_RECORDS = ByMode(Named("CK-15"), Named("LG-KEEP"))

# the calendar
WEEKLY_REST = Named("TE-6")
STATUTORY_DAYS = Named("TE-7")

# the house
REMINDER_MARGIN = Named("HS-REMIND")
IDLE_LIMIT = Named("HS-IDLE")
SESSION_LIMIT = Named("HS-SESSION")
SEPARATE_ADMINISTRATORS = Named("HS-ADMIN")
FAILURES_BEFORE_LOCK = Named("HS-FAIL")
LOCK_TIME = Named("HS-LOCK")
RESET_LINK_LIFE = Named("HS-RESET")
PASSWORD_LENGTH = Named("HS-PASS")
SUBSTITUTION_LONGEST = Named("HS-SUBST")
ACCOUNT_SHORTEST = Named("HS-ACCT1")
ACCOUNT_LONGEST = Named("HS-ACCT2")
SENSITIVE_INFORMATION = Named("PI-1")


class ArchiveBounds:
    """What an uploaded archive may hold: entries, expanded bytes in multiples of the upload limit, ratio."""

    entries = Named("HS-ZIP").on(date.max).amount
    expansion = Named("HS-EXPAND").on(date.max).amount
    ratio = Named("HS-RATIO").on(date.max).amount


class ScreeningBounds:
    """How screening reads: characters between a prohibition and what it forbids, around a hit, of a written reason, of an
    attachment; and how many attachments a plan may have, how many hits one may come with.
    """

    near = Named("HS-NEAR").on(date.max).amount
    reach = Named("HS-REACH").on(date.max).amount
    hits = Named("HS-HITS").on(date.max).amount
    attachments = Named("HS-ATTACH").on(date.max).amount
    reason = Named("HS-FIND").on(date.max).amount
    characters = Named("HS-TEXT").on(date.max).amount


class WorkbookBounds:
    """What a workbook may hold: sheets, rows and columns of a sheet, filled cells in all."""

    sheets = Named("HS-SHEETS").on(date.max).amount
    rows = Named("HS-ROWS").on(date.max).amount
    columns = Named("HS-COLUMNS").on(date.max).amount
    cells = Named("HS-CELLS").on(date.max).amount
