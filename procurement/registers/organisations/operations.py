"""What is done in the register of organisations: they register themselves, an officer verifies or refuses.

Verified means that the organisation is who it says it is. It does not mean listed: the directory of organisations that may
take over functions comes on top of it and is needed for function transfers only, never for purchases.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from procurement.foundation.clock import local_day
from procurement.foundation.database import db
from procurement.foundation.errors import Refusals, RuleBroken, WrongState, ensure_all
from procurement.foundation.labels import word
from procurement.registers import access, accounts, audit, notices
from procurement.registers.access import Deed
from procurement.registers.accounts import NewPassword, PersonTerms
from procurement.registers.organisations.credit_code import Kind, kind_of
from procurement.registers.organisations.models import (
    ORGANISATION_MOVES,
    Organisation,
    OrganisationStatus,
    PaymentDetail,
    awaits_first_account,
    organisation_by_code,
    organisation_by_name,
    users_of,
)
from procurement.registers.organisations.rules import (
    OrganisationTerms,
    PaymentTerms,
    ensure_payment_holds,
    ensure_registration_holds,
)
from procurement.registers.people import OF_AN_ORGANISATION, Role, RoleGrant, User, users_with_role


def register_organisation(
    house: None, terms: OrganisationTerms, person: PersonTerms, new: NewPassword, *, actor: User | None, now: datetime
) -> Organisation:
    """Register an organisation with its first user, who may sign in at once and bid once it is verified.

    A registration that was refused may be made again: the accounts of the refused one are stopped, since whoever made it
    need not be the organisation. One that was taken over from a list is verified and is not registered from outside: an
    officer opens its first account.

    Raises:
        Refusals: everything that is wrong with organisation, person and password, each at its field.
    """
    access.require(actor, Deed.ORGANISATION_REGISTER, house)

    ensure_all(
        lambda: ensure_registration_holds(terms, local_day(now)),
        lambda: _ensure_free(terms),
        lambda: _ensure_person_holds(person),
        lambda: accounts.ensure_password_holds(new, person.login, now),
    )

    organisation = _write(terms, now)
    user = accounts.enrol(replace(person, organisation_id=organisation.id), new, must_change=False, now=now)
    user.grants = [RoleGrant(role=Role.PROVIDER)]
    db.session.flush()

    audit.record(
        Deed.ORGANISATION_REGISTER, organisation, actor=actor or user, now=now, credit_code=organisation.credit_code,
        name=organisation.name, user=user.login,
    )  # fmt: skip
    return organisation


def _ensure_person_holds(person: PersonTerms) -> None:
    try:
        accounts.ensure_person_holds(person)
    except Refusals as several:
        # On this form `name` is the organisation's.
        for fault in several.refusals:
            fault.field = "person_name" if fault.field == "name" else fault.field
        raise


def _ensure_free(terms: OrganisationTerms) -> None:
    same_code = organisation_by_code(terms.credit_code)
    if same_code is not None and awaits_first_account(same_code):
        raise RuleBroken(
            word(
                "代码 {code} 的组织已由登记管理机关从名单录入并核验，不能在这里注册。请联系登记管理机关的经办人，由经办人为贵组织开设首个账号。"
            ),
            code=terms.credit_code,
            field="credit_code",
        )
    if same_code is not None and same_code.status is not OrganisationStatus.REFUSED:
        raise RuleBroken(
            word("代码 {code} 的组织已经注册过。请用原来的账号登录；忘了密码可以用邮件链接重设。"),
            code=terms.credit_code, field="credit_code",
        )  # fmt: skip
    same_name = organisation_by_name(terms.name.strip())
    if same_name is not None and same_name.status is not OrganisationStatus.REFUSED and same_name is not same_code:
        raise RuleBroken(
            word("“{name}”这个名称已由另一个代码注册。请按登记证书核对；确是贵组织的，请联系政府经办人。"),
            name=terms.name, field="name",
        )  # fmt: skip


def _write(terms: OrganisationTerms, now: datetime) -> Organisation:
    refused_twin = organisation_by_name(terms.name.strip())
    organisation = organisation_by_code(terms.credit_code)
    if refused_twin is not None and refused_twin is not organisation:
        give_up_name(refused_twin)
        db.session.flush()
    if organisation is None:
        organisation = Organisation(credit_code=terms.credit_code, status=OrganisationStatus.REGISTERED)
        db.session.add(organisation)
    else:
        ORGANISATION_MOVES.move(Deed.ORGANISATION_REGISTER, organisation)
        for user in users_of(organisation):
            if user.deactivated_at is None:
                accounts.stop(user, now)
    write_terms(organisation, terms)
    organisation.registered_at, organisation.refusal_reason = now, ""
    db.session.flush()
    return organisation


def give_up_name(refused: Organisation) -> None:
    """Free the name that somebody had registered under another code and was refused: it is its owner's."""
    refused.name = f"{refused.name[:90]}（已退回 {refused.credit_code}）"


