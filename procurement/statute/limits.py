"""Every period, threshold and provision that a rule asks for, by name; the numbers stand in `data/clauses.csv`.

The table holds more than is named here: what no rule asks for yet is counted by the command line (`clock`).
"""

from __future__ import annotations

from datetime import date

from procurement.statute.clauses import Named

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
BUDGETED = Named("IM-3")
PERFORMANCE_GOALS = Named("IM-6")
TENDER_THRESHOLD = Named("TH-1")
NOT_TENDERED = Named("MT-2")
SPLITTING = Named("RC-5")
TERM_GENERAL = Named("CT-3a")
TERM_LONGEST = Named("CT-3b")
CEILING_PRICE = Named("T87-2")
REVIEW_BY_OTHERS = Named("MT-4")
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
TAKE_BACK_GROUNDS = Named("TB-GROUND")
TAKE_BACK_ORDER = Named("TB-ORDER")

# editions of the catalogue and of the negative list
DIRECTORY_ADJUSTED = Named("DIR-4")
CODE_ONCE = Named("DIR-CODE")
KEYWORD_SHORTEST = Named("DIR-KEYWORD")
EDITION_IN_FORCE = Named("DIR-FORCE")
TENDER_PRICE_WEIGHT_LEAST = Named("MT-TPW1")
CONSULTATION_PRICE_WEIGHT_LEAST = Named("MT-CPW1")
CONSULTATION_PRICE_WEIGHT_MOST = Named("MT-CPW2")

# 1 announcement
TENDER_PERIOD = Named("FL-1")
CONSULTATION_PERIOD = Named("MT-CP")
TRANSFER_BIDDING_PERIOD = Named("LG-BP")
DOCUMENTS_PERIOD = Named("FL-2")
NOTICE_PERIOD = Named("T87-1")
OPENING_HOST = Named("T87-12")

# 2 competition
BIDS_CLOSE = Named("T87-14")
BID_OVER_CEILING = Named("T87-9")
OPENING_HOUR = Named("T87-12h")
SETTLING = Named("HS-SETTLE")
SUPPLIER_CONDITIONS = Named("FA-22")
LEAST_BIDDERS = Named("MT-MIN")
QUALIFICATION_BY_PURCHASER = Named("T87-13")
EXPERTS_AT_RANDOM = Named("MT-5")
RECUSAL = Named("FA-12")
TENDER_PANEL = Named("MT-TPAN")
TENDER_PANEL_LARGE = Named("MT-TPAN7")
LARGE_BUDGET = Named("MT-TPANB")
CONSULTATION_PANEL = Named("MT-CPAN")
SCORE_WITHIN_WEIGHT = Named("T87-6")
SEND_REPORT = Named("CK-1")
CONFIRM_AWARD = Named("CK-2")
PUBLISH_AWARD = Named("CK-3")
RESULT_NOTICE_PERIOD = Named("T87-16")
CHALLENGE = Named("CK-10")
INCOMPATIBLE_POSTS = Named("RC-2")

# 3 agreement
SIGN_AGREEMENT = Named("CK-4")
PUBLISH_AGREEMENT = Named("CK-5")
FILE_AGREEMENT = Named("CK-6")

# 4 handover
HANDOVER_LIST = Named("LG-HO")

# 5 performance
KEEP_LEDGER = Named("CT-6")
PAY_AS_AGREED = Named("CT-4")
REPORT_MARGIN = Named("HS-EARLY")
ACCEPTANCE_LISTS = Named("RC-3")
ACCEPTANCE_WITH_USERS = Named("RC-4")
PAY_WITHIN = Named("SME-PAY")
LATE_INTEREST = Named("SME-LATE")
SUPPLEMENTS_MOST = Named("MP-3")

# 6 supervision
SUPERVISION = Named("CT-9")
EVALUATION_FRAME = Named("PE-F")
OUTPUT_AND_BENEFIT_LEAST = Named("PE-7")
INDEPENDENT_EVALUATOR = Named("PE-IND")
GRADE_EXCELLENT = Named("PE-A")
GRADE_GOOD = Named("PE-B")
GRADE_FAIR = Named("PE-C")
FRAME_POINTS = tuple(Named(f"PF-{row}") for row in range(1, 18))
KEEP_RECORDS = Named("CK-15")

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
