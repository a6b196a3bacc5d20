"""Who is asking: the signed cookie, the session's row behind it, and its limits on the wall clock."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from flask import Flask, current_app, session
from flask_login import LoginManager, current_user, login_user, logout_user

from procurement.foundation.clock import Clock
from procurement.foundation.database import db, writing
from procurement.registers.accounts import is_alive
from procurement.registers.people import LoginSession, User, session_by_hash

# Last-seen is written at most this often; one of the four writes outside a deed.
SEEN_EVERY = timedelta(minutes=1)


class Signed:
    """A signed-in person as flask-login wants one: the account and the token of this browser's session."""

    is_authenticated = True
    is_anonymous = False

    def __init__(self, user: User, token: str, visitor: bool) -> None:
        """`token` is the cookie's half; the database holds its hash only."""
        self.user = user
        self.token = token
        self.visitor = visitor
        self.is_active = user.is_active

    def get_id(self) -> str:
        """What the cookie carries."""
        return self.token


manager = LoginManager()
manager.session_protection = (
    None  # the row of the session is asked instead; a changed address signs nobody out on a train
)


def clock() -> Clock:
    """The application's clock."""
    found: Clock = current_app.extensions["clock"]
    return found


def token_hash(token: str) -> str:
    """What the database knows of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_token() -> str:
    """A token that nobody guesses."""
    return secrets.token_urlsafe(32)


@manager.user_loader
def load(token: str) -> Signed | None:
    """The person behind a token, unless the session has ended: closed, idle, over its absolute limit, or outdated."""
    row = session_by_hash(token_hash(token))
    if row is None or row.closed_at is not None:
        return None
    user = db.session.get(User, row.user_id)
    if user is None or not user.is_active or user.session_version != row.session_version:
        return None
    wall = clock().wall()
    if not is_alive(row, wall):
        return None
    if wall - row.seen_at > SEEN_EVERY:
        _note_seen(row.id)
        return load(token)
    return Signed(user, token, row.visitor)


def _note_seen(session_id: int) -> None:
    with writing():
        row = db.session.get(LoginSession, session_id)
        if row is not None:
            row.seen_at = clock().wall()


def sign_in(user: User, token: str, *, visitor: bool = False) -> None:
    """Give this browser the cookie of a session whose row a deed has written."""
    session.clear()
    login_user(Signed(user, token, visitor), force=True)


def sign_out() -> None:
    """Take the cookie away."""
    logout_user()
    session.clear()


def current_token() -> str | None:
    """The token of this browser's session; None for a visitor."""
    return current_user.token if current_user and current_user.is_authenticated else None


def acting_user() -> User | None:
    """The account that acts in this request; None for a visitor."""
    return current_user.user if current_user and current_user.is_authenticated else None


def acts_as_visitor() -> bool:
    """Whether a visitor of the demonstration acts as one of its people."""
    return bool(current_user and current_user.is_authenticated and current_user.visitor)


def register(app: Flask) -> None:
    """Attach to the application."""
    manager.init_app(app)
