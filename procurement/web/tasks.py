"""The page of a task: how far it is, and what came of it; for its owner alone."""

from __future__ import annotations

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from flask_login import login_required

from procurement.registers.tasks import as_json, task_by_token
from procurement.web.refusals import found, page
from procurement.web.session import acting_user

bp = Blueprint("tasks", __name__, url_prefix="/tasks")


@bp.get("/<token>")
@login_required
def read_task(token: str) -> ResponseReturnValue:
    """One task, as a page, or as JSON for the page's own script; nothing is here for anybody but its owner."""
    actor, task = acting_user(), task_by_token(token)
    task = found(task if task is not None and actor is not None and task.owner_id == actor.id else None)
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        answer = jsonify(as_json(task))
        answer.headers["Vary"] = "Accept, Cookie"
        return answer
    return page("tasks/read_task.html", task=task)
