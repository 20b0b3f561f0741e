"""The invented university that both stand-ins are filled from."""

from migrate.simulate.world.directory import Directory, directory
from migrate.simulate.world.dirt import Dirt
from migrate.simulate.world.organisation import GROUPS, PILOT_UNITS, UNITS
from migrate.simulate.world.places import DEPARTMENTS
from migrate.simulate.world.scale import NOW, SCALES
from migrate.simulate.world.services import CATEGORIES, SERVICES
from migrate.simulate.world.world import World

__all__ = [
    "CATEGORIES",
    "DEPARTMENTS",
    "GROUPS",
    "NOW",
    "PILOT_UNITS",
    "SCALES",
    "SERVICES",
    "UNITS",
    "Directory",
    "Dirt",
    "World",
    "directory",
]
