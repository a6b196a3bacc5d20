"""Every kind of list that can be imported, and who knows about it.

To add one: a member of `ImportKind` (models.py), the deed `<kind>:import` with its policy (access.py; where others than officers
hold it, the three deeds of the imports are theirs too), its move in `IMPORT_MOVES`, an `Importer` with the operation
`import_<kind>` beside the register it goes into, and its line in each of the two tables here. Pages and tasks need nothing more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from procurement.registers.imports.importer import Importer
from procurement.registers.imports.models import ImportKind
from procurement.registers.organisations.importing import OrganisationImporter, import_organisations
from procurement.registers.standards.importing import StandardImporter, import_standards

IMPORTERS: Mapping[ImportKind, Importer] = {
    ImportKind.ORGANISATIONS: OrganisationImporter(),
    ImportKind.STANDARDS: StandardImporter(),
}

# What takes a list of each kind over.
OPERATIONS: Mapping[ImportKind, Callable[..., Any]] = {
    ImportKind.ORGANISATIONS: import_organisations,
    ImportKind.STANDARDS: import_standards,
}
