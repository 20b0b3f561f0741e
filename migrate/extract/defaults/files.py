"""Which HPSM file an alias table reads: the name that a dbdict and an unload file have for it.

Seen in dbdicts, in extaccess and in code against installations; the files of standard texts and of
interactions' activities were not seen and are proposals.
"""

from __future__ import annotations

FILES: dict[str, str] = {
    "departments": "dept",
    "locations": "location",
    "contacts": "contacts",
    "operators": "operator",
    "groups": "assignment",
    "members": "assignment",
    "interactions": "incidents",
    "incidents": "probsummary",
    "activities": "activity",
    "interaction_activities": "activityservicemgt",
    "relations": "screlation",
    "attachments": "SYSATTACHMENTS",
    "knowledge": "kmdocument",
    "catalogue": "svcCatalog",
    "texts": "stdtext",
    "requests": "ocmq",
    "changes": "cm3r",
    "problems": "rootcause",
    "change_tasks": "cm3t",
    "problem_tasks": "rootcausetask",
    "incident_tasks": "imTask",
    "request_tasks": "ocml",
}
"""Name of the alias table → file. Names of files are the same in any letters' case."""
