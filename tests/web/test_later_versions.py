"""The bidding documents of a version that a change has made."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from procurement.foundation.database import db
from procurement.foundation.errors import Conflict
from procurement.registers.files import FileKind, StoredFile
from procurement.registers.people import system_user
from procurement.steps.announcement.models import documents_of
from procurement.steps.announcement.operations import complete_documents, print_documents, publish_announcement
from procurement.web.ticking import print_versions

pytestmark = pytest.mark.sqlite_only


def test_a_version_that_a_change_made_gets_its_documents_once(world: Any) -> None:
    announcement = world.announced()
    world.amend(announcement, quantity="道路 70 公里。")
    version = announcement.versions[-1]
    assert (version.number, version.pdf) == (2, None)
    print_versions(world.app, world.clock)
    assert (version.pdf.kind, version.docx.kind) == (FileKind.PDF, FileKind.DOCX)
    count = db.session.scalar(select(func.count()).select_from(StoredFile))
    print_versions(world.app, world.clock)
    assert db.session.scalar(select(func.count()).select_from(StoredFile)) == count


def test_what_the_officer_completed_stays_in_force_beside_a_later_version(world: Any) -> None:
    from tests.web.browsing import get

    announcement = world.announcement_drafted()
    documents = documents_of(announcement)
    paper = world.print(name="补充好的采购文件.pdf")
    world.do(complete_documents, documents, paper, text="另附巡查路线图。", by=world.people.officer)
    world.do(publish_announcement, announcement, by=world.people.officer)
    path = f"/announcements/{announcement.publication.reference}"
    said = "经办人在第 1 版补充的内容仍然有效"
    assert said not in get(world.app.test_client(), path)
    world.amend(announcement, quantity="道路 70 公里。")
    print_versions(world.app, world.clock)
    assert (announcement.versions[0].docx.sha256, announcement.versions[1].docx) == (paper.sha256, None)
    assert said in get(world.app.test_client(), f"/announcements/{announcement.publication.reference}")


def test_a_version_that_another_has_followed_is_not_printed(world: Any) -> None:
    announcement = world.announced()
    world.amend(announcement, quantity="道路 70 公里。")
    world.amend(announcement, quantity="道路 80 公里。")
    paper = world.print()
    world.refuse(
        print_documents, announcement.versions[1], paper, None, by=system_user(), error=Conflict, says=("又有了新版",)
    )
    assert announcement.versions[1].pdf is None


def test_who_takes_the_documents_away_is_noted(world: Any) -> None:
    from procurement.steps.announcement.published.models import downloads_of
    from tests.web.browsing import signed_in

    announcement = world.announced()
    path = f"/announcements/{announcement.publication.reference}/documents/1/pdf"
    answer = signed_in(world, world.people.providers[0]).get(path)
    assert answer.status_code == 200
    answer.close()
    assert [row.organisation_id for row in downloads_of(announcement)] == [world.people.providers[0].organisation_id]
