"""Numbers of documents and transfers: 龙转〔2026〕37号, one series a kind and year, without gaps."""

from __future__ import annotations

from datetime import date

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from procurement.foundation.database import Base, db, insert_if_absent


class Series(Base):
    """The last number given in one series of one year."""

    __tablename__ = "number_series"

    prefix: Mapped[str] = mapped_column(String(20), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(default=0)


def next_number(prefix: str, day: date) -> str:
    """`龙转〔2026〕37号`: the next of its series, taken in the deed's transaction (GB/T 9704: hexagonal brackets, no 第)."""
    series = _locked(prefix, day.year)
    if series is None:
        # Two first numbers of a year at one moment: one row is made, and both wait for it in turn.
        insert_if_absent(Series, prefix=prefix, year=day.year, last=0)
        series = _locked(prefix, day.year)
        assert series is not None
    series.last += 1
    db.session.flush()
    return f"{prefix}〔{day.year}〕{series.last}号"


def _locked(prefix: str, year: int) -> Series | None:
    query = select(Series).where(Series.prefix == prefix, Series.year == year)
    return db.session.scalar(query.with_for_update().execution_options(populate_existing=True))
