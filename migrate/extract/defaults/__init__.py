"""Our field names ↔ HPSM's tables and columns, as found in installations that were seen.

This is a starting point: every installation is customised, and `migrate.yaml` overrides any line of
it (`source.tables`). Table and column names are those of the relational layout of Service Manager
7.x–9.x; a field that an installation lacks is set to null there.
"""

from __future__ import annotations

from migrate.extract.defaults import others, people, tickets
from migrate.extract.table import Table

DEFAULTS: dict[str, Table] = {**people.TABLES, **tickets.TABLES, **others.TABLES}
"""Name of the alias table → the table. Several may give one kind."""
