"""Every operation keeps the beat: it asks first, records last, one and the same deed, and is named after it."""

from __future__ import annotations

import ast

from tests.architecture.building import (
    BY_FUNCTION,
    Function,
    below_the_web,
    body_of,
    call_of,
    operations,
    report,
    tree_of,
)

# Where the asking or the recording may stand, besides in an operation: the writers themselves.
WRITERS = ("registers/audit.py", "registers/deeds.py")


def recording(function: Function) -> ast.Call | None:
    """The last statement, or the one before the closing `return`, if it records."""
    statements = body_of(function)
    if isinstance(statements[-1], ast.Return):
        statements = statements[:-1]
    return call_of(statements[-1], "audit.record") if statements else None


def faults_of(function: Function) -> list[str]:
    deed = f"Deed.{BY_FUNCTION[function.name].name}"
    faults = []
    asked = call_of(body_of(function)[0], "access.require")
    if asked is None:
        faults.append("does not begin with access.require(actor, Deed.…, subject)")
    elif [ast.unparse(part) for part in asked.args[:2]] != ["actor", deed]:
        faults.append(f"asks for {', '.join(map(ast.unparse, asked.args[:2]))}; its name is that of {deed}")
    recorded = recording(function)
    if recorded is None:
        faults.append("does not end with audit.record(Deed.…, subject, actor=actor, now=now) or with it and one return")
    elif ast.unparse(recorded.args[0]) != deed:
        faults.append(f"records {ast.unparse(recorded.args[0])}; its name is that of {deed}")
    elif not {"actor", "now"} <= {key.arg for key in recorded.keywords}:
        faults.append("records without actor or now")
    return [f"{function.where}: {fault}" for fault in faults]


def test_operations_keep_the_beat() -> None:
    offenders = [fault for function in operations() for fault in faults_of(function)]
    assert offenders == [], report(offenders, "may, must, do, record (architecture 7.2):")


def test_actor_and_now_are_arguments_of_every_operation() -> None:
    offenders = []
    for function in operations():
        named = {argument.arg for argument in function.node.args.kwonlyargs}
        if not {"actor", "now"} <= named:
            offenders.append(f"{function.where}: takes {sorted(named)}")
    assert offenders == [], report(offenders, "actor and now are keyword arguments of every operation:")


def test_a_deed_has_one_operation() -> None:
    seen: dict[str, str] = {}
    offenders = []
    for function in operations():
        if function.name in seen:
            offenders.append(f"{function.where}: also {seen[function.name]}")
        seen[function.name] = function.where
    assert offenders == [], report(offenders, "a deed is done in one place:")


ASKED_OR_RECORDED = {"audit.record", "access.require"}


def test_nothing_else_asks_for_a_deed_or_records_one() -> None:
    offenders = []
    named = {(function.path, function.name) for function in operations()}
    for path in below_the_web():
        if str(path).endswith(WRITERS):
            continue
        for node in tree_of(path).body:
            if isinstance(node, ast.FunctionDef) and (path, node.name) not in named:
                calls = [ast.unparse(call.func) for call in ast.walk(node) if isinstance(call, ast.Call)]
                offenders += [f"{Function(path, node).where}: {call}" for call in calls if call in ASKED_OR_RECORDED]
    assert offenders == [], report(offenders, "only an operation named after its deed records it:")


def test_an_operation_neither_commits_nor_reads_a_clock() -> None:
    banned = {"db.session.commit", "db.session.rollback", "datetime.now", "date.today", "clock.now"}
    offenders = [
        f"{function.where}: {ast.unparse(call.func)}"
        for function in operations()
        for call in ast.walk(function.node)
        if isinstance(call, ast.Call) and ast.unparse(call.func) in banned
    ]
    assert offenders == [], report(offenders, "perform() opens, commits and reads the clock:")


def test_the_beat_is_heard_where_there_is_one_and_missed_where_there_is_none() -> None:
    # The inspection itself: a function that asks for another deed, and one that records nothing.
    source = '''
def pause_transfer(transfer, *, actor, now):
    """Doc."""
    access.require(actor, Deed.TRANSFER_RESUME, transfer)

    transfer.status = 1

    return transfer
'''
    node = ast.parse(source).body[0]
    assert isinstance(node, ast.FunctionDef)
    path = next(below_the_web())
    faults = faults_of(Function(path, node))
    assert len(faults) == 2
    assert "Deed.TRANSFER_PAUSE" in faults[0]
    assert "does not end with audit.record" in faults[1]
    source = source.replace("TRANSFER_RESUME", "TRANSFER_PAUSE").replace(
        "return transfer", 'audit.record(Deed.TRANSFER_PAUSE, transfer, reason="x")'
    )
    node = ast.parse(source).body[0]
    assert isinstance(node, ast.FunctionDef)
    (fault,) = faults_of(Function(path, node))
    assert "without actor or now" in fault
