"""Under which names HPSM's web services show our fields, in installations that were seen.

A caption is chosen per installation (extaccess), so every line is a starting point. Sources: the
vendor's resource reference for incidents, and public clients' code for the others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from migrate.extract.table import Column, Table


@dataclass(frozen=True, slots=True)
class Service:
    """Where one alias table is found: the REST `collection`, the `object` (SOAP's, and REST's
    resource), the SOAP `service`, and our field → caption."""

    collection: str
    object: str
    service: str
    captions: dict[str, str]


def _captions(text: str) -> dict[str, str]:
    """`our_name Caption` per line."""
    return dict(line.split() for line in text.strip().splitlines())


SERVICES: dict[str, Service] = {
    "incidents": Service(
        "incidents",
        "Incident",
        "IncidentManagement",
        _captions("""
            number IncidentID
            title Title
            description Description
        """),
    ),
}


def captioned(name: str, table: Table) -> Table:
    """`table` as a web source reads it. A field of which no caption is known has an empty column;
    a table of which no service is known has no collection and no object."""
    service = SERVICES.get(name, Service("", "", "", {}))
    return replace(
        table,
        fields={
            ours: Column(service.captions.get(ours, ""), column.type)
            for ours, column in table.fields.items()
        },
        collection=service.collection,
        object=service.object,
        service=service.service,
    )
