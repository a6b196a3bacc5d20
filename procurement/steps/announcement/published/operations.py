"""What people do about a published announcement: enter its notice in the medium, ask, answer, follow."""

from __future__ import annotations

from datetime import date, datetime

from procurement.foundation.clock import local_day
from procurement.foundation.database import db
from procurement.foundation.errors import NotFound
from procurement.foundation.labels import word
from procurement.registers import access, audit, notices
from procurement.registers.access import Deed
from procurement.registers.catalogue.models import entry_by_code
from procurement.registers.people import User
from procurement.statute.calendar import working_calendar
from procurement.steps.announcement.models import Announcement, AnnouncementVersion
from procurement.steps.announcement.published import rules
from procurement.steps.announcement.published.models import (
    Download,
    Enquiry,
    Interest,
    MediumChange,
    MediumNotice,
    Subscription,
    change_in_medium,
    followers_of,
    interest_of,
    notices_in_medium,
    number_of_answers,
    open_enquiries,
    subscriptions_of,
)
from procurement.transfers import line, screening
from procurement.transfers.line import Step
from procurement.transfers.operations import address_of


def address_of_call(announcement: Announcement) -> str:
    """The public page of an announcement's newest edition, for the link in a notice."""
    assert announcement.publication is not None
    return f"/announcements/{announcement.publication.reference}"


# ── the designated medium ──────────────────────────────────────────────────────────────────────────────────────────


def enter_medium_notice(
    announcement: Announcement, published_on: date, address: str, *, reason: str = "", actor: User, now: datetime
) -> MediumNotice:
    """Enter when and where a purchase's announcement first appeared on the designated medium; corrected once, with a reason.

    The period of the notice runs from that day (T87-1), and bids are not opened before it is over.

    Raises:
        WrongState: what is no purchase, is not published, or has been corrected already.
        RuleBroken: a day before the announcement or in the future, what is no address, a correction without a reason.
    """
    access.require(actor, Deed.MEDIUM_NOTICE_ENTER, announcement)

    line.ensure_at(announcement.transfer, Step.COMPETITION)
    former = notices_in_medium(announcement)
    rules.ensure_medium_notice(announcement, former, published_on, address, reason, local_day(now))

    notice = MediumNotice(
        announcement=announcement,
        number=len(former) + 1,
        published_on=published_on,
        address=address.strip(),
        reason=reason.strip() if former else "",
        entered_at=now,
        entered_by=actor,
    )
    db.session.add(notice)
    db.session.flush()

    audit.record(
        Deed.MEDIUM_NOTICE_ENTER,
        announcement,
        actor=actor,
        now=now,
        published_on=published_on,
        address=notice.address,
        reason=notice.reason,
    )
    return notice


def enter_medium_change(
    version: AnnouncementVersion, published_on: date, address: str, *, actor: User, now: datetime
) -> MediumChange:
    """Enter when and where a later version appeared on the designated medium (更正公告); it holds no clock and no opening.

    Raises:
        WrongState: what is no purchase, is not published any more, the first version, or one that has been entered.
        RuleBroken: a day before the version or in the future, what is no address.
    """
    access.require(actor, Deed.MEDIUM_CHANGE_ENTER, version)

    line.ensure_at(version.transfer, Step.COMPETITION)
    rules.ensure_medium_change(version, change_in_medium(version), published_on, address, local_day(now))

    change = MediumChange(
        version=version, published_on=published_on, address=address.strip(), entered_at=now, entered_by=actor
    )
    db.session.add(change)
    db.session.flush()

    audit.record(
        Deed.MEDIUM_CHANGE_ENTER, version, actor=actor, now=now, number=version.number, published_on=published_on,
        address=change.address,
    )  # fmt: skip
    return change


# ── enquiries ──────────────────────────────────────────────────────────────────────────────────────────────────────


def ask_enquiry(announcement: Announcement, question: str, *, actor: User, now: datetime) -> Enquiry:
    """Ask about an announcement (条例52); the officer is told that somebody asks, and not who. Asked twice, it is one question.

    Raises:
        WrongState: a call that takes no questions any more.
        RuleBroken: a question that says nothing, or one too many at a time.
    """
    access.require(actor, Deed.ENQUIRY_ASK, announcement)

    rules.ensure_may_ask(announcement)
    own = open_enquiries(announcement, by=actor)
    again = next((row for row in own if row.question == question.strip()), None)
    if again is not None:
        return again
    rules.ensure_question(question, len(own), local_day(now))

    enquiry = Enquiry(announcement=announcement, asked_by=actor, question=question.strip(), asked_at=now)
    db.session.add(enquiry)
    db.session.flush()
    transfer = announcement.transfer
    notices.notify(
        [transfer.officer],
        word("“{title}”收到询问，最迟 {day} 答复。"),
        now=now,
        link=address_of(transfer),
        title=transfer.called,
        day=rules.answer_due(enquiry, working_calendar()),
    )

    audit.record(Deed.ENQUIRY_ASK, enquiry, actor=actor, now=now)
    return enquiry


