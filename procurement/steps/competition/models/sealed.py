"""What a bidder has sealed: files in pieces, each with its key in a row and its ciphertext in the store; and the draft beside them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    and_,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from procurement.foundation.database import Base, Moment, db, portions
from procurement.foundation.envelopes import number_of_pieces
from procurement.registers.people import User
from procurement.steps.announcement.models import Announcement, clock_runs
from procurement.steps.competition.models.bids import Bid
from procurement.transfers.models import Transfer


@dataclass(frozen=True, slots=True)
class StoredPiece:
    """A sealed piece whose ciphertext lies in the store: its key, its hash in the envelope, the store's name of it, its size."""

    wrapped_key: bytes
    sha256: str
    blob_sha256: str
    size: int


class SealedFile(Base):
    """One sealed file of a bidder: of a bid, or of none yet. What it is called and how it looks nobody can read."""

    __tablename__ = "sealed_files"
    __table_args__ = (CheckConstraint("size > 0", name="is_not_empty"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(32), unique=True)
    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcements.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    bid_id: Mapped[int | None] = mapped_column(ForeignKey("bids.id"), index=True)
    offer_id: Mapped[int | None] = mapped_column(ForeignKey("final_offers.id"), index=True)
    # Its name, under the key of the draft that only the bidder's browser has.
    label_sealed: Mapped[str] = mapped_column(Text, default="")
    size: Mapped[int] = mapped_column()
    is_complete: Mapped[bool] = mapped_column(default=False)
    begun_at: Mapped[datetime] = mapped_column(Moment)
    begun_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    dropped_at: Mapped[datetime | None] = mapped_column(Moment)

    announcement: Mapped[Announcement] = relationship(lazy="select")
    begun_by: Mapped[User] = relationship(lazy="select")
    bid: Mapped[Bid | None] = relationship(lazy="select")
    parts: Mapped[list[SealedPart]] = relationship(
        lazy="select", order_by="SealedPart.number", cascade="all, delete-orphan", back_populates="file"
    )

    @property
    def transfer(self) -> Transfer:
        """The transfer it is made for."""
        return self.announcement.transfer

    @property
    def organisation_ids(self) -> frozenset[int]:
        """A sealed file is its bidder's own."""
        return frozenset({self.organisation_id})

    @property
    def chain_key(self) -> str:
        """The announcement's sealed chain: nobody is told who prepares a bid."""
        return self.announcement.sealed_chain

    @property
    def lock_root(self) -> Transfer:
        """Ordered by the transfer, as a submission is."""
        return self.transfer

    @property
    def number_of_pieces(self) -> int:
        """How many pieces its content makes; its header is one more."""
        return number_of_pieces(self.size)


class SealedPart(Base):
    """One piece of a sealed file; number 0 is its header. Without its key its ciphertext is noise."""

    __tablename__ = "sealed_parts"
    __table_args__ = (UniqueConstraint("file_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("sealed_files.id"))
    number: Mapped[int] = mapped_column()
    wrapped_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64))
    # Empty once the ciphertext has been cleared out of the store.
    blob_sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column()

    file: Mapped[SealedFile] = relationship(lazy="select", back_populates="parts")


class BidDraft(Base):
    """What a bidder has written and not submitted, under a key that only the bidder's browser has; never a price."""

    __tablename__ = "bid_drafts"
    __table_args__ = (UniqueConstraint("announcement_id", "organisation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcements.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    content_sealed: Mapped[str] = mapped_column(Text)
    kept_at: Mapped[datetime] = mapped_column(Moment)
    kept_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))

    kept_by: Mapped[User] = relationship(lazy="select")


# ── asked by name ──────────────────────────────────────────────────────────────────────────────────────────────────

# Sealed, and neither lodged nor dropped.
_IS_OF_NONE = and_(SealedFile.bid_id.is_(None), SealedFile.offer_id.is_(None), SealedFile.dropped_at.is_(None))


def sealed_file_by_token(token: str) -> SealedFile | None:
    """The sealed file of this token."""
    return db.session.scalar(select(SealedFile).where(SealedFile.token == token))


def lock_file(file_id: int) -> SealedFile:
    """A sealed file, read afresh and locked: its pieces come one after the other."""
    query = select(SealedFile).where(SealedFile.id == file_id).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def draft_of(announcement: Announcement, organisation_id: int | None) -> BidDraft | None:
    """What an organisation has written and not submitted."""
    query = select(BidDraft).where(
        BidDraft.announcement_id == announcement.id, BidDraft.organisation_id == organisation_id
    )
    return db.session.scalar(query)


def files_in_draft(announcement: Announcement, organisation_id: int | None) -> Sequence[SealedFile]:
    """What an organisation has sealed, or begun to, and not submitted; in the order it was begun."""
    query = select(SealedFile).where(
        SealedFile.announcement_id == announcement.id,
        SealedFile.organisation_id == organisation_id,
        _IS_OF_NONE,
    )
    return db.session.scalars(query.order_by(SealedFile.id)).all()


def in_preparation(organisation_id: int) -> dict[int, int]:
    """For which announcements an organisation has a draft or sealed files that are not submitted, and how many files."""
    files = (
        select(SealedFile.announcement_id, func.count())
        .where(SealedFile.organisation_id == organisation_id, _IS_OF_NONE)
        .group_by(SealedFile.announcement_id)
    )
    written = select(BidDraft.announcement_id).where(BidDraft.organisation_id == organisation_id)
    counted = {row[0]: row[1] for row in db.session.execute(files)}
    return {**dict.fromkeys(db.session.scalars(written), 0), **counted}


def files_of_bid(bid: Bid) -> Sequence[SealedFile]:
    """The files of a bid, in their order."""
    return db.session.scalars(select(SealedFile).where(SealedFile.bid_id == bid.id).order_by(SealedFile.id)).all()


def files_of_offer(offer_id: int) -> Sequence[SealedFile]:
    """The files of a final offer, in their order."""
    return db.session.scalars(select(SealedFile).where(SealedFile.offer_id == offer_id).order_by(SealedFile.id)).all()


def files_by_token(tokens: Iterable[str]) -> Sequence[SealedFile]:
    """The sealed files of these tokens, in the order they were begun."""
    return db.session.scalars(
        select(SealedFile).where(SealedFile.token.in_(list(tokens))).order_by(SealedFile.id)
    ).all()


def part_of(number: int, piece: StoredPiece) -> SealedPart:
    """The row of a piece at its place."""
    return SealedPart(
        number=number,
        wrapped_key=piece.wrapped_key,
        sha256=piece.sha256,
        blob_sha256=piece.blob_sha256,
        size=piece.size,
    )


def hashes_of(files: Sequence[SealedFile]) -> list[tuple[str, list[str]]]:
    """Of each file its token and the hashes of its pieces, the header's first, in one query; and so in the envelope."""
    found: dict[int, list[str]] = {file.id: [] for file in files}
    query = select(SealedPart.file_id, SealedPart.sha256).where(SealedPart.file_id.in_(found))
    for file_id, sha256 in db.session.execute(query.order_by(SealedPart.file_id, SealedPart.number)):
        found[file_id].append(sha256)
    return [(file.token, found[file.id]) for file in files]


def sealed_size(files: Sequence[SealedFile]) -> int:
    """How large the files are, in bytes."""
    return sum(file.size for file in files)


def erase_keys(files: Sequence[SealedFile], now: datetime) -> None:
    """Delete the keys of files: their ciphertexts are unreadable from then on, their hashes stay."""
    for file in files:
        file.dropped_at, file.label_sealed = now, ""
    for ids in portions([file.id for file in files]):
        db.session.execute(update(SealedPart).where(SealedPart.file_id.in_(ids)).values(wrapped_key=None))


def left_over(announcement: Announcement) -> Sequence[SealedFile]:
    """Whatever was sealed for an announcement and is of no bid."""
    query = select(SealedFile).where(SealedFile.announcement_id == announcement.id, _IS_OF_NONE)
    return db.session.scalars(query.order_by(SealedFile.id)).all()


def drafts_of(announcement: Announcement) -> Sequence[BidDraft]:
    """Every draft for an announcement."""
    return db.session.scalars(select(BidDraft).where(BidDraft.announcement_id == announcement.id)).all()


def announcements_to_sweep(closed_before: datetime) -> Sequence[Announcement]:
    """The announcements that closed before an instant and for which something lies there that was not submitted."""
    unused = select(SealedFile.announcement_id).where(_IS_OF_NONE)
    written = select(BidDraft.announcement_id)
    query = (
        select(Announcement)
        .join(Announcement.transfer)
        .where(
            Announcement.closes_at <= closed_before,
            or_(Announcement.id.in_(unused), Announcement.id.in_(written)),
            clock_runs(),
        )
    )
    return db.session.scalars(query.order_by(Announcement.id)).all()


def keyless_parts(limit: int) -> Sequence[SealedPart]:
    """Pieces that have lost their keys and whose ciphertexts still lie in the store."""
    query = select(SealedPart).where(SealedPart.wrapped_key.is_(None), SealedPart.blob_sha256 != "")
    return db.session.scalars(query.order_by(SealedPart.id).limit(limit)).all()


def keyless_manifests(limit: int) -> Sequence[Bid]:
    """Bids whose manifest has lost its key and still lies in the store."""
    query = select(Bid).where(Bid.wrapped_key.is_(None), Bid.manifest_blob != "")
    return db.session.scalars(query.order_by(Bid.id).limit(limit)).all()
