"""What a bidder does before the bid is lodged: files sealed and dropped one by one, a draft kept, a trial run."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from procurement.foundation.clock import local_day
from procurement.foundation.database import db
from procurement.foundation.envelopes import PIECE, number_of_pieces
from procurement.foundation.errors import Conflict, OutOfTime
from procurement.foundation.labels import word
from procurement.registers import access, audit
from procurement.registers.access import Deed
from procurement.registers.people import User
from procurement.statute import limits
from procurement.steps.announcement import rules as announcement_rules
from procurement.steps.announcement.models import Announcement
from procurement.steps.competition import rules
from procurement.steps.competition.models.sealed import (
    BidDraft,
    SealedFile,
    StoredPiece,
    draft_of,
    drafts_of,
    erase_keys,
    files_in_draft,
    left_over,
    part_of,
    sealed_file_by_token,
    sealed_size,
)


@dataclass(frozen=True, slots=True)
class FileBegun:
    """A file whose first pieces are sealed: its token, its size in bytes, its name under the draft's key, header and pieces."""

    token: str
    size: int
    label_sealed: str
    pieces: tuple[StoredPiece, ...]


def seal_bid_file(announcement: Announcement, begun: FileBegun, *, actor: User, now: datetime) -> SealedFile:
    """Keep a file whose header and first pieces were sealed just before; sent again under its token, it is kept once.

    It counts for nothing until a bid that names it is lodged.

    Raises:
        OutOfTime, WrongState: when no bid can be lodged.
        RuleBroken: an organisation that is not verified; more files, or larger ones, than a bid takes.
        Conflict: a token that is another's.
    """
    access.require(actor, Deed.BID_FILE_SEAL, announcement)

    known = sealed_file_by_token(begun.token)
    if (
        known is not None
        and known.organisation_id == actor.organisation_id
        and known.announcement_id == announcement.id
    ):
        return known
    announcement_rules.ensure_takes_bids(announcement, now)
    organisation = rules.ensure_may_prepare(actor.organisation, announcement.transfer, local_day(now))
    others = files_in_draft(announcement, organisation.id)
    rules.ensure_files_fit(len(others) + 1, sealed_size(others) + begun.size, local_day(now))
    if known is not None:
        raise Conflict(word("这份文件的编号已经用过，请重新选择文件。"))

    file = SealedFile(
        token=begun.token, announcement=announcement, organisation_id=organisation.id, label_sealed=begun.label_sealed,
        size=begun.size, begun_at=now, begun_by=actor, is_complete=len(begun.pieces) > number_of_pieces(begun.size),
        parts=[part_of(number, piece) for number, piece in enumerate(begun.pieces)],
    )  # fmt: skip
    db.session.add(file)
    db.session.flush()

    audit.record(Deed.BID_FILE_SEAL, announcement, actor=actor, now=now, file=file.id, size=begun.size)
    return file


def ensure_piece_wanted(file: SealedFile, number: int, size: int, now: datetime) -> None:
    """Refuse a piece that is too late, of no place in the file, or not as long as its place is.

    Raises:
        OutOfTime: at the deadline and after it.
        Conflict: the file was dropped or lodged, or the piece does not fit.
    """
    announcement_rules.ensure_takes_bids(file.announcement, now)
    whole, last = file.number_of_pieces, file.size - (file.number_of_pieces - 1) * PIECE
    fits = 1 <= number <= whole and size == (last if number == whole else PIECE)
    if not fits or file.dropped_at is not None or file.bid_id is not None:
        raise Conflict(word("这一段不属于正在封存的文件。请重新选择文件。"))


def has_piece(file: SealedFile, number: int) -> bool:
    """Whether the piece is there already."""
    return any(part.number == number for part in file.parts)


def add_piece(file: SealedFile, number: int, piece: StoredPiece) -> None:
    """Keep a sealed piece in its place; the file is complete when none lacks. No deed: only a lodged bid counts."""
    file.parts.append(part_of(number, piece))
    db.session.flush()
    file.is_complete = len(file.parts) > file.number_of_pieces


