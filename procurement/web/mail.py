"""E-mail: the outbox of notices, written in each reader's language; files by default, SMTP where it is configured.

A letter is noted as sent at once after it has gone, so that it never goes twice; a server that cannot be reached costs no
letter a try; a letter that is refused is tried again at growing intervals for some three days, and stays in the tray anyway.
"""

from __future__ import annotations

import hashlib
import logging
import os
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from typing import Protocol
from urllib.parse import unquote, urlsplit

from flask import Flask, current_app
from flask_babel import gettext as _

from procurement.config import Settings
from procurement.foundation.clock import Clock
from procurement.foundation.database import db, writing
from procurement.registers import tasks
from procurement.registers.accounts import LINK_MESSAGES
from procurement.registers.notices import Notice, unmailed
from procurement.web import languages
from procurement.web.accounts.links import sign_link
from procurement.web.addresses import is_loopback
from procurement.web.standing import person_name

log = logging.getLogger("procurement.mail")

SUBJECT_LENGTH = 60
MOST_FAILURES = 12
BATCH = 100
_LEASE = timedelta(minutes=10)
_PATIENCE = 20.0


class Unreachable(Exception):
    """The server cannot be reached or does not let us in: nothing is wrong with the letter."""


class Refused(Exception):
    """The server does not take this letter."""


class Post(Protocol):
    """What carries letters away."""

    def send(self, letter: EmailMessage, name: str) -> None:
        """Send one letter; `name` is the same for the same letter. Raises Unreachable or Refused."""
        ...


@dataclass(frozen=True, slots=True)
class Folder:
    """Letters as files, one each, named so that the same letter is the same file."""

    settings: Settings

    def send(self, letter: EmailMessage, name: str) -> None:
        """Write the file whole or not at all, readable by us alone."""
        folder = self.settings.mail_folder
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            part = folder / f".{name}.part"
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
                out.write(letter.as_bytes())
            part.replace(folder / f"{name}.eml")
        except OSError as error:
            raise Unreachable(str(error)) from error


class Smtp:
    """An open connection to an SMTP server: `smtps://` from the first byte, `smtp://` with STARTTLS where it is offered.

    A password is sent over TLS or to this machine only.
    """

    def __init__(self, url: str) -> None:
        """Connect and sign in; raises Unreachable."""
        parts = urlsplit(url)
        host, secure = parts.hostname or "", parts.scheme == "smtps"
        context = ssl.create_default_context()
        try:
            if secure:
                self.server: smtplib.SMTP = smtplib.SMTP_SSL(
                    host, parts.port or 465, timeout=_PATIENCE, context=context
                )
            else:
                self.server = smtplib.SMTP(host, parts.port or 25, timeout=_PATIENCE)
                self.server.ehlo()
                if self.server.has_extn("starttls"):
                    self.server.starttls(context=context)
                    self.server.ehlo()
                    secure = True
            if parts.username:
                if not secure and not is_loopback(host):
                    raise Unreachable("the server offers no TLS, and a password is not sent in clear")
                self.server.login(unquote(parts.username), unquote(parts.password or ""))
        except (smtplib.SMTPException, OSError) as error:
            raise Unreachable(str(error)) from error

    def send(self, letter: EmailMessage, name: str) -> None:
        """Hand one letter over."""
        try:
            self.server.send_message(letter)
        except (smtplib.SMTPServerDisconnected, smtplib.SMTPConnectError, OSError) as error:
            # SMTPException is an OSError: only what closes the connection, or never was SMTP, says nothing of the letter.
            if isinstance(error, smtplib.SMTPException) and not isinstance(error, smtplib.SMTPServerDisconnected):
                self._reset()
                raise Refused(str(error)) from error
            raise Unreachable(str(error)) from error

    def _reset(self) -> None:
        try:
            self.server.rset()
        except (smtplib.SMTPException, OSError):
            log.info("the mail server closed the connection after refusing a letter")

    def close(self) -> None:
        """Say goodbye."""
        try:
            self.server.quit()
        except (smtplib.SMTPException, OSError):
            log.debug("the mail server had gone already")


def sends_letters() -> bool:
    """Whether letters leave this machine; without a server they are files that nobody else reads."""
    settings: Settings = current_app.extensions["settings"]
    return settings.smtp_url is not None


@contextmanager
def _post(settings: Settings) -> Iterator[Post]:
    if settings.smtp_url is None:
        yield Folder(settings)
        return
    server = Smtp(settings.smtp_url)
    try:
        yield server
    finally:
        server.close()


# ── the letter ─────────────────────────────────────────────────────────────────────────────────────────────────────


