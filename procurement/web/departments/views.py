"""The departments: the list, one of them with the names it had, and what the system administrator does with it."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from procurement.foundation.clock import local_day
from procurement.registers import access
from procurement.registers.access import Deed
from procurement.registers.departments import models, operations
from procurement.registers.people import Department
from procurement.web.departments.forms import CreateDepartmentForm, DescribeDepartmentForm, RenameDepartmentForm
from procurement.web.filters import named
from procurement.web.pieces import links_to
from procurement.web.refusals import attempt, found, guard, number_asked, page, succeeded
from procurement.web.session import acting_user

bp = Blueprint("departments", __name__, url_prefix="/departments")

PER_PAGE = 50
_DEEDS = (Deed.DEPARTMENT_DESCRIBE, Deed.DEPARTMENT_RENAME)


def _back_to(department: Department) -> ResponseReturnValue:
    return redirect(url_for("departments.read_department", department_id=department.id), code=303)


@bp.get("")
@login_required
def list_departments() -> ResponseReturnValue:
    """Every department, searched by the name it has or had, page by page."""
    access.require(acting_user(), Deed.DEPARTMENT_READ, None)
    query = request.args.get("q", "").strip()[:60]
    number = max(number_asked("page", 1), 1)
    total = models.number_of_departments(query)
    rows = models.searched_departments(query, first=(number - 1) * PER_PAGE, limit=PER_PAGE)
    return page(
        "departments/list_departments.html", rows=rows, former=models.former_names(row.id for row in rows),
        query=query, number=number, total=total, has_next=number * PER_PAGE < total,
        may_create=access.can(acting_user(), Deed.DEPARTMENT_CREATE, None),
    )  # fmt: skip


@bp.get("/<int:department_id>")
@login_required
def read_department(department_id: int) -> ResponseReturnValue:
    """One department, the names it had, and what can be done with it."""
    access.require(acting_user(), Deed.DEPARTMENT_READ, None)
    department = found(models.department_by_id(department_id))
    former = models.former_names([department.id]).get(department.id, [])
    deeds = [deed for deed in _DEEDS if access.can(acting_user(), deed, department)]
    links = links_to("departments", deeds, department_id=department.id)
    return page("departments/read_department.html", department=department, former=former, links=links)


@bp.route("/new", methods=["GET", "POST"])
@login_required
def create_department() -> ResponseReturnValue:
    """Set up a department."""
    guard(operations.create_department, None)
    form = CreateDepartmentForm()
    if form.validate_on_submit():
        department = attempt(form, operations.create_department, None, form.name.data, form.name_en.data)
        if department is not None:
            flash(_("“%(name)s”已设立。", name=named(department)))
            return _back_to(department)
    return page("departments/create_department.html", form=form)


@bp.route("/<int:department_id>/rename", methods=["GET", "POST"])
@login_required
def rename_department(department_id: int) -> ResponseReturnValue:
    """Call a department by another name from a day on."""
    department = found(models.department_by_id(department_id))
    guard(operations.rename_department, department)
    form = RenameDepartmentForm(since=local_day(g.now))
    if form.validate_on_submit():
        attempt(
            form, operations.rename_department, department, form.name.data, form.name_en.data, since=form.since.data
        )
        if succeeded():
            flash(_("部门现在叫“%(name)s”，原来的名称已留下。", name=named(department)))
            return _back_to(department)
    return page("departments/rename_department.html", form=form, department=department)


@bp.route("/<int:department_id>/describe", methods=["GET", "POST"])
@login_required
def describe_department(department_id: int) -> ResponseReturnValue:
    """Say under which code, where and by which number a department is found."""
    department = found(models.department_by_id(department_id))
    guard(operations.describe_department, department)
    form = DescribeDepartmentForm(obj=department)
    if form.validate_on_submit():
        attempt(form, operations.describe_department, department, form.facts())
        if succeeded():
            flash(_("“%(name)s”的信息已保存。", name=named(department)))
            return _back_to(department)
    return page("departments/describe_department.html", form=form, department=department)
