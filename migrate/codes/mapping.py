"""Fix a mapping."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "mapping-yaml": (
        "A mapping file cannot be read",
        "Correct the named line; see the file's YAML.",
    ),
    "mapping-form": (
        "A mapping entry is not in the form it must have",
        "Correct the named line.",
    ),
    "mapping-twice": (
        "Something is decided twice",
        "Keep one of the two lines.",
    ),
    "mapping-missing": (
        "A mapping file is missing",
        "Write the file, or remove the folder.",
    ),
    "mapping-file-unknown": (
        "A mapping file has a name that nothing reads",
        "Rename or remove the file.",
    ),
    "value-unmapped": (
        "A HPSM value has no mapping",
        "Write a line for it into the named file; `migrate map propose` writes those that it is"
        " sure of, and what else it would say into the .seen.yaml beside it.",
    ),
    "value-target-unknown": (
        "A mapping names an entry that TOPdesk does not have",
        "Use an entry of TOPdesk's list, or have it made in TOPdesk.",
    ),
    "category-pair-unknown": (
        "A subcategory does not belong to its category",
        "Use a subcategory of that category in TOPdesk.",
    ),
    "group-name-too-long": (
        "A group's name is too long for TOPdesk",
        "Choose a shorter name.",
    ),
    "group-names-collide": (
        "Two groups become one without a decision",
        "Give one of them another name, or decide `action: merge`.",
    ),
    "group-unknown": (
        "HPSM has no such group",
        "Correct the name, or extract again if it is new.",
    ),
    "group-target-unknown": (
        "A decision names a TOPdesk group that will not be there",
        "Correct the name.",
    ),
    "group-outside-unit": (
        "An entry is about a group of another unit",
        "Add the group to unit.yaml, or remove the entry.",
    ),
    "group-in-two-units": (
        "A group is in two units",
        "Take it out of one of the two unit.yaml.",
    ),
    "group-in-no-unit": (
        "HPSM groups are in no unit",
        "Add each to the unit.yaml of the unit that moves it.",
    ),
    "right-unknown": (
        "A permission group or filter that TOPdesk does not have",
        "Correct its name in unit.yaml, or have a TOPdesk administrator make it.",
    ),
    "entry-missing": (
        "Something has no entry",
        "Run `migrate map propose`, then decide.",
    ),
    "entry-ambiguous": (
        "A name stands in several files of a unit",
        "Say which file is meant with --file.",
    ),
    "decision-missing": (
        "An entry has no decision",
        "Decide, then `migrate map approve`.",
    ),
    "decision-incomplete": (
        "A decision lacks something",
        "Add what is expected.",
    ),
    "decision-conflict": (
        "Two units decide differently about one operator",
        "Agree on one decision.",
    ),
    "operator-unknown": (
        "There is no such operator",
        "Correct the login name.",
    ),
    "operator-twice": (
        "Two operators become one",
        "Give each a login name of their own.",
    ),
    "restricted-unknown": (
        "Nobody has said whether a group is restricted",
        "Set `restricted: true` or `false`; until then what belongs to it is held.",
    ),
    "approval-missing": (
        "An entry is not approved",
        "Look at it, then `migrate map approve`.",
    ),
    "approval-rejected": (
        "An entry was rejected",
        "Decide anew, then approve.",
    ),
    "approval-lapsed": (
        "What was approved has changed",
        "Look at what changed, then approve again.",
    ),
    "approval-edited": (
        "An approved entry was edited",
        "Look at the entry, then approve it as it is now.",
    ),
    "answers-missing": (
        "A group that moves lacks an owner, deputy or purpose",
        "Write `answers` in groups.yaml, then approve.",
    ),
    "approval-not-entitled": (
        "An approval by somebody who may not give it",
        "Have an owner approve, or name whoever may in unit.yaml.",
    ),
    "branch-unknown": (
        "TOPdesk has no such branch",
        "Correct the name, or let the policy create it.",
    ),
    "confidential-marks-nothing": (
        "What should mark confidential tickets marks none",
        "Write the words as HPSM has them; until then no single ticket is held.",
    ),
    "confidential-value-near": (
        "A value is much like one that marks a ticket as confidential",
        "Name it under `tickets.confidential` in policy.yaml where it is, else do nothing.",
    ),
    "policy-value-unknown": (
        "policy.yaml names something unknown",
        "Correct the named line.",
    ),
    "unit-unknown": (
        "There is no such unit",
        "Correct the unit's name.",
    ),
    "unit-in-two-sprints": (
        "A unit is in two sprints",
        "Take it out of one of them.",
    ),
    "sprint-unknown": (
        "There is no such sprint",
        "Correct the sprint's name.",
    ),
    "notifications-on": (
        "TOPdesk would send mails during the load",
        "Switch TOPdesk's rules off, then write `notifications_off: {by: …, at: …}` in the sprint.",
    ),
    "read-before-freeze": (
        "HPSM was read before it was closed for the sprint",
        "Read HPSM again after the freeze: what is written there until then is not in this load.",
    ),
    "group-missing": (
        "A ticket names no group",
        "Give its service a default_group in values/service.yaml, or a group in HPSM.",
    ),
    "article-undecided": (
        "Nobody decided what becomes of an article",
        "Decide on its category, or on it, in the unit's knowledge.yaml, and approve it.",
    ),
    "article-restriction-unknown": (
        "Nobody has said whether articles or texts are restricted",
        "Write restricted: true or false on the category in the unit's knowledge.yaml.",
    ),
    "translation-alone": (
        "An article is the translation of one that does not move",
        "Correct translation_of, or let the original move.",
    ),
    "text-undecided": (
        "Nobody decided what becomes of a standard text",
        "Decide in the unit's texts.yaml, and approve it.",
    ),
    "service-undecided": (
        "Nobody decided what becomes of a catalogue item",
        "Decide in the unit's services.yaml, and approve it.",
    ),
    "service-unconfirmed": (
        "A service would be made that cannot be taken back",
        "Have somebody confirm it in policy.yaml, or decide `map`.",
    ),
    "service-target-unknown": (
        "A decision names a service that TOPdesk does not have",
        "Correct the name, or decide `create`.",
    ),
    "folder-title-too-long": (
        "A folder's title is too long for TOPdesk",
        "Choose a shorter one.",
    ),
    "language-unknown": (
        "A language is not one that knowledge is written in",
        "Use one of TOPdesk's list, and name it in target.languages of migrate.yaml.",
    ),
    "knowledge-status-unknown": (
        "The policy names a knowledge status that TOPdesk does not have",
        "Use one of TOPdesk's statuses, or have it made there.",
    ),
    "content-source-unknown": (
        "An entry is about something that HPSM does not have",
        "Correct the name, or extract again if it is new.",
    ),
    "category-in-two-units": (
        "A knowledge category is in two units",
        "Take it out of one of the two unit.yaml.",
    ),
    "group-undecided": (
        "Nobody decided what becomes of a group",
        "Decide in the unit's groups.yaml (map, merge, retire or leave) and approve it.",
    ),
    "group-restriction-unknown": (
        "Nobody has said whether a group is restricted",
        "Write restricted: true or false on the group in its unit's groups.yaml.",
    ),
    "name-too-long": (
        "A name does not fit TOPdesk",
        "Shorten the name in the mapping that the record names.",
    ),
    "operator-undecided": (
        "Nobody decided what becomes of an operator",
        "Decide in the unit's operators.yaml (map, create or leave) and approve it.",
    ),
    "operator-decided-twice": (
        "Units name different TOPdesk logins for one operator",
        "Agree on one target in the operators.yaml files that the record names.",
    ),
    "confirmed-not-restricted": (
        "TOPdesk's filters are confirmed for a group that is not restricted",
        "Write `restricted: true`, or remove `confirmed`.",
    ),
    "form-unknown": (
        "forms.yaml names a form that HPSM does not have",
        "Correct the name, or remove the entry.",
    ),
    "form-target-unknown": (
        "A form leads to something that is not there",
        "Give a link an address, and merge into a form of the same file that is built.",
    ),
    "form-not-to-build": (
        "A form is said to be built that nobody decided to build",
        "Decide `build`, or remove `built`.",
    ),
    "sheet-conflict": (
        "A cell of a workbook and the files were both changed",
        "Settle it in the small workbook that was written, and import that.",
    ),
    "sheet-answer": (
        "A cell of a workbook holds no answer that can stand",
        "Correct it in the small workbook that was written, and import that.",
    ),
    "sheet-row": (
        "A row of a workbook cannot be placed",
        "Write the answers of the named cells into the row that they belong to.",
    ),
    "sheet-ignored": (
        "Something in a workbook was changed that is not an answer",
        "Look whether it says something that should stand in a white column.",
    ),
    "sheet-base": (
        "It is not known what a workbook was exported with",
        "Settle each difference, or export anew and fill that in.",
    ),
    "no-key": (
        "A record has no key by which it could be found again",
        "Give the person or operator a login, e-mail or employee number.",
    ),
    "group-in-other-branch": (
        "The group's name is taken in another branch",
        "Choose another name in groups.yaml, or correct the branch.",
    ),
}
"""Code → its title, and the remedy in one sentence."""
