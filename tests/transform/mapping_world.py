"""Two small units with sound, approved mappings, and what HPSM and TOPdesk hold beside them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from migrate.errors import Problem
from migrate.transform.approve import approve
from migrate.transform.check import check
from migrate.transform.facts import GroupFacts, OperatorFacts, SourceFacts, TargetFacts
from migrate.transform.mapping_files import read_mappings

NOW = datetime(2019, 9, 20, 12, 0, tzinfo=UTC)

FILES = {
    "policy.yaml": """\
time_zone: Europe/Oslo
people: {create_operators: true}
tickets:
  further_numbers: optionalFields1.text1   # saksbehandlerne søker her
  call_type: Hendelse
""",
    "values/status.yaml": """\
# HPSM status -> behandlingsstatus
Open: {target: Registrert, state: open}
Work in progress: {target: Under behandling, state: open}
Pending Customer: {target: Venter på innmelder, state: on_hold}
Closed: {target: Avsluttet, state: closed}
""",
    "values/priority.yaml": '"1": P1\n"2": P2\n"3": P3\n"4": P4\n',
    "values/impact.yaml": '"*": null\n',
    "values/urgency.yaml": '"*": null\n',
    "values/category.yaml": "IT/Klient: Arbeidsplass/PC\nIT: Nettverk\n",
    "values/closure_code.yaml": "Fulfilled: Løst\n",
    "values/entry_type.yaml": "Phone: Telefon\n",
    "values/service.yaml": """\
Trådløst nett: {category: Nettverk, subcategory: Trådløst nett, default_group: IT-NETT}
Utlån: {category: Bibliotek}
""",
    "units/ub/unit.yaml": """\
name: Universitetsbiblioteket
branch: UB
owners: [unni@example.no]
groups:
  - UB-UTLÅN-GLØS
  - UB-UTLÅN-DRAG
  - UB-LISENSER
""",
    "units/ub/groups.yaml": """\
# Utlån
- source: UB-UTLÅN-GLØS                      # den største
  decision: {action: map, target: "UB Utlån Gløshaugen", line: first}
  restricted: false
- source: UB-UTLÅN-DRAG
  decision: {action: map, target: "UB Utlån Dragvoll", line: first}
  restricted: false

# Resten
- source: UB-LISENSER
  decision: {action: merge, target: "UB Utlån Dragvoll"}
  restricted: false
  note: Slås sammen fra nyttår
""",
    "units/ub/operators.yaml": """\
- source: kari
  decision: {action: map, target: kari}
- source: oda
  decision: {action: create, target: oda}
""",
    "units/it/unit.yaml": """\
name: IT-avdelingen
branch: IT
groups:
  - IT-NETT
  - IT-SIKKERHET
  - IT-GAMMEL
""",
    "units/it/groups.yaml": """\
- source: IT-NETT
  decision: {action: map, target: IT Nett, line: second}
  restricted: false
- source: IT-SIKKERHET
  decision: {action: map, target: IT Sikkerhet}
  restricted: true
- source: IT-GAMMEL
  decision: {action: retire, open_tickets_to: IT Nett}
  restricted: false
""",
    "units/it/operators.yaml": """\
- source: per
  decision: {action: leave, reason: slutter i oktober}
""",
    "sprints.yaml": """\
- name: pilot
  units: [ub, it]
  freeze: 2019-09-27 16:00
  notifications_off: {by: unni@example.no, at: 2019-09-26}
- name: evaluering
  units: []
  freeze: 2019-11-08 16:00
  notifications_off: {by: unni@example.no, at: 2019-11-07}
""",
}

FACTS = SourceFacts(
    values={
        "status": {"Open": 40, "Work in progress": 9, "Pending Customer": 5, "Closed": 900},
        "priority": {"1": 2, "1 - Critical": 3, "3": 800},
        "impact": {"4": 900},
        "category": {"IT/Klient": 300, "IT/Nettverk": 60},
        "closure_code": {"Fulfilled": 700},
        "entry_type": {"Phone": 200},
    },
    services={"Trådløst nett": 55, "Utlån": 300},
    groups={
        "UB-UTLÅN-GLØS": GroupFacts(7, 12, 2310),
        "UB-UTLÅN-DRAG": GroupFacts(2, 1, 400),
        "UB-LISENSER": GroupFacts(1, 0, 31),
        "IT-NETT": GroupFacts(1, 8, 700),
        "IT-SIKKERHET": GroupFacts(1, 2, 20),
        "IT-GAMMEL": GroupFacts(0, 4, 10),
    },
    operators={
        "kari": OperatorFacts("Kari Moe", "kari@example.no", True),
        "oda": OperatorFacts("Oda Lie", "oda@example.no", True),
        "per": OperatorFacts("Per Ås", "per@example.no", True),
        "borte": OperatorFacts("Bo Vekk", "borte@example.no", False),
    },
    members={
        "UB-UTLÅN-GLØS": frozenset({"kari", "oda", "borte"}),
        "UB-LISENSER": frozenset({"kari"}),
        "IT-NETT": frozenset({"per"}),
    },
)

TARGET = TargetFacts(
    lists={
        "processing_status": dict.fromkeys(
            ("Registrert", "Under behandling", "Venter på innmelder", "Løst", "Avsluttet"), "id"
        ),
        "priority": dict.fromkeys(("P1", "P2", "P3", "P4"), "id"),
        "impact": dict.fromkeys(("Organisasjon", "Avdeling", "Gruppe", "Person"), "id"),
        "urgency": dict.fromkeys(("Kritisk", "Høy", "Middels", "Lav"), "id"),
        "category": dict.fromkeys(("Arbeidsplass", "Nettverk", "Bibliotek"), "id"),
        "closure_code": dict.fromkeys(("Løst", "Avvist"), "id"),
        "entry_type": dict.fromkeys(("Telefon", "E-post"), "id"),
        "call_type": dict.fromkeys(("Hendelse", "Bestilling"), "id"),
        "archiving_reason": {"Avsluttet": "id"},
    },
    subcategories=frozenset(
        {("Arbeidsplass", "PC"), ("Nettverk", "Trådløst nett"), ("Bibliotek", "Utlån")}
    ),
    branches=frozenset({"UB", "IT"}),
    operators={"Kari": OperatorFacts("Kari Moe", "kari@example.no", True)},
)


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return folder


def approved(folder: Path, files: dict[str, str] = FILES) -> Path:
    """The mappings in a folder, every decision approved for what FACTS show."""
    write(folder, files)
    for unit in ("ub", "it"):
        mappings, problems = read_mappings(folder)
        assert problems == []
        approve(folder, mappings, unit, None, "unni@example.no", NOW, FACTS)
    return folder


def checked(
    folder: Path,
    facts: SourceFacts | None = FACTS,
    target: TargetFacts | None = TARGET,
    **options: object,
) -> list[Problem]:
    mappings, problems = read_mappings(folder)
    return check(mappings, problems, facts, target, **options)  # type: ignore[arg-type]


def edit(file: Path, change: Callable[[str], str]) -> None:
    file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8")
