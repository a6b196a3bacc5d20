"""One competition in real browsers: everybody who takes part sits at their own, signed in as nobody else.

A competitive consultation, from the appointment of the three holders to the scores of the panel. The officer, the holders and
the panel work in Chinese at desktop width; of the bidders one bids on a phone in English, one with a browser that runs no
script, one at a desktop where the script seals what is chosen. A resident watches the sitting without signing in. The pages
are kept as pictures in `build/walk/` (`together-…`), with the clicks of each person, and looked at by axe.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from procurement.foundation.database import db
from procurement.foundation.envelopes import PIECE
from procurement.foundation.money import Money
from procurement.registers.people import User
from procurement.steps.announcement.models import Announcement, current_announcement
from procurement.steps.announcement.rules import opens_at
from procurement.steps.competition.models.review import Competition, competition_of
from procurement.steps.competition.models.talks import call_of
from procurement.steps.competition.talks.rules import settles_at
from procurement.transfers.models import all_transfers
from procurement.web.ticking import tick
from tests.conftest import Live
from tests.factories import World
from tests.stories.test_browser_walk import PICTURES, Visitor, until
from tests.web.browsing import faults_of, sideways
from tests.web.test_accessibility import cookie_of

SUBMIT = "main form[method=post] > .acts button.btn:not(.btn-quiet)"
PASSPHRASE = re.compile(r"[2-9A-Z]{4}(?:-[2-9A-Z]{4}){4}")
FINGERPRINT = re.compile(r"\b[0-9a-f]{64}\b")
RECEIPT = re.compile(r"\b[2-9A-Z]{5}-[2-9A-Z]{5}\b")

# What each bidder asks, and in the end; the second asked another price first, and the third withdrew one.
FIRST = {"phone": "1200000", "plain": "1110000", "desk": "1250000"}
GIVEN_UP = {"plain": "1170000", "desk": "1270000"}
FINAL = {"phone": "1150000", "plain": "1090000", "desk": "1030000"}
MINUTES = {"phone": "谈了夜间班次的人数。", "plain": "谈了应急车辆停在哪里。", "desk": "谈了绿地养护的频次。"}
CHANGE = "夜间巡查由每日一次改为两次。"


@dataclass
class Person(Visitor):
    """One of those who take part, at a browser of their own."""

    home: str = ""
    runs_script: bool = True
    examined: set[tuple[str, str]] = field(default_factory=set)
    read: list[str] = field(default_factory=list)
    receipt: str = ""
    fingerprint: str = ""
    offer: str = ""

    def examine(self, kind: str) -> list[str]:
        """Axe looks once at each kind of page; where no script runs it cannot, and only the width is asked."""
        if not self.runs_script:
            return sideways(self.page, kind)
        # The same page on a phone in English is another one; for another person, or on another day, it is not.
        seen = (kind, f"{self.page.viewport_size['width']} {self.page.locator('html').get_attribute('lang')}")
        if seen in self.examined:
            return sideways(self.page, kind)
        self.examined.add(seen)
        return faults_of(self.page, kind)

    def press(self, target: Any) -> None:
        """Click, and read what comes."""
        super().press(target)
        self.note()

    def note(self) -> None:
        """Remember everything that this browser was sent, the parts that are not shown too."""
        self.read.append(self.page.content())

    def at(self, path: str) -> None:
        """Open an address, as one does from a bookmark or an e-mail."""
        self.page.goto(self.home + path)
        self.note()

    def follow(self, path: str) -> None:
        """Press the link to this address on the page that is open; what has none cannot be done by its reader."""
        link = self.first(f'main a[href="{path}"]')
        assert link is not None, f"{self.name}: no link to {path} on {self.page.url}: {self.words[:900]}"
        self.press(link)

    @property
    def words(self) -> str:
        """What stands on the page."""
        return str(self.page.locator("main").inner_text())

    def fill(self, **typed: str) -> None:
        """Type into fields, tick boxes, choose answers."""
        for name, value in typed.items():
            found = self.page.locator(f'main [name="{name}"]')
            kind = found.first.evaluate("element => element.type || element.tagName.toLowerCase()")
            if kind == "radio":
                self.mark(self.page.locator(f'main [name="{name}"][value="{value}"]'))
            elif kind == "checkbox":
                self.mark(found)
            elif kind == "select-one":
                self.clicks += 1
                found.select_option(value)
            else:
                found.fill(value)

    def send(self, **typed: str) -> None:
        """Fill in the form of the page and send it; it must not be refused."""
        self.fill(**typed)
        self.press(self.first(SUBMIT))
        refused = self.first(".err-sum")
        assert refused is None, f"{self.name}: {self.page.url}: {refused.inner_text() if refused else ''}"

    def refused(self, **typed: str) -> str:
        """The same of what must be refused: the sentences."""
        self.fill(**typed)
        self.press(self.first(SUBMIT))
        told = self.first(".err-sum")
        assert told is not None, f"{self.name}: {self.page.url} was not refused"
        return str(told.inner_text())

    def sees(self, *texts: str) -> None:
        """All of this stands on the page."""
        words = self.words
        for text in texts:
            assert text in words, f"{self.name} does not see {text!r} at {self.page.url}: {words}"

    def sees_nothing_of(self, *texts: str) -> None:
        """None of this was sent with the page."""
        content = self.page.content()
        for text in texts:
            assert text not in content, f"{self.name} is shown {text!r} at {self.page.url}"


@dataclass
class Room:
    """The world, its server, its browser, and the people by name."""

    world: World
    live: Live
    browser: Any
    people: dict[str, Person] = field(default_factory=dict)
    contexts: list[Any] = field(default_factory=list)
    examined: set[tuple[str, str]] = field(default_factory=set)
    base: str = ""
    public: str = ""
    form: str = ""

    @property
    def announcement(self) -> Announcement:
        """The call, as the database has it now."""
        db.session.rollback()
        db.session.expire_all()
        (transfer,) = all_transfers()
        found = current_announcement(transfer)
        assert found is not None
        return found

    @property
    def competition(self) -> Competition:
        """The competition that the opening began."""
        found = competition_of(self.announcement)
        assert found is not None
        return found

    def organisation_of(self, name: str) -> str:
        """The name of a bidder's organisation."""
        user = self.world.people.providers[list(FIRST).index(name)]
        assert user.organisation is not None
        called = str(user.organisation.name)
        db.session.rollback()
        return called

    def pass_to(self, moment: datetime) -> None:
        """Time passes, and what falls due is done."""
        db.session.rollback()
        self.live.clock.set(moment)
        tick(self.live.app, self.live.clock)

    def enter(
        self, name: str, user: User | None, *, width: int = 1280, locale: str = "zh-CN", script: bool = True
    ) -> Person:
        """A person sits down at a browser of their own."""
        context = self.browser.new_context(
            viewport={"width": width, "height": 900}, locale=locale, java_script_enabled=script
        )
        if user is not None:
            # What was read before the server wrote last could not be written to.
            db.session.rollback()
            context.add_cookies([{"name": "jieli", "value": cookie_of(self.world, user), "url": self.live.url}])
        page = context.new_page()
        page.set_default_timeout(15_000)
        person = Person(page, f"together-{name}", False, home=self.live.url, runs_script=script, examined=self.examined)
        self.contexts.append(context)
        self.people[name] = person
        return person

    @property
    def bidders(self) -> dict[str, Person]:
        """The three who bid."""
        return {name: self.people[name] for name in FIRST}

    def tell(self) -> None:
        """Write what it took each of them."""
        took = {name: {"clicks": row.clicks, "pages": row.seen} for name, row in self.people.items()}
        text = json.dumps(took, ensure_ascii=False, indent=1)
        (PICTURES / "together.json").write_text(text, encoding="utf-8")


