"""Pages of the sitting: watched by everybody, spoken on by bidders, checked by anybody; before it no page tells of a bid."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from typing import Any

import pytest

from procurement.foundation.database import db
from procurement.registers.access import Appointed
from procurement.steps.announcement.models import current_announcement
from procurement.steps.announcement.rules import opens_at
from procurement.steps.competition.models.bids import active_bids, bid_of
from procurement.steps.competition.models.opening import adjournments_of, commitment_of, records_of
from procurement.steps.competition.models.remarks import remarks_of
from procurement.steps.competition.models.review import competition_of
from procurement.steps.holders.models import holders_of_attempt
from procurement.transfers.models import Method
from procurement.web.competition.envelopes import kept_or_forgotten, open_envelopes
from procurement.web.ticking import tick
from tests.architecture.test_routes import LEFT_OUT, address
from tests.web.browsing import forget, get, send, signed_in, status, text_of

pytestmark = pytest.mark.sqlite_only


def page_of(announcement: Any) -> str:
    return f"/announcements/{announcement.publication.reference}/opening"


def test_the_sitting_is_public_before_during_and_after(world: Any) -> None:
    announcement = world.bid(method=Method.OPEN_TENDER)
    visitor, path = world.app.test_client(), page_of(announcement)
    before = get(visitor, path)
    assert "正在接收投标" in before
    assert "投标清单校验值</dt>" not in before
    assert world.people.payer.name not in before
    world.go_to(opens_at(announcement))
    tick(world.app, world.clock)
    sha256 = commitment_of(announcement).sha256
    waiting = get(visitor, path)
    assert sha256 in waiting
    assert "等两位持有人一起开启" in waiting
    assert "list.txt" not in waiting
    assert status(visitor, path.replace("/opening", "/list.txt")) == 404
    assert sha256 in get(visitor, f"/announcements/{announcement.publication.reference}")
    assert sha256 in get(signed_in(world, world.people.officer), f"/transfers/{announcement.transfer.id}")
    competition = world.opened(announcement)
    tick(world.app, world.clock)
    after = get(visitor, path)
    for bid in active_bids(announcement):
        assert bid.organisation.name in after
        assert bid.envelope_sha256 in after
        assert bid.price.in_words() in after
    forget()
    text = visitor.get(path.replace("/opening", "/list.txt")).get_data()
    assert hashlib.sha256(text).hexdigest() == sha256
    forget()
    printed = visitor.get(f"{path}/record-1.pdf")
    assert printed.get_data().startswith(b"%PDF")
    assert status(visitor, f"{path}/record-2.pdf") == 404
    record = get(visitor, f"/announcements/{competition.record.reference}")
    assert sha256 in record
    assert path in record


def test_only_a_call_has_a_sitting(world: Any) -> None:
    competition = world.opened()
    assert status(world.app.test_client(), f"/announcements/{competition.record.reference}/opening") == 404
    assert status(world.app.test_client(), "/announcements/AAAAA-AAAAA/opening") == 404


def test_a_receipt_is_checked_without_signing_in(world: Any) -> None:
    announcement = world.bid()
    bid = active_bids(announcement)[0]
    visitor = world.app.test_client()
    assert "看自己的信封" in get(visitor, "/verify")
    for asked in (f"receipt={bid.receipt}", "receipt=AAAAA-AAAAA", f"sha256={bid.envelope_sha256}", "sha256=x"):
        page = get(visitor, f"/verify?{asked}")
        assert "没有查到" in page
        assert "对得上" not in page
    world.opened(announcement)
    for asked in (f"receipt={bid.receipt}", f"receipt={bid.receipt.lower()}", f"sha256={bid.envelope_sha256.upper()}"):
        page = get(visitor, f"/verify?{asked}")
        assert "核对无误" in page
        assert commitment_of(announcement).sha256 in page
    forged = bid.envelope_sha256[:-1] + ("0" if bid.envelope_sha256[-1] != "0" else "1")
    assert "<b>对不上</b>" in get(visitor, f"/verify?receipt={bid.receipt}&sha256={forged}").replace("对不上。", "")
    own = get(signed_in(world, bid.submitted_by), f"/bids/{bid.receipt}")
    assert f"/verify?receipt={bid.receipt}" in own


def test_the_command_verifies_step_by_step(world: Any) -> None:
    announcement = world.bid()
    bid = active_bids(announcement)[0]
    run = world.app.test_cli_runner()
    sealed = run.invoke(args=["bids", "verify", bid.receipt])
    assert (sealed.exit_code, sealed.output) == (1, run.invoke(args=["bids", "verify", "AAAAA-AAAAA"]).output)
    world.opened(announcement)
    told = run.invoke(args=["bids", "verify", bid.receipt])
    assert told.exit_code == 0, told.output
    for step in ("list-committed", "envelope-listed", "mark-kept", "none-added", "none-dropped"):
        assert re.search(f"^ok +{step}", told.output, re.MULTILINE)
    assert commitment_of(announcement).sha256 in told.output
    wrong = run.invoke(args=["bids", "verify", bid.receipt, "--sha256", "0" * 64])
    assert wrong.exit_code == 1
    assert "FAILED  envelope-listed" in wrong.output


def test_bidders_confirm_and_object_and_the_officer_answers(world: Any) -> None:
    competition = world.opened()
    announcement, path = competition.announcement, page_of(competition.announcement)
    first, second = (bid_of(announcement, user.organisation_id) for user in world.people.providers[:2])
    client = signed_in(world, world.people.providers[0])
    assert f"/bids/{first.receipt}/confirm-opening" in get(client, path)
    send(client, f"/bids/{first.receipt}/confirm-opening")
    assert "confirm-opening" not in get(client, path)
    other = signed_in(world, world.people.providers[1])
    assert status(other, f"/bids/{first.receipt}/confirm-opening") == 404
    short = send(other, f"/bids/{second.receipt}/object-opening", {"text": "不对"}, status=422)
    assert "至少要 5 个字" in text_of(short)
    assert "不对" in short.get_data(as_text=True)
    send(other, f"/bids/{second.receipt}/object-opening", {"text": "公布的时间与回执不一致"})
    objection = next(row for row in remarks_of(competition) if row.text)
    answering = f"/transfers/{announcement.transfer.id}/opening/objections/{objection.id}/answer"
    officer = signed_in(world, world.people.officer)
    assert answering in get(officer, f"/transfers/{announcement.transfer.id}")
    assert status(signed_in(world, world.people.approver), answering) == 403
    send(officer, answering, {"answer": "时间以回执为准，已核对"})
    assert status(officer, answering) == 409
    public = get(world.app.test_client(), path)
    for said in ("公布的时间与回执不一致", "时间以回执为准，已核对", "确认无误", "提出异议", "等待确认"):
        assert said in public


def test_the_page_of_a_remark_refuses_after_its_time(world: Any) -> None:
    competition = world.opened()
    bid = bid_of(competition.announcement, world.people.providers[0].organisation_id)
    world.go_to(world.now + timedelta(days=1))
    client = signed_in(world, world.people.providers[0])
    for deed in ("confirm", "object"):
        assert status(client, f"/bids/{bid.receipt}/{deed}-opening") == 422
    page = get(client, page_of(competition.announcement))
    assert "没有提出，视为认可" in page
    assert "confirm-opening" not in page


def test_an_opening_is_put_off_on_its_page_and_the_refusal_stands_at_its_field(world: Any) -> None:
    announcement = world.bid()
    world.go_to(opens_at(announcement))
    officer, path = signed_in(world, world.people.officer), f"/transfers/{announcement.transfer.id}/opening/adjourn"
    assert path in get(officer, f"/transfers/{announcement.transfer.id}")
    refused = send(officer, path, {"until": "2025-12-01 09:30", "reason": "开启人因病不能到场"}, status=422)
    assert "应晚于现在" in text_of(refused)
    assert "开启人因病不能到场" in refused.get_data(as_text=True)
    assert list(adjournments_of(announcement)) == []
    send(officer, path, {"until": "2025-10-10 09:30", "reason": "开启人因病不能到场"})
    public = get(world.app.test_client(), page_of(announcement))
    assert "开启已延期，改到" in public
    assert "开启人因病不能到场" in public


def test_opening_by_the_form_commits_first_and_prints_the_record(world: Any) -> None:
    announcement = world.bid()
    world.go_to(opens_at(announcement))
    assert commitment_of(announcement) is None
    opener = signed_in(world, world.people.payer)
    second = holders_of_attempt(announcement.transfer).holders[Appointed.OPENING_WITNESS]
    typed = {
        "passphrase": world.passphrase_of(announcement),
        "second": str(second.id),
        "second_passphrase": world.passphrase_of(announcement, Appointed.OPENING_WITNESS),
    }
    path = f"/transfers/{announcement.transfer.id}/competition/open"
    # One holder alone opens nothing.
    send(opener, path, typed | {"second_passphrase": "AAAA-AAAA-AAAA-AAAA-AAAA"}, status=422)
    assert competition_of(announcement) is None
    made = commitment_of(announcement)
    assert made is not None
    assert made.disclosed == ""
    send(opener, path, typed)
    db.session.expire_all()
    competition = competition_of(announcement)
    assert [row.edition for row in records_of(competition)] == [1]
    assert commitment_of(announcement).disclosed


def test_a_failure_by_the_form_commits_first_and_discloses(world: Any) -> None:
    announcement = world.bid(prices=["1200000"])
    world.go_to(opens_at(announcement))
    transfer = announcement.transfer
    officer = signed_in(world, world.people.officer)
    assert f"/transfers/{transfer.id}/competition/fail" in get(officer, f"/transfers/{transfer.id}")
    send(officer, f"/transfers/{transfer.id}/competition/fail", {"reason": "只收到一份"})
    db.session.expire_all()
    assert commitment_of(announcement).disclosed
    public = get(world.app.test_client(), page_of(announcement))
    assert "这一次已流标" in public
    assert active_bids(announcement)[0].envelope_sha256 in public


# ── what tells of a bid ────────────────────────────────────────────────────────────────────────────────────────────


def pages_of(world: Any, transfer: Any, people: dict[str, Any]) -> dict[tuple[str, str], tuple[int, bytes]]:
    """Every page that each of these people can read, without what differs in each answer: tokens and addresses of none."""
    announcement = current_announcement(transfer)
    values = {
        "transfer_id": transfer.id, "announcement_id": announcement.id, "reference": announcement.publication.reference,
        "code": "011401", "organisation_id": 1, "user_id": world.people.officer.id, "department_id": transfer.department_id,
        "kind": "organisations", "form": "xlsx", "standard_id": 1, "section": "need", "conference_id": 1, "item_id": 1,
        "evaluation_id": transfer.plan.evaluation.id, "funding_id": transfer.plan.fundings[0].id,
    }  # fmt: skip
    found = {}
    for name, user in people.items():
        client = signed_in(world, user) if user is not None else world.app.test_client()
        for rule in sorted(world.app.url_map.iter_rules(), key=str):
            path = address(rule, values)
            if rule.endpoint in LEFT_OUT or path is None or "GET" not in (rule.methods or ()):
                continue
            forget()
            answer = client.get(path)
            body = re.sub(rb'name="(csrf_token|once)"[^>]* value="[^"]*"', b"", answer.get_data())
            found[name, path] = answer.status_code, b"" if answer.mimetype.startswith("application/") else body
            answer.close()
    return found


@pytest.mark.parametrize("hour", ["while bids are taken", "after the commitment"])
def test_no_page_says_whether_anybody_has_bid(world: Any, hour: str) -> None:
    everyone = world.people
    people = {
        "nobody": None, "officer": everyone.officer, "approver": everyone.approver, "opener": everyone.payer,
        "member": everyone.member, "supervisor": everyone.supervisor, "auditor": everyone.auditor,
        "other-officer": everyone.other_officer, "evaluator": everyone.evaluator, "expert": everyone.experts[0],
        "other-provider": everyone.providers[3], "system-admin": everyone.system_admin, "security-admin": everyone.security_admin,
    }  # fmt: skip
    if hour == "after the commitment":
        people = {name: people[name] for name in ("nobody", "officer", "opener", "auditor", "other-provider")}
    announcement = world.announced()
    bare = world.remember(announcement)

    def read(bids: int) -> dict[tuple[str, str], tuple[int, bytes]]:
        announcement = world.put_back(bare)
        for provider, price in zip(everyone.providers, ("1200000", "1100000", "1250000")[:bids], strict=False):
            world.submit(announcement, provider, price)
        if hour == "after the commitment":
            world.go_to(opens_at(announcement))
            tick(world.app, world.clock)
        pages = pages_of(world, announcement.transfer, people)
        made = commitment_of(announcement)
        sha256 = made.sha256.encode() if made is not None else b"-"
        # Two commitments are two random numbers, as the numbers of forms are; the seals of the audit differ with them.
        return {
            key: (code, re.sub(rb"\b([0-9a-f]{12}|[0-9a-f]{32}|[0-9a-f]{64})\b", b"", body.replace(sha256, b"")))
            for key, (code, body) in pages.items()
        }

    without, with_three = read(0), read(3)
    assert len(without) > 200
    assert [key for key in without if without[key] != with_three[key]] == []


def test_what_is_read_in_clear_and_kept_by_no_bid_is_taken_out_again(world: Any) -> None:
    announcement = world.announced(method=Method.OPEN_TENDER)
    documents = [b"%PDF-1.4\n% " + str(number).encode() + b" of its own\n%%EOF\n" for number in range(4)]
    for provider, price, document in zip(
        world.people.providers, ("1200000", "1100000", "1000000", "99000000"), documents, strict=True
    ):
        world.submit(announcement, provider, price, document)
    world.go_to(opens_at(announcement))
    witness = holders_of_attempt(announcement.transfer).holders[Appointed.OPENING_WITNESS]
    send(signed_in(world, world.people.payer), f"/transfers/{announcement.transfer.id}/competition/open", {
        "passphrase": world.passphrase_of(announcement), "second": str(witness.id),
        "second_passphrase": world.passphrase_of(announcement, Appointed.OPENING_WITNESS),
    })  # fmt: skip
    lies = {world.storage.open(name).read() for name in world.storage.names()}
    assert [document in lies for document in documents] == [True, True, True, False]


def test_an_opening_that_is_refused_leaves_nothing_in_clear(world: Any) -> None:
    announcement = world.bid()
    world.go_to(opens_at(announcement))
    world.commit(announcement)
    before = set(world.storage.names())
    with kept_or_forgotten(world.storage) as kept:
        opened = open_envelopes(announcement, world.private_half(announcement), kept, 1 << 20)
        assert {row.sha256 for item in opened for row in item.documents} <= set(world.storage.names()) - before
    assert set(world.storage.names()) == before


def test_one_holder_alone_does_not_learn_how_many_bids_there_are(world: Any) -> None:
    announcement = world.announced()
    world.submit(announcement, world.people.providers[0])
    world.go_to(opens_at(announcement))
    world.commit(announcement)
    client = signed_in(world, world.opener_of(announcement))
    path = f"/transfers/{announcement.transfer.id}/competition/open"
    own, second = world.passphrase_of(announcement), world.passphrase_of(announcement, Appointed.OPENING_WITNESS)
    witness = str(holders_of_attempt(announcement.transfer).holders[Appointed.OPENING_WITNESS].id)
    for typed in ("WRONG", own):
        wrong = {"passphrase": typed, "second": witness, "second_passphrase": "WRONG"}
        refused = text_of(send(client, path, wrong, status=422))
        assert "有效的投标" not in refused
        assert "打不开" in refused
    both = {"passphrase": own, "second": witness, "second_passphrase": second}
    assert "有效的投标 1 份，不足 2 份" in text_of(send(client, path, both, status=422))