def drop_bid_file(file: SealedFile, *, actor: User, now: datetime) -> None:
    """Drop a sealed file that is of no bid; its keys are deleted, so that nobody can ever read it.

    Raises:
        Conflict: it has been lodged or dropped meanwhile.
    """
    access.require(actor, Deed.BID_FILE_DROP, file)

    announcement_rules.ensure_may_be_withdrawn(file.announcement, now)
    if file.bid_id is not None or file.dropped_at is not None:
        raise Conflict(word("这份文件已经提交或者移除。要换掉已经提交的文件，请更换投标。"))

    erase_keys([file], now)

    audit.record(Deed.BID_FILE_DROP, file, actor=actor, now=now)


def digest_of_draft(draft: BidDraft | None) -> str:
    """What a form says it was opened with: the hash of the sealed text, which another saving changes."""
    return hashlib.sha256(draft.content_sealed.encode()).hexdigest() if draft is not None else ""


def keep_bid_draft(
    announcement: Announcement, content_sealed: str, *, seen: str, actor: User, now: datetime
) -> BidDraft:
    """Keep what a bidder has written, sealed under the key of the bidder's browser; never a price.

    Raises:
        OutOfTime, WrongState: when no bid can be lodged.
        RuleBroken: an organisation that is not verified.
        Conflict: what was opened has been saved over since.
    """
    access.require(actor, Deed.BID_DRAFT_KEEP, announcement)

    announcement_rules.ensure_takes_bids(announcement, now)
    organisation = rules.ensure_may_prepare(actor.organisation, announcement.transfer, local_day(now))
    draft = draft_of(announcement, organisation.id)
    if draft is not None and digest_of_draft(draft) != seen:
        raise Conflict(
            word(
                "您打开这一页以后，{who}在 {when} 保存过草稿，这次没有保存。您填的内容都在；确认要用它换掉那份草稿的，再按一次保存。"
            ),
            who=draft.kept_by.called,
            when=draft.kept_at,
        )

    if draft is None:
        draft = BidDraft(announcement_id=announcement.id, organisation_id=organisation.id)
        db.session.add(draft)
    draft.content_sealed, draft.kept_at, draft.kept_by = content_sealed, now, actor
    db.session.flush()

    audit.record(Deed.BID_DRAFT_KEEP, announcement, actor=actor, now=now)
    return draft


def run_trial(announcement: Announcement, *, actor: User, now: datetime) -> None:
    """Note that a trial was run: sealed to a key that nobody kept, opened again and thrown away; nothing else is known of it.

    Raises:
        OutOfTime, WrongState: when no bid can be lodged.
    """
    access.require(actor, Deed.TRIAL_RUN, announcement)

    announcement_rules.ensure_takes_bids(announcement, now)

    audit.record(Deed.TRIAL_RUN, announcement, actor=actor, now=now)


def sweep_bid_drafts(announcement: Announcement, *, actor: User, now: datetime) -> Sequence[SealedFile]:
    """After the deadline has settled delete the keys of whatever was sealed and not submitted, and the drafts beside it.

    Raises:
        OutOfTime: before what came in time is in: a submission that waits for its turn still needs its files.
    """
    access.require(actor, Deed.BID_DRAFTS_SWEEP, announcement)

    settles = announcement_rules.settles_at(announcement)
    if now < settles:
        raise OutOfTime(
            word("投标 {closes} 截止，{settles} 起才清除没有提交的草稿：及时到达的投标可能还要用。"),
            closes=announcement.closes_at,
            settles=settles,
            article=limits.SETTLING.on(local_day(now)).article,
        )

    files = left_over(announcement)
    erase_keys(files, now)
    for draft in drafts_of(announcement):
        db.session.delete(draft)

    audit.record(Deed.BID_DRAFTS_SWEEP, announcement, actor=actor, now=now)
    return files
