"""What answers at an address (general API 1.2.0)."""

from __future__ import annotations

from migrate.load.http import Http
from migrate.load.topdesk.paging import VERSION, Record, single


def version(http: Http) -> Record | None:
    """`{"version"}` of the API; None where no TOPdesk answers."""
    return single(http, VERSION)


def product_version(http: Http) -> Record | None:
    """`{"major", "minor", "patch"}` of TOPdesk itself."""
    return single(http, "/tas/api/productVersion")
