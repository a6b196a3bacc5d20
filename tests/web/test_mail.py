"""The outbox: letters in their reader's language, as files or through a real SMTP server, never lost and never twice."""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from procurement.foundation.database import db
from procurement.foundation.money import Money
from procurement.registers import accounts, notices, tasks
from procurement.registers.notices import Notice, notify
from procurement.registers.people import Role, User
from procurement.web import mail
from procurement.web.accounts.links import read_link


class Server:
    """A mail server that keeps what it takes and refuses as it is told."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.refuse_to: set[str] = set()
        self.answer = "550 no such person"
        self.signed_in: list[str] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refuse_to:
            return self.answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        letter = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        return "250 OK"

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.signed_in.append(data.login.decode())
        return AuthResult(success=data.password == b"p@ss/word")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@contextmanager
def serving(server: Server, **options: Any) -> Iterator[int]:
    controller = Controller(server, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@pytest.fixture
def officer(world: Any) -> User:
    """An officer who reads English, with an address."""
    person: User = world.people.officer
    person.email, person.name = "officer@example.cn", "陈一"
    db.session.commit()
    return person


def configure(world: Any, **changes: Any) -> None:
    world.app.extensions["settings"] = replace(world.app.extensions["settings"], **changes)


def tell(
    world: Any, person: User, message: str = "“{title}”等您办理，金额 {amount}，角色 {role}。", **values: Any
) -> None:
    given = {"title": "城市管家服务", "amount": Money.yuan("1280000"), "role": Role.OFFICER}
    notify([person], message, now=world.now, link="/transfers/1", **{**given, **values})
    db.session.commit()


def test_a_letter_to_a_former_address_goes_there_and_not_to_the_present_one(world: Any, officer: User) -> None:
    notify([officer], "“{title}”已改。", now=world.now, sent_to="old@example.cn", title="邮箱")
    db.session.commit()
    mail.send_outbox(world.app)
    (letter,) = files_of(world)
    assert "old@example.cn" in letter["To"]
    assert officer.email not in letter["To"]


def files_of(world: Any) -> list[EmailMessage]:
    folder: Path = world.app.extensions["settings"].mail_folder
    found = []
    for path in sorted(folder.glob("*.eml")):
        letter = message_from_bytes(path.read_bytes(), policy=policy.default)
        assert isinstance(letter, EmailMessage)
        found.append(letter)
    return found


def only_notice() -> Notice:
    db.session.rollback()
    return db.session.scalars(db.select(Notice)).one()


# ── files ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_letter_is_a_file_with_what_the_tray_says_and_where_to_go(world: Any, officer: User) -> None:
    configure(world, public_url="https://jieli.example.cn")
    tell(world, officer)
    assert mail.send_outbox(world.app) == 1
    (letter,) = files_of(world)
    assert letter["To"] == "陈一 <officer@example.cn>"
    assert letter["Subject"].startswith("接力：“城市管家服务”等您办理")
    assert letter["Auto-Submitted"] == "auto-generated"
    body = letter.get_content()
    assert "陈一，您好：" in body
    assert "“城市管家服务”等您办理，金额 1,280,000.00 元，角色 经办人。" in body
    assert "https://jieli.example.cn/transfers/1" in body
    (path,) = world.app.extensions["settings"].mail_folder.iterdir()
    assert path.stat().st_mode & 0o077 == 0
    assert only_notice().mailed_at == world.clock.wall()


def test_a_letter_goes_once(world: Any, officer: User) -> None:
    tell(world, officer)
    assert [mail.send_outbox(world.app) for _ in range(3)] == [1, 0, 0]
    assert len(files_of(world)) == 1


def test_a_letter_is_written_in_its_readers_language(world: Any, officer: User) -> None:
    tell(world, officer)
    officer.language = "en"
    db.session.commit()
    mail.send_outbox(world.app)
    (letter,) = files_of(world)
    assert "CNY 1,280,000.00" in letter.get_content()


def test_what_somebody_typed_breaks_no_header(world: Any, officer: User) -> None:
    officer.name = "陈一\r\nBcc: all@example.cn"
    db.session.commit()
    tell(world, officer, title="甲\r\nBcc: all@example.cn\n" + "长" * 200)
    assert mail.send_outbox(world.app) == 1
    (letter,) = files_of(world)
    assert letter["Bcc"] is None
    assert len(letter["Subject"]) < 80
    assert "\n" not in letter["Subject"]


def test_who_has_no_address_gets_no_letter(world: Any) -> None:
    tell(world, world.people.payer)
    assert mail.send_outbox(world.app) == 0


def test_a_folder_that_cannot_be_written_costs_no_letter_a_try(world: Any, officer: User) -> None:
    tell(world, officer)
    folder: Path = world.app.extensions["settings"].mail_folder
    folder.write_text("in the way")
    assert mail.send_outbox(world.app) == 0
    assert only_notice().mail_failures == 0
    folder.unlink()
    assert mail.send_outbox(world.app) == 1


# ── links for a forgotten password ─────────────────────────────────────────────────────────────────────────────────


def test_a_reset_link_is_signed_into_the_letter_and_lies_nowhere_else(world: Any, officer: User) -> None:
    configure(world, public_url="https://jieli.example.cn")
    world.do(accounts.request_reset_link, officer, by=None)
    assert mail.send_outbox(world.app) == 1
    (letter,) = files_of(world)
    body = letter.get_content()
    (link,) = [line for line in body.splitlines() if "/account/reset/" in line]
    assert link.startswith("https://jieli.example.cn/account/reset/")
    signed = read_link(world.app, link.rsplit("/", 1)[1])
    assert signed is not None
    assert (signed.user_id, signed.session_version) == (officer.id, officer.session_version)
    assert signed.issued_at == world.clock.wall()
    from tests.factories import snapshot

    assert link.rsplit("/", 1)[1] not in str(snapshot())


def test_without_a_public_address_a_link_leads_to_where_the_system_is_served(world: Any, officer: User) -> None:
    world.app.config["SERVED_AT"] = "http://127.0.0.1:8123"
    tell(world, officer)
    mail.send_outbox(world.app)
    (letter,) = files_of(world)
    assert "http://127.0.0.1:8123/transfers/1" in letter.get_content()


# ── a real server ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_letter_reaches_a_server(world: Any, officer: User) -> None:
    tell(world, officer)
    server = Server()
    with serving(server) as port:
        configure(world, smtp_url=f"smtp://127.0.0.1:{port}", mail_from="jieli@example.cn")
        assert mail.send_outbox(world.app) == 1
        assert mail.send_outbox(world.app) == 0
    (letter,) = server.letters
    assert letter["From"] == "接力 <jieli@example.cn>"
    assert "城市管家服务" in letter["Subject"]
    assert "城市管家服务" in letter.get_content()
    assert re.fullmatch("<[0-9a-f]{32}@example.cn>", letter["Message-ID"])


def test_the_numbers_of_letters_do_not_tell_how_many_were_written_to_others(world: Any, officer: User) -> None:
    # Before an opening who gets a letter may be a bidder: two letters of one's own must not count those between.
    tell(world, officer)
    tell(world, officer, title="第二件")
    letters = [mail.letter_of(world.app, row, world.now) for row in notices.unmailed()]
    again = [mail.letter_of(world.app, row, world.now) for row in notices.unmailed()]
    numbers = [letter["Message-ID"] for letter in letters]
    assert numbers == [letter["Message-ID"] for letter in again]
    assert len(set(numbers)) == 2
    assert all(re.fullmatch("<[0-9a-f]{32}@.*>", number) for number in numbers)


def test_a_server_that_is_away_loses_nothing_and_counts_nothing(world: Any, officer: User) -> None:
    tell(world, officer)
    tell(world, officer, title="第二件")
    configure(world, smtp_url=f"smtp://127.0.0.1:{free_port()}")
    for _ in range(20):
        assert mail.send_outbox(world.app) == 0
        world.clock.advance(timedelta(minutes=1))
    assert {row.mail_failures for row in notices.unmailed()} == {0}
    server = Server()
    with serving(server) as port:
        configure(world, smtp_url=f"smtp://127.0.0.1:{port}")
        assert mail.send_outbox(world.app) == 2


@pytest.mark.parametrize("answer", ["550 no such person", "451 come back later"])
def test_a_refused_letter_is_counted_tried_more_seldom_and_holds_no_other_up(
    world: Any, officer: User, answer: str
) -> None:
    payer = world.people.payer
    payer.email = "payer@example.cn"
    db.session.commit()
    tell(world, officer)
    tell(world, payer)
    server = Server()
    server.refuse_to, server.answer = {"officer@example.cn"}, answer
    with serving(server) as port:
        configure(world, smtp_url=f"smtp://127.0.0.1:{port}")
        assert mail.send_outbox(world.app) == 1
        (waiting,) = notices.unmailed(most_failures=mail.MOST_FAILURES)
        assert waiting.mail_failures == 1
        assert answer[:3] in waiting.mail_error
        tries = [waiting.mail_failures]
        for _ in range(64):
            world.clock.advance(timedelta(minutes=1))
            mail.send_outbox(world.app)
            db.session.rollback()
            tries.append(notices.unmailed(most_failures=mail.MOST_FAILURES)[0].mail_failures)
        assert tries[-1] in (6, 7)
        server.refuse_to = set()
        for _ in range(128):
            world.clock.advance(timedelta(minutes=1))
            mail.send_outbox(world.app)
    assert [letter["To"].addresses[0].addr_spec for letter in server.letters] == [
        "payer@example.cn",
        "officer@example.cn",
    ]
    assert notices.unmailed(most_failures=mail.MOST_FAILURES) == []


def test_a_letter_that_is_refused_for_days_is_given_up_and_stays_in_the_tray(world: Any, officer: User) -> None:
    tell(world, officer)
    notice = only_notice()
    notice.mail_failures = mail.MOST_FAILURES
    db.session.commit()
    assert mail.send_outbox(world.app) == 0
    assert notices.unread_count(officer) == 1


def test_of_two_senders_one_sends(world: Any, officer: User) -> None:
    tell(world, officer)
    assert tasks.take_lease("outbox", timedelta(minutes=1), clock=world.clock)
    assert mail.send_outbox(world.app) == 0
    tasks.give_back_lease("outbox", clock=world.clock)
    assert mail.send_outbox(world.app) == 1


# ── TLS ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def secure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's half of TLS, with a certificate for 127.0.0.1 that this process trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    start = datetime(2020, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain = tmp_path / "chain.pem"
    chain.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    trusted = tmp_path / "trusted.pem"
    trusted.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(chain)
    return context


def test_starttls_is_used_where_it_is_offered_and_the_password_goes_after_it(
    world: Any, officer: User, secure: ssl.SSLContext
) -> None:
    tell(world, officer)
    server = Server()
    options = {
        "tls_context": secure,
        "require_starttls": True,
        "authenticator": server.authenticate,
        "auth_required": True,
    }
    with serving(server, **options) as port:
        configure(world, smtp_url=f"smtp://jieli:p%40ss%2Fword@127.0.0.1:{port}")
        assert mail.send_outbox(world.app) == 1
    assert server.signed_in == ["jieli"]


def test_smtps_speaks_tls_from_the_first_byte(world: Any, officer: User, secure: ssl.SSLContext) -> None:
    tell(world, officer)
    server = Server()
    with serving(server, ssl_context=secure) as port:
        configure(world, smtp_url=f"smtps://127.0.0.1:{port}")
        assert mail.send_outbox(world.app) == 1


def test_a_certificate_that_nobody_vouches_for_gets_no_letter(
    world: Any, officer: User, secure: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    tell(world, officer)
    server = Server()
    with serving(server, ssl_context=secure) as port:
        configure(world, smtp_url=f"smtps://127.0.0.1:{port}")
        assert mail.send_outbox(world.app) == 0
    assert server.letters == []
    assert only_notice().mail_failures == 0
