"""Forms of the departments: a name, a new one from a day, and where a department is found."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from procurement.registers.departments.rules import DepartmentFacts
from procurement.registers.organisations.credit_code import plain_code
from procurement.web.fields import DayField, Needed, narrow, text


class CreateDepartmentForm(FlaskForm):
    """What a department is called."""

    name = text(_l("部门名称"), 80)
    name_en = text(_l("英文名称"), 160)


class RenameDepartmentForm(CreateDepartmentForm):
    """What it is called from a day on."""

    since = DayField(_l("新名称启用日"), validators=[Needed()])


class DescribeDepartmentForm(FlaskForm):
    """Its code, and where it is found."""

    credit_code = text(
        _l("统一社会信用代码"), 40, needed=False, render_kw={"autocomplete": "off", "spellcheck": "false"}
    )
    address = text(_l("地址"), 200, needed=False)
    phone = text(_l("联系电话"), 40, needed=False, render_kw={"inputmode": "tel", "autocomplete": "off"})

    def facts(self) -> DepartmentFacts:
        """What the deed takes."""
        return DepartmentFacts(
            credit_code=plain_code(narrow(self.credit_code.data or "")), address=self.address.data or "",
            phone=narrow(self.phone.data or ""),
        )  # fmt: skip