def write_terms(organisation: Organisation, terms: OrganisationTerms) -> None:
    """Let an organisation say of itself what the terms say; the class is kept of public institutions only."""
    organisation.name, organisation.name_en = terms.name.strip(), terms.name_en
    organisation.address, organisation.representative = terms.address, terms.representative
    organisation.phone, organisation.introduction = terms.phone.strip(), terms.introduction
    organisation.institution = terms.institution if kind_of(terms.credit_code) is Kind.PUBLIC_INSTITUTION else None
    # Whoever registers anew reads nothing of what another had said or a list had brought: it is said anew too.
    write_payment(organisation, terms.payment)


def write_payment(organisation: Organisation, terms: PaymentTerms) -> list[PaymentDetail]:
    """Let an organisation have these details for payments; which of them are others than before."""
    said = {detail: getattr(terms, detail.value).strip() for detail in PaymentDetail}
    changed = [detail for detail, text in said.items() if text != (getattr(organisation, detail.value) or "")]
    for detail in changed:
        setattr(organisation, detail.value, said[detail])
    return changed


def keep_payment_details(organisation: Organisation, terms: PaymentTerms, *, actor: User, now: datetime) -> None:
    """Keep what payments to one's own organisation need; the others who sign for it are told what was changed.

    Raises:
        Refusals: everything that is wrong, each at its field; neither a sentence nor the record repeats a number.
    """
    access.require(actor, Deed.PAYMENT_DETAILS_KEEP, organisation)

    ensure_payment_holds(terms, local_day(now))

    changed = write_payment(organisation, terms)
    if changed:
        others = [row for row in users_with_role(Role.PROVIDER, organisation_id=organisation.id) if row.id != actor.id]
        notices.notify(
            others, word("{actor}改了贵组织的收款资料：{changed}。不是贵组织办的，请马上联系政府经办人。"), now=now,
            link=f"/organisations/{organisation.id}", actor=actor.called, changed=tuple(changed),
        )  # fmt: skip

    audit.record(Deed.PAYMENT_DETAILS_KEEP, organisation, actor=actor, now=now, changed=changed)


def ensure_awaits_first_account(organisation: Organisation) -> None:
    """Refuse a first account of what has not been verified, or has an account already."""
    if not organisation.is_verified:
        raise WrongState(word("“{name}”还没有通过核验，不能为它开设账号。"), name=organisation.called)
    if not awaits_first_account(organisation):
        raise WrongState(
            word("“{name}”已经有账号。别的账号由它自己的社会组织用户开设；登录不了的，请安全管理员重置密码。"),
            name=organisation.called,
        )


def open_first_account(
    organisation: Organisation, person: PersonTerms, new: NewPassword, *, is_mailed: bool, actor: User, now: datetime
) -> User:
    """Open the first account of an organisation that was taken over from a list, as one who signs for it.

    Where letters go out (`is_mailed`) its person sets the password by a link and nobody knows the one it was opened with;
    else that one is shown once and must be changed.

    Raises:
        WrongState: an organisation that is not verified, or has an account already.
        Refusals: everything that is wrong with the person.
    """
    access.require(actor, Deed.FIRST_ACCOUNT_OPEN, organisation)

    ensure_awaits_first_account(organisation)
    terms = replace(person, organisation_id=organisation.id)
    _ensure_person_holds(terms)
    if is_mailed and not terms.email:
        raise RuleBroken(word("设定密码的链接要寄到电子邮箱，请填写。"), field="email")

    user = accounts.enrol(terms, new, must_change=not is_mailed, now=now)
    user.grants = [RoleGrant(role=Role.PROVIDER)]
    if is_mailed:
        accounts.send_first_link(user, now)

    audit.record(
        Deed.FIRST_ACCOUNT_OPEN, user, actor=actor, now=now, organisation=organisation.id, login=user.login, mailed=is_mailed,
    )  # fmt: skip
    return user