def answer_enquiry(
    enquiry: Enquiry, *, public_question: str, answer: str, is_material: bool = False, actor: User, now: datetime
) -> None:
    """Answer an enquiry: question and answer are public from now on, in the officer's wording, and nobody's name with them.

    `is_material` says that the answer changes what is asked for, and that a material change follows.

    Raises:
        WrongState: what has been answered.
        OutOfTime: an answer that would change what is asked for once the deadline has passed.
        RuleBroken: an empty question or answer, or words that hit the negative list.
    """
    access.require(actor, Deed.ENQUIRY_ANSWER, enquiry)

    line.ensure_at(enquiry.transfer, Step.COMPETITION)
    announcement = enquiry.announcement
    rules.ensure_answer(enquiry, public_question, answer)
    rules.ensure_may_change_what_is_asked(announcement, is_material, now)
    screening.ensure_clean_texts(
        enquiry.transfer, local_day(now), rules.texts_of_answer(actor, public_question, answer)
    )

    enquiry.number = number_of_answers(announcement) + 1
    enquiry.public_question, enquiry.answer = public_question.strip(), answer.strip()
    enquiry.is_material, enquiry.answered_at, enquiry.answered_by_id = is_material, now, actor.id
    # One message for who asked and for who follows: a tray tells nobody more than the public page does.
    notices.notify(
        [enquiry.asked_by, *followers_of(announcement)],
        word("“{title}”公开了新的答复。"),
        now=now,
        link=address_of_call(announcement),
        title=announcement.transfer.called,
    )

    audit.record(
        Deed.ENQUIRY_ANSWER, announcement, actor=actor, now=now, number=enquiry.number, is_material=is_material
    )


# ── following ──────────────────────────────────────────────────────────────────────────────────────────────────────


def begin_subscription(follower: User, code: str, *, actor: User, now: datetime) -> Subscription:
    """Follow a code of the catalogue, of any level: a call for it or for what lies below it is told from now on.

    Raises:
        RuleBroken: a code that the catalogue does not have, or one that is followed already.
    """
    access.require(actor, Deed.SUBSCRIPTION_BEGIN, follower)

    code = code.strip()
    known = entry_by_code(code, local_day(now)) is not None
    rules.ensure_followable(code, known=known, held=any(row.code == code for row in subscriptions_of(follower)))

    subscription = Subscription(user=follower, code=code, begun_at=now)
    db.session.add(subscription)
    db.session.flush()

    audit.record(Deed.SUBSCRIPTION_BEGIN, follower, actor=actor, now=now, code=code)
    return subscription


def end_subscription(subscription: Subscription, *, actor: User, now: datetime) -> None:
    """Follow a code no more; who follows nothing is told of every call again, where they may bid."""
    access.require(actor, Deed.SUBSCRIPTION_END, subscription)

    code, follower = subscription.code, subscription.user
    db.session.delete(subscription)

    audit.record(Deed.SUBSCRIPTION_END, follower, actor=actor, now=now, code=code)


def begin_interest(announcement: Announcement, *, actor: User, now: datetime) -> Interest:
    """Follow one announcement: its changes and answers are told from now on; a second time is the same interest."""
    access.require(actor, Deed.INTEREST_BEGIN, announcement)

    rules.ensure_may_follow(announcement)

    interest = interest_of(actor, announcement)
    if interest is None:
        interest = Interest(user=actor, announcement_id=announcement.id, begun_at=now)
        db.session.add(interest)
        db.session.flush()

    audit.record(Deed.INTEREST_BEGIN, announcement, actor=actor, now=now)
    return interest


def end_interest(announcement: Announcement, *, actor: User, now: datetime) -> None:
    """Follow an announcement no more."""
    access.require(actor, Deed.INTEREST_END, announcement)

    interest = interest_of(actor, announcement)
    if interest is None:
        raise NotFound(word("您没有关注这份公告。"))

    db.session.delete(interest)

    audit.record(Deed.INTEREST_END, announcement, actor=actor, now=now)


def note_download(announcement: Announcement, reader: User | None, *, now: datetime) -> None:
    """Keep that a paper of an announcement was taken away: no deed of anybody's, written by who calls it."""
    db.session.add(
        Download(
            announcement_id=announcement.id,
            edition=announcement.edition,
            user_id=reader.id if reader is not None else None,
            organisation_id=reader.organisation_id if reader is not None else None,
            at=now,
        )
    )
