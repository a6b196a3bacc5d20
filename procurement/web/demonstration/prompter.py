"""The prompter: what the templates of a demonstration ask. Whom a transfer waits for, what comes next, who can do what."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from flask import g, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup

from procurement.foundation.clock import local_day
from procurement.registers import access
from procurement.registers.access import Appointed, Deed
from procurement.registers.demonstration import may_be_assumed
from procurement.registers.people import Role, User, all_users, user_by_id
from procurement.statute.calendar import working_calendar
from procurement.steps.announcement.models import Announcement, current_announcement
from procurement.steps.announcement.rules import takes_bids
from procurement.steps.competition.models.review import competition_of, desks
from procurement.steps.competition.models.talks import OfferCall, call_of
from procurement.steps.competition.rules import least_bidders
from procurement.steps.competition.talks.operations import bids_in
from procurement.steps.competition.talks.rules import deeds_beside
from procurement.steps.rooms import Standing, standing_of
from procurement.transfers.conference.models import Conference, conference_by_id
from procurement.transfers.conference.rules import outstanding
from procurement.transfers.line import Outstanding
from procurement.transfers.models import Ending, Transfer, open_transfers, transfer_by_id
from procurement.web.demonstration import guide
from procurement.web.demonstration.callsheet import Member, call_sheet, candidates
from procurement.web.demonstration.cast import bidders_for
from procurement.web.demonstration.examples import gist_of
from procurement.web.demonstration.moments import Moment, moments_of, moments_of_all
from procurement.web.languages import say, short_moment, value_text
from procurement.web.session import acting_user, clock
from procurement.web.standing import Subject, body_html, deed_text, deed_url, person_name

COOKIE = "jieli_walk"
_KEPT = re.compile(r"(on|off)(?:\.(\d{1,9}))?")


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer to go on as somebody: who, what the deed is, where it is done."""

    person: User
    deed: str
    lack: str
    url: str
    is_self: bool = False


@dataclass(frozen=True, slots=True)
class Leap:
    """An offer to move the clock: until when, what then happens, where one looks at it first."""

    label: str
    url: str


def kept_walk() -> tuple[bool, int | None]:
    """Whether this browser has the guided walk open, and which transfer it follows."""
    found = _KEPT.fullmatch(request.cookies.get(COOKIE, ""))
    if found is None:
        return True, None
    return found[1] == "on", int(found[2]) if found[2] else None


def leap_url(moment: Moment) -> str:
    """The page that says what a jump to this moment passes, and does it."""
    return url_for(
        "demonstration.advance_clock", to=moment.at.isoformat(timespec="seconds"), transfer=moment.transfer.id
    )


def leap_to(moment: Moment, *, named: bool = False) -> Leap:
    """`快进到 10月16日（周四） 9:31，投标截止，可以开启`; `named` says of which transfer, where the page does not."""
    when, what = short_moment(moment.at), say(moment.title, moment.values)
    if named:
        title = value_text(moment.transfer.called)
        return Leap(_("快进到 %(when)s：%(what)s（%(title)s）", when=when, what=what, title=title), leap_url(moment))
    return Leap(_("快进到 %(when)s：%(what)s", when=when, what=what), leap_url(moment))


