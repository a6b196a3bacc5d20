"""Numbers of documents and transfers: 龙转〔2026〕37号, one series a kind and year, without gaps."""

from __future__ import annotations

from datetime import date

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from procurement.foundation.database import Base, db


class Series(Base):
    """The last number given in one series of one year."""

    __tablename__ = "number_series"

    prefix: Mapped[str] = mapped_column(String(20), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(default=0)


def next_number(prefix: str, day: date) -> str:
    """`龙转〔2026〕37号`: the next of its series, taken in the deed's transaction (GB/T 9704: hexagonal brackets, no 第)."""
    series = db.session.scalar(select(Series).where(Series.prefix == prefix, Series.year == day.year).with_for_update())
    if series is None:
        series = Series(prefix=prefix, year=day.year, last=0)
        db.session.add(series)
    series.last += 1
    db.session.flush()
    return f"{prefix}〔{day.year}〕{series.last}号"
