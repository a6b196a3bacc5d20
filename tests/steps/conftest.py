"""The rules of a room are tested without an application: what the models name by word must have been imported."""

from __future__ import annotations

import procurement.registers.communities
import procurement.registers.organisations.models  # noqa: F401 - accounts name both, and a model is made without a database
