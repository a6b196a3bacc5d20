"""Links by which a forgotten password is set anew: signed over the account, its session version and an instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Flask
from itsdangerous import BadSignature, URLSafeSerializer

from procurement.registers.people import User


@dataclass(frozen=True, slots=True)
class ResetLink:
    """What a link was signed over; `issued_at` on the wall clock."""

    user_id: int
    session_version: int
    issued_at: datetime


def _serializer(app: Flask) -> URLSafeSerializer:
    return URLSafeSerializer(app.secret_key or "", salt="reset-link")


def sign_link(app: Flask, user: User, wall: datetime) -> str:
    """The token of a link for this account as it is now: used once, it no longer fits."""
    return str(_serializer(app).dumps([user.id, user.session_version, wall.isoformat(timespec="seconds")]))


def read_link(app: Flask, token: str) -> ResetLink | None:
    """What a token was signed over; None where the signature is not ours."""
    try:
        user_id, session_version, issued_at = _serializer(app).loads(token)
    except (BadSignature, ValueError, TypeError):
        return None
    return ResetLink(int(user_id), int(session_version), datetime.fromisoformat(issued_at))
