"""Files at the door: an uploaded one is checked and stored before its deed, a kept one is handed out as a download."""

from __future__ import annotations

from typing import Any

from flask import current_app, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from procurement.foundation.errors import DomainError
from procurement.foundation.word_files import text_of_word
from procurement.registers import files
from procurement.registers.access import Deed
from procurement.registers.deeds import record_read
from procurement.registers.files import FileKind, StoredFile, Upload
from procurement.statute.limits import ArchiveBounds, ScreeningBounds
from procurement.web.refusals import place
from procurement.web.session import acting_user, acts_as_visitor, clock


def uploaded(form: FlaskForm, name: str = "document", *, needed: bool = True) -> Upload | None:
    """The file chosen in a field of the form, checked and stored; None where there is none, or with the reason at its field.

    What is slow is done here, before the deed; where no file is `needed`, `succeeded()` tells nothing chosen from refused.
    """
    chosen = form[name].data
    if not chosen or not chosen.filename:
        if needed:
            form[name].errors = [_("请选择一个文件。")]
        return None
    try:
        limit = current_app.extensions["settings"].upload_limit
        return files.accept(current_app.extensions["storage"], chosen.stream, chosen.filename, limit)
    except DomainError as error:
        error.field = name
        place(form, error)
        return None


def taken_with_text(form: FlaskForm, name: str = "document") -> tuple[Upload, str | None] | None:
    """The uploaded file, and the text of a Word file as it is screened; what is slow is done before the deed.

    None where there is no file, or with the reason at its field; the text is None where nothing can be read.
    """
    upload = uploaded(form, name)
    if upload is None or upload.kind is not FileKind.DOCX:
        return (upload, None) if upload is not None else None
    limit = current_app.extensions["settings"].upload_limit
    try:
        text = text_of_word(
            form[name].data.stream,
            most_bytes=limit * ArchiveBounds.expansion,
            most_characters=ScreeningBounds.characters,
        )
    except DomainError as error:
        place(form, error)
        return None
    return upload, text


def as_download(file: StoredFile) -> ResponseReturnValue:
    """A kept file, under the name it was kept by."""
    stream = current_app.extensions["storage"].open(file.sha256)
    return send_file(stream, mimetype=file.kind.media_type, as_attachment=True, download_name=file.name)


def as_recorded_download(file: StoredFile, deed: Deed, subject: Any) -> ResponseReturnValue:
    """A kept file whose reading must be known: the line is written before a byte leaves."""
    record_read(deed, subject, actor=acting_user(), clock=clock(), visitor=acts_as_visitor(), sha256=file.sha256)
    return as_download(file)