@pytest.fixture
def room(world: World, live: Live, browser: Any) -> Iterator[Room]:
    """Everybody's browsers; closed when the story has ended."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for old in PICTURES.glob("together*"):
        old.unlink()
    found = Room(world, live, browser)
    yield found
    for context in found.contexts:
        context.close()


def spellings(price: str) -> list[str]:
    """Every way in which a page might write a price."""
    amount = Money.yuan(price)
    return [price, f"{int(price):,}", amount.in_words(), f"{int(price) // 10_000} 万", str(amount.fen)]


# ── the holders ────────────────────────────────────────────────────────────────────────────────────────────────────


def hold(room: Room, base: str) -> dict[str, str]:
    """Three are appointed, each accepts at their own browser; what each read there, by the part they have."""
    people = room.world.people
    officer = room.enter("officer", people.officer)
    officer.at("/workbench")
    officer.look()
    officer.follow(base)
    officer.look("before-holders")
    holders = {
        "opener": ("opener", people.payer),
        "opening-witness": ("witness", people.auditor),
        "custodian": ("custodian", people.second_member),
    }
    secrets: dict[str, str] = {}
    for part, (name, user) in holders.items():
        officer.follow(f"{base}/{part}/appoint")
        officer.look()
        officer.send(person=str(user.id))
        holder = room.enter(name, user)
        holder.at("/workbench")
        holder.look("appointed")
        holder.follow(f"{base}/{part}/accept")
        holder.look()
        holder.send()
        holder.look("shown")
        # It is wanted twice, and must not be thrown away after the first time.
        holder.sees("最后报价")
        if part == "custodian":
            secrets[part] = print_sheet(holder)
        else:
            found = PASSPHRASE.search(holder.words)
            assert found is not None
            secrets[part] = found.group()
            holder.press(holder.first("main a.btn-primary"))
            holder.sees_nothing_of(secrets[part])
    for name, secret in (("opener", secrets["opening-witness"]), ("witness", secrets["opener"])):
        assert not any(secret in page for page in room.people[name].read)
    officer.at(base)
    officer.sees_nothing_of(*secrets.values())
    return secrets


def print_sheet(custodian: Person) -> str:
    """The sheet is printed on one page; the word on the paper is typed back. What is on the paper beside it."""
    page, paper = custodian.page, PICTURES / "together-custodian-sheet.pdf"
    page.pdf(path=str(paper), format="A4")
    printed = PdfReader(paper)
    assert len(printed.pages) == 1
    groups = re.findall(r"\b[2-9A-Z]{4}\b", printed.pages[0].extract_text())
    *shown, word = custodian.page.locator(".secret span").all_inner_texts()
    assert groups == [*shown, word]
    assert len(shown) == 8
    custodian.press(custodian.first("main a.btn-primary"))
    custodian.look()
    assert "核对词" in custodian.refused(check_word=shown[0])
    custodian.look("refused")
    custodian.send(check_word=groups[-1].lower())
    custodian.sees_nothing_of(*groups)
    return "-".join(groups[:-1])


# ── the bids ───────────────────────────────────────────────────────────────────────────────────────────────────────


def announce(room: Room, base: str) -> str:
    """The officer draws the announcement up and publishes it; its address."""
    officer = room.people["officer"]
    officer.look("holders")
    officer.follow(f"{base}/announcement/draft")
    officer.look()
    officer.send(summary="征集城市管家服务的承接组织。", contact="张三 0577-5990001")
    officer.at(f"{base}/intention/waive")
    officer.look()
    officer.send(reason="台风毁坏绿地，急需恢复。")
    officer.follow(f"{base}/documents/assemble")
    officer.look()
    officer.send()
    officer.follow(f"{base}/announcement/publish")
    officer.look()
    officer.send()
    officer.at(base)
    officer.follow(f"{base}/announcement/medium")
    officer.look()
    officer.send(address="https://zfcg.czt.zj.gov.cn/notice/1")
    officer.at(base)
    officer.look("announced")
    announcement = room.announcement
    address, number = f"/announcements/{announcement.publication.reference}", announcement.id
    db.session.rollback()
    room.form = f"/announcements/{number}/bid"
    return address


def bid(room: Room, public: str, folder: Path) -> None:
    """Three bid, each in their own way: the second replaces its bid, the third withdraws one and bids again."""
    enter_bidders(room)
    resident = room.enter("resident", None)
    # The page looks again every ten seconds; its clock is moved instead of waited for.
    resident.page.clock.install()
    resident.at("/announcements")
    resident.look()
    resident.follow(public)
    resident.look()
    resident.follow(f"{public}/opening")
    resident.look("before")
    untold = told_of(room)
    for name, bidder in room.bidders.items():
        bidder.at("/announcements")
        bidder.follow(public)
        bidder.look()
        bidder.follow(room.form)
        bidder.look("empty")
        choose_files(bidder, files_of(folder, name))
        bidder.look("sealed")
        bidder.send(price=GIVEN_UP.get(name, FIRST[name]), lead="李四", truthful="y", independent="y")
        bidder.look("submitted")
    plain, desk = room.people["plain"], room.people["desk"]
    replaced = receipt_on(plain)
    plain.follow(room.form)
    plain.look("replacing")
    plain.sees(replaced)
    plain.sees_nothing_of(*spellings(GIVEN_UP["plain"]))
    plain.send(price=FIRST["plain"], lead="李四", truthful="y", independent="y")
    assert receipt_on(plain) != replaced
    # What gives way to another at one instant is replaced; this one is withdrawn, and another is lodged a minute later.
    hour = room.live.clock.now()
    room.live.clock.set(hour + timedelta(minutes=1))
    desk.follow(f"/bids/{receipt_on(desk)}/withdraw")
    desk.look()
    desk.send()
    desk.look("withdrawn")
    room.live.clock.set(hour + timedelta(minutes=2))
    desk.at(room.form)
    choose_files(desk, files_of(folder, "desk"))
    desk.send(price=FIRST["desk"], lead="李四", truthful="y", independent="y")
    # The pages are compared as of the same minute: what differs could only come from the bids.
    room.live.clock.set(hour)
    for bidder in room.bidders.values():
        bidder.receipt, bidder.fingerprint = receipt_on(bidder), fingerprint_on(bidder)
    # Five envelopes have been lodged, of which three count, and nobody else was told of one.
    assert told_of(room) == untold


def enter_bidders(room: Room) -> None:
    """The three who will bid."""
    first, second, third, _fourth = room.world.people.providers
    room.enter("phone", first, width=360, locale="en-GB")
    room.enter("plain", second, script=False)
    room.enter("desk", third)


def told_of(room: Room) -> dict[str, str]:
    """What those who do not bid are sent of the competition, without the tokens that differ in each answer."""
    told = {}
    for name in ("resident", "officer", "opener", "witness"):
        paths = ["/announcements", room.public, f"{room.public}/opening"]
        for path in paths if name == "resident" else [*paths, room.base, "/workbench"]:
            answer = room.people[name].page.request.get(room.live.url + path)
            assert answer.ok, (name, path)
            told[f"{name} {path}"] = re.sub(r'(name="csrf_token" value=)"[^"]+"', r"\1", answer.text())
    return told


def files_of(folder: Path, name: str) -> list[Path]:
    """Two documents of a bidder, the first of them larger than one piece."""
    made = []
    for title, size in (("服务方案.pdf", PIECE + 5000), ("人员名单.pdf", 300)):
        path = folder / name / title
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"%PDF-1.4\n% " + name.encode() + b" " * size + b"\n%%EOF\n")
        made.append(path)
    return made


def choose_files(bidder: Person, chosen: list[Path]) -> None:
    """Choose files as this browser lets one: the script seals them at once, the plain form with its button."""
    before, button = bidder.page.locator('[name="files"]').count(), bidder.page.locator("form[data-seal] button").first
    if bidder.runs_script:
        bidder.clicks += 1
        with bidder.page.expect_file_chooser() as chooser:
            button.click()
        chooser.value.set_files([str(path) for path in chosen])
        said = bidder.page.locator(".sending")
        until(bidder.page, lambda: "封存好了" in said.inner_text() or "Sealed: 2" in said.inner_text())
        bidder.note()
    else:
        bidder.page.locator('[name="document"]').set_input_files([str(path) for path in chosen])
        bidder.press(button)
    until(bidder.page, lambda: bidder.page.locator('[name="files"]').count() == before + len(chosen))
    bidder.sees("服务方案.pdf", "人员名单.pdf")
    assert bidder.page.locator('[name="files"]:checked').count() == before + len(chosen)


def receipt_on(bidder: Person) -> str:
    """The number of the receipt that is shown."""
    found = RECEIPT.search(str(bidder.page.locator(".receipt .no").inner_text()))
    assert found is not None
    return found.group()


def fingerprint_on(bidder: Person) -> str:
    """The hash on the receipt that is shown."""
    return str(bidder.page.locator(".receipt .hash").inner_text()).strip()


# ── the opening ────────────────────────────────────────────────────────────────────────────────────────────────────


def open_together(room: Room, secrets: dict[str, str]) -> None:
    """The deadline passes, the commitment is public, opener and witness type into one form; the resident watches."""
    resident, opener = room.people["resident"], room.people["opener"]
    resident.sees("正在接收投标")
    assert not FINGERPRINT.search(resident.page.content())
    room.pass_to(opens_at(room.announcement))
    renewed(resident)
    resident.look("committed")
    resident.sees("等两位持有人一起开启")
    (committed,) = set(FINGERPRINT.findall(resident.page.content()))
    names = [provider.organisation.name for provider in room.world.people.providers[:3]]
    receipts = [bidder.receipt for bidder in room.bidders.values()]
    db.session.rollback()
    resident.sees_nothing_of(*names, *receipts)
    opener.at("/workbench")
    opener.look("at-the-hour")
    opener.follow(room.base)
    opener.follow(f"{room.base}/competition/open")
    opener.look()
    second = opener.page.locator('main [name="second"]').first.get_attribute("value")
    typed = {"passphrase": secrets["opener"].lower(), "second": second}
    assert "口令不对" in opener.refused(**typed, second_passphrase="AAAA-BBBB-CCCC-DDDD-EEEE")
    opener.look("refused")
    resident.at(f"{room.public}/opening")
    resident.sees_nothing_of(*names, *receipts)
    opener.send(**typed, second_passphrase=secrets["opening-witness"])
    opener.look("opened")
    opener.follow(f"{room.public}/opening")
    opener.sees(*names)
    renewed(resident)
    resident.look("opened")
    resident.sees(*names, committed, "磋商期间不公开")
    # The list has each envelope ever lodged, the replaced and the withdrawn one too.
    listed = resident.page.request.get(f"{room.live.url}{room.public}/list.txt").text()
    ends = dict(line.split() for line in listed.splitlines() if FINGERPRINT.match(line))
    assert sorted(ends.values()) == ["replaced", "sealed", "sealed", "sealed", "withdrawn"]
    assert {ends[bidder.fingerprint] for bidder in room.bidders.values()} == {"sealed"}
    phone = room.people["phone"]
    phone.at("/workbench")
    phone.look("opened")
    phone.at(f"{room.public}/opening")
    phone.look()
    phone.follow(f"/bids/{phone.receipt}/confirm-opening")
    phone.look()
    phone.send()
    renewed(resident)
    resident.sees("确认无误")


def renewed(watcher: Person) -> None:
    """The page looks again by itself and is renewed, nobody touches it."""
    page = watcher.page
    page.evaluate("document.documentElement.setAttribute('data-pressed', '')")
    page.clock.fast_forward(11_000)
    until(page, watcher._is_another)
    watcher.note()


# ── the review ─────────────────────────────────────────────────────────────────────────────────────────────────────


def qualify(room: Room) -> list[Person]:
    """The officer finds the three qualified and draws the panel, who sit down at their own browsers."""
    officer = room.people["officer"]
    officer.at("/workbench")
    officer.look("opened")
    officer.follow(room.base)
    officer.look("opened")
    officer.follow(f"{room.base}/competition/qualify")
    officer.look()
    officer.send(**{name: "yes" for name in names_of(officer, "verdict-")})
    officer.at(room.base)
    officer.follow(f"{room.base}/competition/panel")
    officer.look()
    officer.send(size="3")
    competition = room.competition
    members = room.world.panel_of(competition)
    db.session.rollback()
    panel = [room.enter(f"expert-{number}", member) for number, member in enumerate(members, 1)]
    for expert in panel:
        expert.at("/workbench")
        expert.follow(room.base)
    # What the other two see is the same.
    panel[0].look("drawn")
    return panel


def names_of(person: Person, prefix: str) -> list[str]:
    """The fields of this kind on the page, in its order."""
    found = person.page.locator(f'main [name^="{prefix}"]').evaluate_all("all => all.map(element => element.name)")
    return list(dict.fromkeys(found))


def talk(room: Room, panel: list[Person]) -> None:
    """Every bidder is met; a member of the panel proposes a change, the officer confirms it, and all are told of it."""
    officer = room.people["officer"]
    officer.at(room.base)
    officer.look("talks")
    officer.follow(f"{room.base}/competition/meetings/record")
    officer.look()
    minutes = {}
    for name in FIRST:
        section = officer.page.locator("main section.part", has_text=room.organisation_of(name)).first
        field_of = section.locator("textarea").get_attribute("name")
        minutes[field_of] = MINUTES[name]
        minutes[field_of.replace("minutes-", "took_part-")] = "yes"
    officer.send(**minutes)
    proposer = panel[0]
    proposer.at(room.base)
    proposer.follow(f"{room.base}/competition/terms/propose")
    proposer.look()
    proposer.send(service=CHANGE, reason="磋商中各家都认为一次不够。")
    for bidder in room.bidders.values():
        bidder.at(f"/bids/{bidder.receipt}/talks")
        bidder.sees_nothing_of(CHANGE)
    officer.at("/workbench")
    officer.look("change-proposed")
    officer.follow(room.base)
    officer.follow(f"{room.base}/competition/terms/confirm")
    officer.look()
    officer.sees(CHANGE)
    officer.send()
    for name, bidder in room.bidders.items():
        bidder.at("/tray")
        bidder.look("change-told")
        bidder.at(f"/bids/{bidder.receipt}/talks")
        bidder.look("changed")
        bidder.sees(CHANGE, MINUTES[name])
        bidder.sees_nothing_of(*(text for other, text in MINUTES.items() if other != name))


def offer(room: Room, folder: Path) -> None:
    """Final offers are called for; each bidder seals one at their own browser, and nobody else is told of it."""
    officer = room.people["officer"]
    officer.at(room.base)
    officer.follow(f"{room.base}/competition/offers/invite")
    officer.look()
    officer.send()
    officer.at(room.base)
    officer.look("invited")
    untold = told_of(room)
    for name, bidder in room.bidders.items():
        bidder.at("/workbench")
        bidder.look("invited")
        assert bidder.first(f'main a[href="/bids/{bidder.receipt}/offer"]') is not None
        bidder.at(f"/bids/{bidder.receipt}/talks")
        bidder.look("invited")
        bidder.follow(f"/bids/{bidder.receipt}/offer")
        bidder.look()
        bidder.sees(CHANGE, bidder.receipt)
        bidder.fill(price=FINAL[name], response="完全响应，夜间两班。")
        if name == "phone":
            bidder.send()
        else:
            bidder.page.locator('[name="document"]').set_input_files(str(files_of(folder, name)[1]))
            bidder.clicks += 1
            bidder.first(SUBMIT).click()
            until(
                bidder.page,
                lambda page=bidder.page: page.url.endswith("/talks") and page.locator(".receipt .no").count() == 1,
            )
            bidder.note()
        bidder.look("offered")
        bidder.sees_nothing_of(*spellings(FINAL[name]))
        bidder.offer = receipt_on(bidder)
    assert told_of(room) == untold


def open_offers_together(room: Room, secrets: dict[str, str]) -> None:
    """The final offers are opened by the opener and the custodian with the sheet; the resident is told no price."""
    resident, opener, officer = (room.people[name] for name in ("resident", "opener", "officer"))
    call = call_of(room.competition)
    assert call is not None
    room.pass_to(settles_at(call))
    renewed(resident)
    resident.look("offers-committed")
    resident.sees("最后报价清单校验值")
    opener.at(room.base)
    opener.look("offers-at-the-hour")
    opener.follow(f"{room.base}/competition/offers/open")
    opener.look()
    custodian = opener.page.locator("main label", has_text="恢复单保管人").first.get_attribute("for")
    second = opener.page.locator(f"#{custodian}").get_attribute("value")
    opener.send(passphrase=secrets["opener"], second=second, second_passphrase=secrets["custodian"].lower())
    opener.look("offers-opened")
    renewed(resident)
    resident.look("offers-opened")
    officer.at(f"{room.base}/competition")
    officer.look("offers-opened")
    officer.sees(*(f"{int(price):,}" for price in (*FIRST.values(), *FINAL.values())))
    for name, bidder in room.bidders.items():
        bidder.at(f"/bids/{bidder.receipt}/talks")
        bidder.look("offers-opened")
        bidder.sees(f"{int(FINAL[name]):,}")
        bidder.at(f"/verify?receipt={bidder.offer}")
        bidder.look("of-an-offer")
        bidder.sees("核对无误" if name != "phone" else "Everything matches")


def score(room: Room, panel: list[Person]) -> None:
    """Each member scores and signs alone; what the others gave is nowhere before all have."""
    for place, expert in enumerate(panel):
        expert.at("/workbench")
        if place == 0:
            expert.look("to-score")
        expert.follow(room.base)
        expert.follow(f"{room.base}/competition/score")
        if place == 0:
            expert.look()
        points = {name: str(20 + place + column) for column, name in enumerate(names_of(expert, "points-"))}
        expert.send(**points, opinion="同意。", no_conflict="y")
        if place == 0:
            expert.look("signed")
    officer = room.people["officer"]
    officer.at(room.base)
    officer.look("scored")
    officer.at(f"{room.base}/competition")
    officer.look("scored")


def nobody_read_what_is_not_theirs(room: Room) -> None:
    """Of everything that a browser was sent in the whole story: no bidder another's price, the resident none at all."""
    for name, person in room.people.items():
        if name not in FIRST and name != "resident":
            continue
        assert person.read
        for other in FIRST:
            if other == name:
                continue
            for prices in (FIRST, GIVEN_UP, FINAL):
                for spelt in spellings(prices[other]) if other in prices else ():
                    assert not any(spelt in page for page in person.read), (name, other, spelt)


@pytest.mark.sqlite_only
def test_one_competition_is_walked_by_everybody_at_their_own_browser(room: Room, tmp_path: Path) -> None:
    transfer = room.world.resolved()
    room.base = f"/transfers/{transfer.id}"
    db.session.rollback()
    secrets = hold(room, room.base)
    room.public = announce(room, room.base)
    bid(room, room.public, tmp_path)
    open_together(room, secrets)
    panel = qualify(room)
    talk(room, panel)
    offer(room, tmp_path)
    open_offers_together(room, secrets)
    score(room, panel)
    nobody_read_what_is_not_theirs(room)
    room.tell()
    assert not any(person.faults for person in room.people.values()), "\n".join(
        f"{name}: {fault}" for name, person in room.people.items() for fault in person.faults
    )
