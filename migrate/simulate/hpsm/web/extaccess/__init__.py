"""What this HPSM shows to web services: which files, which of their fields, under which captions.

A real HPSM keeps this in its file `extaccess`, which every customer changes; so here too some of it
is as the vendor ships it (incidents, interactions, contacts, operators, knowledge, changes,
problems), some is the customer's own (activities of incidents, relations, groups, requests), and
some of what the database holds is not shown at all (see the package's docstring).
"""

from __future__ import annotations

from migrate.simulate.hpsm.web.extaccess import others, people, tickets
from migrate.simulate.hpsm.web.extaccess.record import Field, Shown

__all__ = ["EXTACCESS", "Field", "Shown"]

EXTACCESS: tuple[Shown, ...] = (*people.SHOWN, *tickets.SHOWN, *others.SHOWN)
