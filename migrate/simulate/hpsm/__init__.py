"""A stand-in for HP Service Manager: its database, made from the invented university."""

from migrate.simulate.hpsm.database import Counts, make_database
from migrate.simulate.hpsm.living import escalate, note, reassign

__all__ = ["Counts", "escalate", "make_database", "note", "reassign"]
