"""Example values for the forms of the walk; on an instance that is no demonstration nobody provides any."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from flask import current_app, request
from flask_wtf import FlaskForm
from wtforms import PasswordField
from wtforms.widgets import PasswordInput

from procurement.transfers.models import Appointment

AnyForm = TypeVar("AnyForm", bound=FlaskForm)


class Examples(Protocol):
    """What a demonstration registers as `app.extensions["examples"]`."""

    def values(self, name: str, *keys: Any) -> Mapping[str, Any] | None:
        """Fitting values for the form of this name, or None where there are none."""
        ...

    def example_document(self) -> tuple[str, bytes]:
        """A small real document: its name and its bytes."""
        ...

    def keep_passphrase(self, appointment: Appointment, passphrase: str) -> None:
        """Keep a demonstration holder's passphrase for the sign-in page."""
        ...


def _provider() -> Examples | None:
    provider: Examples | None = current_app.extensions.get("examples")
    return provider


def form_for(kind: type[AnyForm], name: str, *keys: Any, otherwise: Callable[[], AnyForm] | None = None) -> AnyForm:
    """The form; unsubmitted and asked for an example (`?example=1`), filled with one, or else as `otherwise` fills it."""
    provider = _provider()
    values = provider.values(name, *keys) if provider is not None else None
    if values is not None and request.method == "GET" and request.args.get("example"):
        form = kind(formdata=None, data=dict(values))
        for field in form:
            # A filled-in passphrase must be sent, and a password field shows no value unless it is told to.
            if isinstance(field, PasswordField):
                field.widget = PasswordInput(hide_value=False)
        return form
    return otherwise() if otherwise is not None and request.method == "GET" else kind()


def example_document() -> tuple[str, bytes] | None:
    """In a demonstration a document that a bid can be lodged with, since no example can choose a file; None elsewhere."""
    provider = _provider()
    return provider.example_document() if provider is not None else None


def keep_passphrase(appointment: Appointment, passphrase: str) -> None:
    """In a demonstration, let the sign-in page print it; elsewhere it is shown once and kept nowhere."""
    provider = _provider()
    if provider is not None:
        provider.keep_passphrase(appointment, passphrase)
