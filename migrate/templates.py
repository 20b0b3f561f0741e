"""The files of a new workspace: every key that is needed, with what it means beside it."""

from __future__ import annotations

_CONFIG = """\
# Where HPSM is read, where TOPdesk is written, and where the state lies.
# Secrets stand in the environment (or the keyring), never here.
source:
  name: hpsm                      # part of every record's identity: never change it later
  type: sql                       # sql | exports
  url: sqlite:///hpsm.db          # any SQLAlchemy URL; or url_env: NAME of a variable that holds it
  # tables:                       # where this installation differs from the usual names
  #   incidents:
  #     table: PROBSUMMARYM1
  #     fields: {pending_until: RB_PENDING_UNTIL, pending_code: null}

target:
  url: http://127.0.0.1:8080
  user: migrate                   # the operator whose application password is used
  password_env: TOPDESK_PASSWORD
  connections: 16                 # never more requests at once than this
  timeout: 60                     # seconds to wait for an answer
  settle_window: 180              # seconds; longer than TOPdesk's longest request

state:
  folder: state                   # journal, snapshot and plan; keep it out of version control

mappings: mappings
"""

_POLICY = """\
# Choices that hold for all units.
time_zone: Europe/Oslo
history:
  style: folded                   # folded | entries
people:
  create_persons: false           # people come from the directory
  create_operators: false
  create_departments: false
  create_branches: false
tickets:
  further_numbers: optionalFields1.text1
"""

_VALUES = "# HPSM value: TOPdesk value. `migrate map propose` fills in what is missing.\n{}\n"

_STATUS = """\
# HPSM status: {state: open | on_hold | completed | closed, target: TOPdesk's processing status}
{}
"""

_SPRINTS = """\
# Which units go when.
# - name: pilot
#   units: [it]
#   scope: {open: true, closed_since: 2019-01-01}
#   freeze: 2019-09-27T16:00:00+02:00
#   notifications_off: {by: somebody@example.no, at: 2019-09-27}
[]
"""

FILES: dict[str, str] = {
    "migrate.yaml": _CONFIG,
    ".gitignore": "state/\n*.db\n*.db-wal\n*.db-shm\n",
    "mappings/policy.yaml": _POLICY,
    "mappings/values/status.yaml": _STATUS,
    **{
        f"mappings/values/{name}.yaml": _VALUES
        for name in ("priority", "impact", "urgency", "category", "closure_code", "entry_type")
    },
    "mappings/values/service.yaml": (
        "# HPSM service: {category, subcategory, default_group}\n{}\n"
    ),
    "mappings/sprints.yaml": _SPRINTS,
}