class Prompter:
    """Asked by the templates of one request; each answer is worked out once, and only where it is asked for."""

    # ── where one is ───────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def now(self) -> datetime:
        """The legal instant of this request; one that was refused at the door has read none yet."""
        moment: datetime = g.get("now") or clock().now()
        return moment

    @cached_property
    def transfer(self) -> Transfer | None:
        """The transfer this page is about, else the one the visitor follows."""
        here = (request.view_args or {}).get("transfer_id")
        number = here if isinstance(here, int) else kept_walk()[1]
        return transfer_by_id(number) if number is not None else None

    @cached_property
    def transfer_url(self) -> str:
        """Where this visitor may look at that transfer: its page, else its public announcement, else nowhere."""
        if self.transfer is None:
            return ""
        if access.can(acting_user(), Deed.TRANSFER_READ, self.transfer):
            return url_for("transfers.read_transfer", transfer_id=self.transfer.id)
        found = current_announcement(self.transfer)
        if found is None or found.publication is None:
            return ""
        return url_for("portal.read_publication", reference=found.publication.reference)

    @cached_property
    def standing(self) -> Standing | None:
        """Where that transfer stands."""
        if self.transfer is None:
            return None
        return standing_of(self.transfer, self.now, working_calendar())

    @cached_property
    def meeting(self) -> Conference | None:
        """The meeting this page is about."""
        number = (request.view_args or {}).get("conference_id")
        return conference_by_id(number) if isinstance(number, int) else None

    @cached_property
    def people(self) -> Sequence[User]:
        """Everybody a visitor may act as, those added in the demonstration too."""
        return [person for person in all_users() if may_be_assumed(person)]

    @cached_property
    def open_rows(self) -> Sequence[Transfer]:
        """Every transfer that is not closed."""
        return open_transfers()

    @property
    def shown(self) -> datetime:
        """The instant to the minute, as the strip shows it."""
        return self.now.replace(second=0, microsecond=0)

    # ── the strip ──────────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def leap(self) -> Leap | None:
        """The next moment that matters: this transfer's first, else the first of all."""
        if self.leap_here is not None:
            return self.leap_here
        everything = moments_of_all(self.open_rows, self.now)
        return leap_to(everything[0], named=True) if everything else None

    @property
    def may_leap(self) -> bool:
        """Visitors who have not become somebody cannot move the clock."""
        return acting_user() is not None

    @property
    def here(self) -> str:
        """The address of this page, to come back to; the first page for what was not read."""
        if request.method != "GET":
            return url_for("portal.show_portal")
        return request.full_path.rstrip("?")

    # ── the walk ───────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def walk_is_open(self) -> bool:
        """Whether the guided walk is shown."""
        return kept_walk()[0]

    @property
    def guide(self) -> str:
        """What to look at on this page; empty where the walk says nothing."""
        if (
            request.endpoint == "transfers.read_transfer"
            and self.transfer is not None
            and self.transfer.ending is Ending.COMPLETED
        ):
            return _("六步走完，事项已办结。最后由审计人员下载合同和绩效评价，体验路线就到头了。")
        line = guide.LINES.get(request.endpoint or "")
        return str(line) if line is not None else ""

    @property
    def is_offering(self) -> bool:
        """Whether this page also offers to go on."""
        return request.endpoint in guide.OFFERING

    @cached_property
    def first_person(self) -> User | None:
        """With whom the walk begins: the officer of the department that buys the city-steward service."""
        return next((person for person in self.people if person.login == "lin.hai"), None)

    # ── whom a transfer waits for ──────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def announcement(self) -> Announcement | None:
        """The announcement that takes bids for this transfer now."""
        found = current_announcement(self.transfer) if self.transfer is not None else None
        return found if found is not None and takes_bids(found, self.now) else None

    @cached_property
    def call(self) -> OfferCall | None:
        """The call that takes final offers for this transfer now."""
        found = current_announcement(self.transfer) if self.transfer is not None else None
        competition = competition_of(found) if found is not None else None
        call = call_of(competition) if competition is not None else None
        return call if call is not None and self.now < call.closes_at else None

    @cached_property
    def offers(self) -> list[Offer]:
        """In a meeting: the people it waits for; else for this transfer; while it takes bids or final offers, the bidders in turn."""
        if self.meeting is not None and (waiting := outstanding(self.meeting, self.now)):
            return self._possible(self.meeting, waiting)
        if self.transfer is None or self.standing is None:
            return []
        if self.announcement is not None:
            # What the officer owes while bids come in is done first.
            owed = [row for row in self.standing.outstanding if row.deed is not Deed.BIDS_OPEN]
            return [*self._possible(self.transfer, owed), *self._bidders(self.transfer, self.announcement)]
        if self.call is not None:
            owed = [row for row in self.standing.outstanding if row.deed is not Deed.OFFERS_OPEN]
            return [*self._possible(self.transfer, owed), *self._in_talks(self.call)]
        if self.transfer.closed_at is not None:
            return self._auditor(self.transfer) if self.transfer.ending is Ending.COMPLETED else []
        return [*self._possible(self.transfer, self.standing.outstanding), *self._panel(self.transfer)]

    def _panel(self, transfer: Transfer) -> list[Offer]:
        """While the talks go on: a member of the panel may propose to change what is asked for."""
        if Deed.TERMS_PROPOSE not in deeds_beside(desks([transfer])[transfer.id]):
            return []
        drawn = [person for person in self.people if person.id in transfer.appointed(Appointed.PANEL_MEMBER)]
        actor = acting_user()
        person = next((row for row in drawn if actor is not None and row.id == actor.id), next(iter(drawn), None))
        if person is None:
            return []
        is_self = actor is not None and person.id == actor.id
        url = deed_url(Deed.TERMS_PROPOSE, transfer)
        return [Offer(person, _(Deed.TERMS_PROPOSE.label), _("要求或者条款要变动的才提"), url, is_self=is_self)]

    def _possible(self, subject: Subject, waiting: Sequence[Outstanding]) -> list[Offer]:
        today = local_day(self.now)
        offers = (self._offer(subject, item) for item in waiting if item.is_possible(today))
        return [offer for offer in offers if offer is not None]

    def _auditor(self, transfer: Transfer) -> list[Offer]:
        """The end of the walk: the auditor takes agreement and evaluation away; nothing more once it is the auditor who looks."""
        actor = acting_user()
        auditor = next((person for person in self.people if Role.AUDITOR in person.roles), None)
        if auditor is None or (actor is not None and Role.AUDITOR in actor.roles):
            return []
        return [
            Offer(
                auditor,
                _("下载合同和绩效评价"),
                "",
                url_for("transfers.read_transfer", transfer_id=transfer.id),
            )
        ]

    def _offer(self, subject: Subject, item: Outstanding) -> Offer | None:
        found = candidates(item, subject, self.people)
        if not found:
            return None
        actor = acting_user()
        person = next((row for row in found if actor is not None and row.id == actor.id), found[0])
        return Offer(
            person, deed_text(item.deed, subject), say(item.lack, item.values), deed_url(item.deed, subject, item.target),
            is_self=actor is not None and person.id == actor.id,
        )  # fmt: skip

    def _in_talks(self, call: OfferCall) -> list[Offer]:
        """After the first the second, after the last nobody: who has made a final offer is not told."""
        actor, bids = acting_user(), sorted(bids_in(call.competition), key=lambda bid: bid.id)
        place = next((at for at, bid in enumerate(bids) if actor is not None and bid.submitted_by_id == actor.id), None)
        return [
            Offer(
                bid.submitted_by, _(Deed.OFFER_SUBMIT.label), _("正在接收最后报价"),
                url_for("competition.submit_offer", receipt=bid.receipt), is_self=False,
            )
            for bid in (bids[place + 1 :] if place is not None else bids)
        ]  # fmt: skip

    def _bidders(self, transfer: Transfer, announcement: Announcement) -> list[Offer]:
        by_login = {person.login: person for person in self.people}
        found = [by_login[name] for name in bidders_for(transfer.catalogue_entry.code) if name in by_login]
        actor, url = acting_user(), url_for("competition.submit_bid", announcement_id=announcement.id)
        place = next((at for at, row in enumerate(found) if actor is not None and row.id == actor.id), None)
        least = least_bidders(transfer, local_day(self.now)).amount
        # After the first the second, after the third nobody: the clock is next.
        waiting = found[place + 1 :] if place is not None else found
        return [
            Offer(row, _(Deed.BID_SUBMIT.label), _("正在接收投标，至少要 %(least)s 家", least=least), url, is_self=False) for row in waiting
        ]  # fmt: skip

    @cached_property
    def leap_here(self) -> Leap | None:
        """The next moment of this transfer, where it has one."""
        if self.transfer is None or self.standing is None:
            return None
        ahead = moments_of(self.transfer, self.standing, self.now)
        return leap_to(ahead[0]) if ahead else None

    @cached_property
    def leaps_first(self) -> bool:
        """Whether only work of another season is waited for: a year's service is not done on its first day."""
        if self.leap_here is None or self.standing is None or not self.standing.outstanding:
            return False
        return not any(item.is_possible(local_day(self.now)) for item in self.standing.outstanding)

    # ── the cast ───────────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def cast(self) -> list[tuple[Role, list[Member]]]:
        """Everybody by role, with what each can do next."""
        return call_sheet(self.people, self.open_rows, self.now)

    # ── examples ───────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def example(self) -> str:
        """What the example of this page's form holds; empty where there is none."""
        name = g.get("example_name")
        return gist_of(name) if name else ""

    @property
    def example_is_filled(self) -> bool:
        """Whether the form on this page was filled with it."""
        return bool(request.args.get("example"))

    @staticmethod
    def called(person: User) -> str:
        """A person with the body they act for."""
        body = body_html(person)
        return Markup("{} · {}").format(person_name(person), body) if body else person_name(person)


def person_to_assume(user_id: int) -> User | None:
    """The person of this number, if a visitor may know of them."""
    person = user_by_id(user_id)
    return person if person is not None and may_be_assumed(person) else None
