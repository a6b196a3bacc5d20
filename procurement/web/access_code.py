"""The code at the door while colleagues on the local network look at a demonstration (`manage.py run --lan`).

The terminal prints six digits; who comes from another machine types them once per browser. The program makes new ones
at every start, and keeps nothing of this in the database.
"""

from __future__ import annotations

import secrets
import threading
from datetime import datetime, timedelta

from flask import Flask, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from procurement.foundation.clock import Clock

COOKIE = "jieli_access"
ENDPOINT = "enter_access_code"
PATH = "/access-code"
# A million codes, ten tries in a quarter of an hour from all machines together: years.
TRIES, PAUSE = 10, timedelta(minutes=15)


class Door:
    """Knows the code, the token of those who typed it, and the wrong tries of the last quarter of an hour."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.token = secrets.token_urlsafe(32)
        self.wrong: list[datetime] = []
        self.lock = threading.Lock()

    def opens_to(self, token: str | None) -> bool:
        """Whether a browser that shows `token` has typed the code."""
        return token is not None and secrets.compare_digest(token.encode(), self.token.encode())

    def is_shut(self, wall: datetime) -> bool:
        """Whether too many wrong codes came in lately, from wherever."""
        with self.lock:
            self.wrong = [moment for moment in self.wrong if wall - moment < PAUSE]
            return len(self.wrong) >= TRIES

    def accepts(self, typed: str, wall: datetime) -> bool:
        """Whether `typed` is the code; a wrong one is counted."""
        if secrets.compare_digest(typed.strip().encode(), self.code.encode()):
            return True
        with self.lock:
            self.wrong.append(wall)
        return False


def register(app: Flask, code: str) -> None:
    """Ask everyone from another machine for `code` before anything else is shown."""
    door = Door(code)
    clock: Clock = app.extensions["clock"]

    def enter_access_code() -> ResponseReturnValue:
        wall, problem, status = clock.wall(), None, 200
        if request.method == "POST":
            if door.is_shut(wall):
                problem, status = _("输错的次数太多，请等 15 分钟再试，或请启动系统的人重新启动一次。"), 429
            elif door.accepts(request.form.get("code", ""), wall):
                answer = redirect("/", code=303)
                answer.set_cookie(COOKIE, door.token, httponly=True, samesite="Lax")
                return answer
            else:
                problem, status = _("访问码不对。请看启动系统的那台机器的终端，输入那里的六位数字。"), 422
        return render_template("access_code.html", problem=problem, action=PATH), status

    def ask() -> ResponseReturnValue | None:
        # Who sits at the machine itself has seen the terminal.
        if request.remote_addr in ("127.0.0.1", "::1") or door.opens_to(request.cookies.get(COOKIE)):
            return None
        return None if request.endpoint == ENDPOINT else redirect(PATH, code=303)

    app.add_url_rule(PATH, ENDPOINT, enter_access_code, methods=["GET", "POST"])
    app.before_request(ask)
