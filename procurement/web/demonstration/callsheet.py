"""The call sheet: who may do what is outstanding, and everybody by role with what they can do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from flask_babel import gettext as _

from procurement.foundation.clock import local_day
from procurement.registers import access
from procurement.registers.access import POLICY, Appointed, Deed
from procurement.registers.demonstration import kept_passphrases
from procurement.registers.people import Role, User
from procurement.statute.calendar import working_calendar
from procurement.steps.rooms import standings
from procurement.steps.supervision.rules import belongs_to_a_party, evaluated_ex_ante
from procurement.transfers.conference.models import conferences_to_come
from procurement.transfers.conference.rules import outstanding
from procurement.transfers.line import Outstanding, Step
from procurement.transfers.models import Transfer
from procurement.transfers.rules import is_writer
from procurement.web.filters import named
from procurement.web.languages import value_text
from procurement.web.standing import Subject

# Where several roles may do the same, the one whose doing leaves the others free: an evaluator who judged the plan before
# may not judge it after.
_RATHER = {Deed.PLAN_EVALUATE: Role.APPROVER, Deed.INSPECTION_RECORD: Role.OFFICER}

# A passphrase opens bids, and is printed for as long as there may be some to open.
_WITH_ENVELOPES = (Step.ANNOUNCEMENT, Step.COMPETITION)


@dataclass
class Member:
    """Somebody of the cast as the sign-in page lists them: what they can do next, and which passphrases they were shown."""

    person: User
    deeds: list[str] = field(default_factory=list)
    passphrases: list[tuple[str, str]] = field(default_factory=list)


def candidates(item: Outstanding, subject: Subject, people: Sequence[User]) -> list[User]:
    """Who of `people` may do what is outstanding, the one who had rather do it first; a meeting names them itself."""
    if item.people or not isinstance(subject, Transfer):
        return [person for person in people if person.id in item.people]
    found = [person for person in people if _may(person, item.deed, subject)]
    rather = _RATHER.get(item.deed)
    return sorted(found, key=lambda person: (rather is not None and rather not in person.roles, person.id))


def _may(person: User, deed: Deed, transfer: Transfer) -> bool:
    if not access.can(person, deed, transfer):
        return False
    if deed is Deed.PLAN_EVALUATE:
        return not is_writer(transfer.plan, person)
    if deed is Deed.EVALUATION_CONCLUDE:
        return not (belongs_to_a_party(transfer, person) or evaluated_ex_ante(transfer, person))
    if Role.OFFICER in POLICY[deed] and Role.OFFICER in person.roles:
        return person.id == transfer.officer_id
    return True


def call_sheet(people: Sequence[User], rows: Sequence[Transfer], now: datetime) -> list[tuple[Role, list[Member]]]:
    """Everybody by role, with what each can do next on `rows`; a number of queries that grows with neither."""
    members = {person.id: Member(person) for person in people}
    standing = standings(rows, now, working_calendar())
    today = local_day(now)
    for transfer in rows:
        for item in standing[transfer.id].outstanding:
            if not item.is_possible(today):
                continue
            told = _("%(deed)s：%(title)s", deed=_(item.deed.label), title=named(transfer))
            for person in candidates(item, transfer, people):
                if told not in members[person.id].deeds:
                    members[person.id].deeds.append(told)
    _tell_of_closings(members, now)
    _print_passphrases(members, rows)
    groups = {role: [row for row in members.values() if role in row.person.roles] for role in Role}
    return [(role, found) for role, found in groups.items() if found]


def _tell_of_closings(members: dict[int, Member], now: datetime) -> None:
    """A meeting that has resolved on everything waits for nobody but who closes it; no transfer tells of that."""
    for conference in conferences_to_come():
        for item in outstanding(conference, now):
            if item.deed is Deed.CONFERENCE_CLOSE:
                told = _("%(deed)s：%(title)s", deed=_(item.deed.label), title=value_text(conference.called))
                for number in item.people & members.keys():
                    members[number].deeds.append(told)


def _print_passphrases(members: dict[int, Member], rows: Sequence[Transfer]) -> None:
    """Beside each holder whose appointment holds and whose bids are not opened, the newest passphrase or the sheet's secret."""
    sealed = {row.id: row for row in rows if row.step in _WITH_ENVELOPES}
    printed: set[tuple[int, int, Appointed]] = set()
    for kept in kept_passphrases():
        transfer, key = sealed.get(kept.transfer_id), (kept.user_id, kept.transfer_id, kept.kind)
        if transfer is None or key in printed or kept.user_id not in transfer.appointed(kept.kind):
            continue
        printed.add(key)
        if kept.user_id in members:
            members[kept.user_id].passphrases.append((_told(kept.kind, transfer), kept.passphrase))


def _told(kind: Appointed, transfer: Transfer) -> str:
    if kind is Appointed.CUSTODIAN:
        return _("恢复单密语（%(title)s）", title=named(transfer))
    if kind is Appointed.OPENING_WITNESS:
        return _("见证口令（%(title)s）", title=named(transfer))
    return _("开启口令（%(title)s）", title=named(transfer))