def enrol_colleague(
    organisation: Organisation, role: Role, person: PersonTerms, new: NewPassword, *, actor: User, now: datetime
) -> User:
    """Open a further account for one's own organisation, as one who signs for it or as one who prepares and reports.

    Signing binds the organisation: submitting a bid, confirming an agreement, signing a handover. All else a drafter may do.

    Raises:
        RuleBroken: an organisation that nobody has verified.
        Refusals: everything that is wrong with the person.
    """
    access.require(actor, Deed.COLLEAGUE_ENROL, organisation)

    if not organisation.is_verified:
        raise RuleBroken(word("组织还没有通过核验，核验以后才能为它开设别的账号。"))
    if role not in OF_AN_ORGANISATION:
        raise RuleBroken(word("{role}不属于社会组织。请从列出的岗位里选一个。"), role=role, field="role")
    terms = replace(person, organisation_id=organisation.id)
    _ensure_person_holds(terms)

    user = accounts.enrol(terms, new, must_change=True, now=now)
    user.grants = [RoleGrant(role=role)]
    notices.notify(
        [row for row in users_with_role(Role.PROVIDER, organisation_id=organisation.id) if row.id not in (actor.id, user.id)],
        word("{actor}为贵组织开设了账号：{person}，{role}。"), now=now, link=f"/organisations/{organisation.id}", actor=actor.called,
        person=user.called, role=role,
    )  # fmt: skip

    audit.record(
        Deed.COLLEAGUE_ENROL, user, actor=actor, now=now, organisation=organisation.id, login=user.login, role=role
    )
    return user


def stop_colleague(user: User, reason: str, *, actor: User, now: datetime) -> None:
    """Take an account of one's own organisation out of use; one's own is not, so that one who signs always remains.

    Raises:
        RuleBroken: the own account, or one that is more than the organisation's.
        WrongState: an account that is out of use already.
    """
    access.require(actor, Deed.COLLEAGUE_STOP, user)

    accounts.ensure_of_another(user, actor)
    if user.deactivated_at is not None:
        raise WrongState(word("这个账号已经停用了。"))
    if user.roles - OF_AN_ORGANISATION:
        raise RuleBroken(word("这个账号还有组织以外的角色，要由安全管理员停用。"))

    accounts.stop(user, now)

    audit.record(Deed.COLLEAGUE_STOP, user, actor=actor, now=now, organisation=user.organisation_id, reason=reason)


def verify_organisation(organisation: Organisation, *, actor: User, now: datetime) -> None:
    """Verify that an organisation is who it says it is, after its certificate has been looked at."""
    access.require(actor, Deed.ORGANISATION_VERIFY, organisation)

    ORGANISATION_MOVES.ensure_open(Deed.ORGANISATION_VERIFY, organisation)

    ORGANISATION_MOVES.move(Deed.ORGANISATION_VERIFY, organisation)
    organisation.verified_at, organisation.verified_by_id = now, actor.id
    organisation.refusal_reason = ""
    notices.notify(
        users_with_role(Role.PROVIDER, organisation_id=organisation.id), word("“{name}”已通过核验，现在可以投标了。"), now=now, link="/workbench",
        name=organisation.called,
    )  # fmt: skip

    audit.record(
        Deed.ORGANISATION_VERIFY, organisation, actor=actor, now=now, credit_code=organisation.credit_code,
        name=organisation.name,
    )  # fmt: skip


def refuse_organisation(organisation: Organisation, reason: str, *, actor: User, now: datetime) -> None:
    """Refuse a registration, with a reason its people read; it may be made again, or verified after all."""
    access.require(actor, Deed.ORGANISATION_REFUSE, organisation)

    ORGANISATION_MOVES.ensure_open(Deed.ORGANISATION_REFUSE, organisation)
    if not reason.strip():
        raise RuleBroken(word("退回要写明理由，对方会看到。"), field="reason")

    ORGANISATION_MOVES.move(Deed.ORGANISATION_REFUSE, organisation)
    organisation.refusal_reason = reason.strip()
    notices.notify(
        users_with_role(Role.PROVIDER, organisation_id=organisation.id), word("“{name}”的注册被退回：{reason}。请改正后重新注册，或联系政府经办人。"),
        now=now, name=organisation.called, reason=reason.strip().removesuffix("。"),
    )  # fmt: skip

    audit.record(Deed.ORGANISATION_REFUSE, organisation, actor=actor, now=now, credit_code=organisation.credit_code)
