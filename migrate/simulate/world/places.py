"""Departments and buildings of the invented university."""

from __future__ import annotations

from typing import NamedTuple

from migrate.simulate.world.organisation import ALESUND, GJOVIK, TRONDHEIM, UNITS


class Department(NamedTuple):
    """A row of DEPTM1 as the directory knows it too; `name` is unique."""

    dept_id: str
    name: str
    full_name: str
    unit: str


class Location(NamedTuple):
    """A building, by HPSM's location key."""

    key: str
    code: str
    name: str
    street: str
    zip: str
    city: str


DEPARTMENTS: tuple[Department, ...] = tuple(
    Department(f"{61 + place}{part:02d}00", name, f"Universitetet / {unit.name} / {name}", unit.key)
    for place, unit in enumerate(UNITS.values())
    for part, name in enumerate(
        (unit.name, f"{unit.code} administrasjon", f"{unit.code} fag og drift")
    )
)

_BUILDINGS = {
    "Gløshaugen": (
        "Høgskoleringen 1",
        "7034",
        TRONDHEIM,
        "Hovedbygningen,Realfagbygget,Sentralbygg 1,Sentralbygg 2,Elektrobygget,IT-bygget,"
        "Kjemiblokk 3,Gamle fysikk,Varmeteknisk,Byggtekniske laboratorier",
    ),
    "Dragvoll": (
        "Loholt allé 81",
        "7049",
        TRONDHEIM,
        "Bygg 2,Bygg 3,Bygg 5,Bygg 6,Bygg 8,Idrettsbygget,Låven",
    ),
    "Øya": ("Mauritz Hansens gate 2", "7030", TRONDHEIM, "Fred Kavli-bygget,Akutten,Øya helsehus"),
    "Kalvskinnet": ("Gunnerus gate 1", "7012", TRONDHEIM, "Akrinn,Gunnerusbiblioteket,Museet"),
    "Tyholt": ("Otto Nielsens veg 10", "7052", TRONDHEIM, "Tanken,Slepetanken"),
    "Gjøvik": ("Teknologivegen 22", "2815", GJOVIK, "Ametyst,Beryll,Karneol,Mustad bygg 118"),
    "Ålesund": ("Larsgårdsvegen 2", "6009", ALESUND, "Hovedbygget,NMK,Fagskolen"),
}

LOCATIONS: tuple[Location, ...] = tuple(
    Location(f"{campus} - {building}", f"{zip_}{place:02d}", building, street, zip_, city)
    for campus, (street, zip_, city, buildings) in _BUILDINGS.items()
    for place, building in enumerate(buildings.split(","), 1)
)
"""Where people sit. `key` starts with the campus."""
