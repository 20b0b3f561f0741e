"""The files of a new workspace: every key that is needed, with what it means beside it."""

from __future__ import annotations

_CONFIG = """\
# Where HPSM is read, where TOPdesk is written, and where the state lies.
# Secrets stand in the environment (or the keyring), never here.
source:
  name: hpsm                      # part of every record's identity: never change it later
  type: sql                       # sql | unload | rest | soap | exports
  url: sqlite:///hpsm.db          # any SQLAlchemy URL; or url_env: NAME of a variable that holds it
  # tables:                       # where this installation differs from the usual names
  #   incidents:
  #     table: PROBSUMMARYM1
  #     fields: {pending_until: RB_PENDING_UNTIL, pending_code: null}

target:
  url: http://127.0.0.1:8080      # before /tas/api
  user: migrate                   # the operator whose application password is used
  password_env: TOPDESK_PASSWORD
  max_connections: 16             # never more requests at once than this
  timeout: 60                     # seconds to wait for an answer
  settle_window: 180              # seconds; longer than TOPdesk's longest request

state:
  folder: state                   # journal, snapshot and plan; keep it out of version control
  # url: postgresql://migrate@db.example.no/migrate   # journal and plan there, for several machines

mappings: mappings
"""

_POLICY = """\
# Choices that hold for all units.
time_zone: Europe/Oslo            # the zone of the times that stand in texts
history:
  style: folded                   # folded: few long entries | entries: one per activity
people:                           # found in TOPdesk first; created only where this says so
  create_persons: false
  create_operators: false
  create_departments: false
  create_branches: false
tickets:
  further_numbers: optionalFields1.text1   # where a ticket's other HPSM numbers go
  # confidential: {rb_secret: [Ja]}        # how single tickets are marked in HPSM: those are held
attachments:
  visible: false                  # HPSM does not know who may see a file: the caller sees none
  skip_extensions: []             # such as exe, js: named in an internal note instead of sent
"""

_PROPOSED = (
    "# `migrate map propose` adds the lines that it is sure of, and writes what else it would\n"
    "# say, with its reasons, into {0}.seen.yaml beside this file.\n"
)

_STATUS = """\
# HPSM status → what the ticket is in TOPdesk, and its processing status there.
# Pending Customer: {state: on_hold, target: Waiting for caller}   # open, completed or closed
"""

_SERVICE = """\
# HPSM service → category, subcategory, and the HPSM group of tickets that name none.
# Wireless: {category: IT, subcategory: Network, default_group: IT-NETWORK}
"""

_CATEGORY = """\
# HPSM category/subcategory → TOPdesk category/subcategory. "*" stands for the rest.
# Network/Wireless: IT/Network
"""

_VALUES = """\
# HPSM value → TOPdesk value, or null to leave it empty. "*" stands for the rest.
# "*": null
"""

_SPRINTS = """\
# Which units go when. A unit is a folder; units/it/unit.yaml holds its name, branch and groups.
# - name: pilot
#   units: [it]
#   scope: {open: true, closed_since: 2019-01-01}
#   freeze: 2019-09-27T16:00:00+02:00
#   notifications_off: {by: somebody@example.no, at: 2019-09-27}
"""

_LISTS = {
    "status": _STATUS,
    "service": _SERVICE,
    "category": _CATEGORY,
    **dict.fromkeys(("priority", "impact", "urgency", "closure_code", "entry_type"), _VALUES),
}

FILES: dict[str, str] = {
    "migrate.yaml": _CONFIG,
    ".gitignore": "state/\nassess/\nconcierge/\narticles/\nforms/\n*.db\n*.db-wal\n*.db-shm\n",
    "mappings/policy.yaml": _POLICY,
    **{
        f"mappings/values/{name}.yaml": text + _PROPOSED.format(name)
        for name, text in _LISTS.items()
    },
    "mappings/sprints.yaml": _SPRINTS,
}
"""Path below the workspace → content."""
