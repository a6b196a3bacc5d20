"""Every kind of list that can be imported, and who knows about it.

To add one: a member of `ImportKind` (models.py), the deed `<kind>:import` with its policy (access.py; where others than officers
hold it, they join `IMPORTING` there), an `Importer` with the operation `import_<kind>` beside the register it goes into, and its
line in each of the two tables here. Pages and tasks need nothing more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from procurement.registers.accounts_importing import AccountImporter, RoleImporter, import_accounts, import_roles
from procurement.registers.budgets.importing import BudgetLineImporter, import_budget_lines
from procurement.registers.catalogue.importing import (
    CatalogueImporter,
    NegativeListImporter,
    import_catalogue,
    import_negative_list,
)
from procurement.registers.functions_importing import FunctionImporter, import_functions
from procurement.registers.imports.importer import Importer
from procurement.registers.imports.models import ImportKind
from procurement.registers.organisations.importing import OrganisationImporter, import_organisations
from procurement.registers.powers_importing import PowerImporter, import_powers
from procurement.registers.standards.importing import StandardImporter, import_standards

IMPORTERS: Mapping[ImportKind, Importer[Any, Any]] = {
    ImportKind.ORGANISATIONS: OrganisationImporter(),
    ImportKind.STANDARDS: StandardImporter(),
    ImportKind.BUDGET_LINES: BudgetLineImporter(),
    ImportKind.POWERS: PowerImporter(),
    ImportKind.FUNCTIONS: FunctionImporter(),
    ImportKind.ACCOUNTS: AccountImporter(),
    ImportKind.ROLES: RoleImporter(),
    ImportKind.CATALOGUE: CatalogueImporter(),
    ImportKind.NEGATIVE_LIST: NegativeListImporter(),
}

# What takes a list of each kind over.
OPERATIONS: Mapping[ImportKind, Callable[..., Any]] = {
    ImportKind.ORGANISATIONS: import_organisations,
    ImportKind.STANDARDS: import_standards,
    ImportKind.BUDGET_LINES: import_budget_lines,
    ImportKind.POWERS: import_powers,
    ImportKind.FUNCTIONS: import_functions,
    ImportKind.ACCOUNTS: import_accounts,
    ImportKind.ROLES: import_roles,
    ImportKind.CATALOGUE: import_catalogue,
    ImportKind.NEGATIVE_LIST: import_negative_list,
}
