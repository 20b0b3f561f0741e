"""All families of findings, in the order of the report."""

from __future__ import annotations

from migrate.report.assess import (
    findings_files,
    findings_groups,
    findings_knowledge,
    findings_links,
    findings_others,
    findings_people,
    findings_texts,
    findings_tickets,
)
from migrate.report.assess.found import Family

FAMILIES: tuple[Family, ...] = (
    *findings_groups.FAMILIES,
    *findings_people.FAMILIES,
    *findings_tickets.FAMILIES,
    *findings_texts.FAMILIES,
    *findings_links.FAMILIES,
    *findings_files.FAMILIES,
    *findings_knowledge.FAMILIES,
    *findings_others.FAMILIES,
)
