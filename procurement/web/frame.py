"""The frame of the city, 1+3+4: one work programme, three directories, four mechanisms, each with the way to its room."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import login_required
from flask_wtf import FlaskForm
from flask_wtf.file import FileField

from procurement.foundation.clock import local_day
from procurement.registers import access
from procurement.registers.access import Deed
from procurement.registers.catalogue import models as catalogue
from procurement.registers.catalogue.models import ListKind
from procurement.registers.directory.models import number_of_listed
from procurement.registers.organisations.models import number_of_verified
from procurement.registers.programme import (
    ProgrammeTerms,
    programme_by_id,
    programme_in_force,
    programmes,
)
from procurement.registers.programme import (
    publish_programme as do_publish,
)
from procurement.registers.publications import PublicationKind, number_of_publications
from procurement.web.fields import DayField, Needed, prose, text
from procurement.web.refusals import attempt, found, guard, page, succeeded
from procurement.web.session import acting_user
from procurement.web.uploads import as_download, uploaded

bp = Blueprint("frame", __name__, url_prefix="/frame")


class PublishProgrammeForm(FlaskForm):
    """An edition of the work programme."""

    title = text(_l("名称"), 120)
    document_number = text(_l("文号"), 60)
    issued_on = DayField(_l("印发日期"), validators=[Needed()])
    in_force_on = DayField(_l("施行日期"), validators=[Needed()])
    text = prose(_l("正文"), 200_000, needed=False, rows=12)
    document = FileField(_l("扫描件"))

    def terms(self) -> ProgrammeTerms:
        """What the form says."""
        assert self.issued_on.data is not None
        assert self.in_force_on.data is not None
        return ProgrammeTerms(
            self.title.data or "", self.document_number.data or "", self.issued_on.data, self.in_force_on.data,
            self.text.data or "",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """One directory or mechanism on the page: what it is called, what it is for, how much is in it, where its room is."""

    name: str
    purpose: str
    count: str
    links: tuple[tuple[str, str], ...]


def _directories() -> list[Part]:
    day = local_day(g.now)
    functions = found(catalogue.edition_in_force(ListKind.FUNCTIONS, day))
    services = found(catalogue.edition_in_force(ListKind.CATALOGUE, day))
    return [
        Part(
            _("职能转移目录"), _("哪些职能可以交出去，怎么交，依据是什么。"),
            _("%(count)s 项", count=len(catalogue.functions(functions))),
            ((_("看目录"), url_for("catalogue.show_functions")), (_("权责清单"), url_for("catalogue.show_powers"))),
        ),
        Part(
            _("购买服务目录"), _("哪些服务可以花财政的钱买；不在目录里的不买，负面清单上的不准买。"),
            _("%(count)s 种服务", count=len(catalogue.items_of(services))),
            (
                (_("看目录"), url_for("catalogue.show_catalogue")),
                (_("负面清单"), url_for("catalogue.show_negative_list")),
            ),
        ),
        Part(
            _("承接组织目录"), _("哪些组织可以承接职能转移；已核验而没有列入的，只能投标承接购买服务。"),
            _("%(count)s 个已列入的组织", count=number_of_listed()),
            (
                (_("看目录"), url_for("directory.list_listed")),
                (_("看组织"), url_for("organisations.list_organisations")),
                (_("组织注册"), url_for("organisations.register_organisation")),
            ),
        ),
    ]  # fmt: skip


def _mechanisms(verified: int) -> list[Part]:
    evaluated = number_of_publications(PublicationKind.EVALUATION_NOTICE)
    accepted = number_of_publications(PublicationKind.ACCEPTANCE_NOTICE)
    announced = number_of_publications(PublicationKind.ANNOUNCEMENT)
    return [
        Part(
            _("联席会议"), _("方案经事前绩效评估以后，由联席会议决定转不转。"),
            _("%(count)s 项已经公告", count=announced), ((_("看公告"), url_for("portal.list_announcements")),),
        ),
        Part(
            _("年度考评"), _("办得怎样，按指标打分，结果公开，作为以后选谁、给多少预算的依据。"),
            _("%(count)s 份评价结果", count=evaluated), ((_("看结果"), url_for("portal.list_results")),),
        ),
        Part(
            _("事后监管"), _("交出去不等于不管：按标准验收，请服务对象参加，检查和整改都有记录。"),
            _("%(count)s 份验收公告", count=accepted),
            (
                (_("看结果"), url_for("portal.list_results")),
                (_("标准登记簿"), url_for("standards.list_standards")),
            ),
        ),
        Part(
            _("承接管理"), _("组织怎样进来、怎样核验，哪些不能承接。"),
            _("%(count)s 个已核验的组织", count=verified),
            ((_("看组织"), url_for("organisations.list_organisations")),),
        ),
    ]  # fmt: skip


@bp.get("")
def show_frame() -> ResponseReturnValue:
    """The frame: the programme in force with its earlier editions, the directories, the mechanisms."""
    verified = number_of_verified()
    return page(
        "frame/show_frame.html", programme=programme_in_force(local_day(g.now)), editions=programmes(),
        directories=_directories(), mechanisms=_mechanisms(verified),
        may_publish=access.can(acting_user(), Deed.PROGRAMME_PUBLISH, None),
    )  # fmt: skip


@bp.get("/programme/<int:programme_id>")
def read_programme(programme_id: int) -> ResponseReturnValue:
    """One edition of the programme, its text."""
    return page("frame/read_programme.html", programme=found(programme_by_id(programme_id)))


@bp.get("/programme/<int:programme_id>/scan")
def download_programme(programme_id: int) -> ResponseReturnValue:
    """The scan of an edition."""
    return as_download(found(found(programme_by_id(programme_id)).scan))


@bp.route("/programme/publish", methods=["GET", "POST"])
@login_required
def publish_programme() -> ResponseReturnValue:
    """Publish an edition."""
    guard(do_publish, None)
    form = PublishProgrammeForm()
    if form.validate_on_submit():
        scan = uploaded(form, needed=False)
        if succeeded():
            programme = attempt(form, do_publish, None, form.terms(), scan)
            if programme is not None:
                flash(_("工作方案已公布。"))
                return redirect(url_for("frame.show_frame"), code=303)
    return page("frame/publish_programme.html", form=form)


publish_programme.takes_files = True
