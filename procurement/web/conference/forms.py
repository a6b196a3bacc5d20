"""Forms of a meeting: convened, opened, voted in, resolved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField

from procurement.registers.people import User
from procurement.transfers.conference.models import Choice, ItemKind, ItemOutcome
from procurement.web.fields import MomentField, Needed, Question, choices, prose, text
from procurement.web.languages import value_text
from procurement.web.standing import person_with_body


def convene_form(members: Sequence[User], waiting: Sequence[tuple[ItemKind, Any]]) -> type[FlaskForm]:
    """A convocation: when and where, who chairs, a box for each subject that waits and for each member."""
    fields: dict[str, Any] = {
        "title": text(_l("会议名称"), 120),
        "held_at": MomentField(_l("开会时间"), validators=[Needed()]),
        "place": text(_l("地点"), 200),
        "chair": SelectField(
            _l("主持人"), coerce=int, choices=choices((person.id, person_with_body(person)) for person in members)
        ),
    }
    for kind, subject in waiting:
        fields[subject_box(kind, subject)] = BooleanField(value_text(subject.called))
    for person in members:
        fields[member_box(person)] = BooleanField(person_with_body(person))
    return type("ConveneConferenceForm", (FlaskForm,), fields)


def open_form(members: Sequence[User]) -> type[FlaskForm]:
    """A box for each member who was invited: ticked, they are present."""
    return type(
        "OpenConferenceForm",
        (FlaskForm,),
        {member_box(person): BooleanField(person_with_body(person)) for person in members},
    )


def member_box(person: User) -> str:
    """The name of a member's box."""
    return f"member-{person.id}"


def subject_box(kind: ItemKind, subject: Any) -> str:
    """The name of a subject's box."""
    return f"{kind.value}-{subject.id}"


class CastVoteForm(FlaskForm):
    """A vote; nothing is proposed, since a proposal would be half a vote."""

    choice = Question(_l("表决"), choices=lambda: choices((row.value, _l(row.label)) for row in Choice), coerce=Choice)
    reason = prose(_l("理由"), 1000, needed=False)


class ResolveItemForm(FlaskForm):
    """The outcome among those the votes leave, and the words of the resolution."""

    outcome = Question(_l("决议"), coerce=ItemOutcome)
    opinion = prose(_l("决议意见；退回或缓议的，写明理由"), 2000)