def letter_of(app: Flask, notice: Notice, wall: datetime) -> EmailMessage:
    """A notice as a letter, in the language its reader chose."""
    settings: Settings = app.extensions["settings"]
    with languages.in_language(notice.user.language):
        said = " ".join(languages.notice_text(notice).split())
        short = said if len(said) <= SUBJECT_LENGTH else said[: SUBJECT_LENGTH - 1] + "…"
        letter = EmailMessage()
        letter["Subject"] = _("接力：%(message)s", message=short)
        letter["From"] = formataddr((_("接力"), settings.mail_from))
        letter["To"] = formataddr((" ".join(notice.user.name.split()), notice.address))
        letter["Date"] = format_datetime(wall)
        letter["Message-ID"] = f"<{_name_of(settings, notice)}@{settings.mail_from.rpartition('@')[2]}>"
        letter["Auto-Submitted"] = "auto-generated"
        link = _link_of(app, notice, wall)
        is_reset = notice.message in LINK_MESSAGES
        # Rendered without what pages are given: there is no request here, nor anybody signed in.
        words = app.jinja_env.get_template("mail/notice.txt").render(
            person=person_name(notice.user), said=said, link=link, is_reset=is_reset
        )
        letter.set_content(words, cte="base64")
    return letter


def _name_of(settings: Settings, notice: Notice) -> str:
    """The same for every attempt to send a notice, and telling nothing: one number after the other would count everybody's."""
    return hashlib.blake2b(
        f"notice {notice.id}".encode(), key=settings.secret_key().encode()[:64], digest_size=16
    ).hexdigest()


def _link_of(app: Flask, notice: Notice, wall: datetime) -> str:
    if notice.message in LINK_MESSAGES:
        # Signed here and now: the token lies in the letter and in nothing else.
        token = sign_link(app, notice.user, wall)
        return base_url(app) + app.url_map.bind("localhost").build("accounts.reset_password", {"token": token})
    return base_url(app) + notice.link if notice.link else ""


def base_url(app: Flask) -> str:
    """The address of this instance in letters: the public one, else the one it is served at on this machine."""
    settings: Settings = app.extensions["settings"]
    return settings.public_url or str(app.config.get("SERVED_AT") or "http://127.0.0.1:8000")


# ── the outbox ─────────────────────────────────────────────────────────────────────────────────────────────────────


def send_outbox(app: Flask) -> int:
    """Send what waits; returns how many letters went out. One at a time, whoever calls it."""
    clock: Clock = app.extensions["clock"]
    if not tasks.take_lease("outbox", _LEASE, clock=clock):
        return 0
    try:
        due = [notice.id for notice in unmailed(BATCH, MOST_FAILURES) if _is_due(notice, clock.wall())]
        return _send_all(app, due, clock) if due else 0
    finally:
        tasks.give_back_lease("outbox", clock=clock)


def _is_due(notice: Notice, wall: datetime) -> bool:
    """A letter that failed n times is tried in every 2ⁿth minute only: twelve tries in some three days."""
    return int(wall.timestamp()) // 60 % (1 << notice.mail_failures) == 0


def _send_all(app: Flask, due: list[int], clock: Clock) -> int:
    settings: Settings = app.extensions["settings"]
    sent = 0
    try:
        with _post(settings) as post:
            for notice_id in due:
                sent += _send(app, post, notice_id, clock)
    except Unreachable as error:
        log.warning("mail cannot be sent now, and is kept: %s", error)
    return sent


def _send(app: Flask, post: Post, notice_id: int, clock: Clock) -> bool:
    notice = db.session.get(Notice, notice_id, populate_existing=True)
    if notice is None or notice.mailed_at is not None:
        return False
    wall = clock.wall()
    # The reader is loaded here once more: the address may have changed while the letters before it were sent.
    db.session.refresh(notice, ["user"])
    try:
        letter = letter_of(app, notice, wall)
        db.session.rollback()
        post.send(letter, f"notice-{notice_id:08}")
    except Unreachable:
        raise
    except Exception as error:
        # A letter that is refused, or cannot be written, must not hold up those behind it.
        log.warning("notice %s was not sent: %s", notice_id, error, exc_info=not isinstance(error, Refused))
        _note(notice_id, failure=str(error) or type(error).__name__)
        return False
    _note(notice_id, sent_at=wall)
    return True


def _note(notice_id: int, *, sent_at: datetime | None = None, failure: str = "") -> None:
    """Note what became of a letter, in a short transaction of its own."""
    with writing():
        notice = db.session.get(Notice, notice_id, populate_existing=True)
        if notice is not None:
            notice.mailed_at, notice.mail_error = sent_at, failure[:300]
            notice.mail_failures += bool(failure)
