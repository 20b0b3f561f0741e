"""Errors by what the reader does about them, each with a code that the runbook explains.

    MigrateError
      ConfigurationError   exit 2   fix the configuration, credentials or the command
      MappingError         exit 4   fix a mapping
      DataError            exit 3   fix the data
      StoppedError         exit 5   wait, or type the same command again
      LookError            exit 6   a person must look: in doubt, conflict, differences
      BugError             exit 1   report a bug

Every code in `CODES` has a heading in `runbooks/errors.md`; a test holds that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import Any, ClassVar


class Exit(IntEnum):
    """Exit codes, as the runbooks promise them."""

    OK = 0
    BUG = 1
    USAGE = 2
    SOME_FAILED = 3
    MAPPING = 4
    STOPPED = 5
    DIFFERENCES = 6
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of problem: who acts (`action`), a title, and the remedy in one sentence."""

    action: str
    title: str
    remedy: str


CONFIGURATION = "fix the configuration"
MAPPING = "fix a mapping"
DATA = "fix the data"
WAIT = "wait"
LOOK = "look"
BUG = "report a bug"

CODES: dict[str, Code] = {
    "config-missing": Code(
        CONFIGURATION, "There is no workspace here", "Run `migrate init DIR`, or give --workspace."
    ),
    "config-invalid": Code(
        CONFIGURATION,
        "The configuration cannot be used",
        "Correct the named line of migrate.yaml and run `migrate check`.",
    ),
    "secret-missing": Code(
        CONFIGURATION,
        "A password is not set",
        "Set the named environment variable, or store it in the keyring.",
    ),
    "source-unreachable": Code(
        CONFIGURATION,
        "The source cannot be opened",
        "Correct source.url (or the variable that source.url_env names) and run `migrate check`.",
    ),
    "source-table-missing": Code(
        CONFIGURATION,
        "A table or file of the source is not there",
        "Name the right one under source.tables or source.files in migrate.yaml.",
    ),
    "source-column-missing": Code(
        CONFIGURATION,
        "A column of the source is not there",
        "Name the right column under source.tables in migrate.yaml, or set the field to null.",
    ),
    "source-format": Code(
        CONFIGURATION,
        "A file does not have the form that the configuration says",
        "Correct separator, encoding, dates or time_zone under source.files in migrate.yaml.",
    ),
    "source-lost": Code(
        WAIT,
        "The source went away while it was read",
        "Type the same command again when the source answers.",
    ),
    "record-key-empty": Code(
        DATA,
        "A source record has no key",
        "Give the record its number in HPSM, or accept that it is left out.",
    ),
    "record-repeated": Code(
        DATA,
        "The same key stands twice in the source",
        "Remove the second record in HPSM or from the file; the first one was kept.",
    ),
    "record-malformed": Code(
        DATA,
        "A row does not have as many cells as the header",
        "Correct the line, or export the file again with quoted texts.",
    ),
    "value-unreadable": Code(
        DATA,
        "A value cannot be read as its type",
        "Correct it in HPSM, or the field's type or date form in migrate.yaml; its text is kept.",
    ),
    "time-ambiguous": Code(
        DATA,
        "A local time happened twice when the clocks went back",
        "Nothing, if an hour does not matter; else export the times in GMT.",
    ),
    "derive-invalid": Code(
        CONFIGURATION,
        "A derived kind is not described correctly",
        "Correct the named line under source.derive in migrate.yaml.",
    ),
    "snapshot-column-type": Code(
        CONFIGURATION,
        "A field changed its type since it was first extracted",
        "Give the field its former type, or delete snapshot.db and run `migrate extract --full`.",
    ),
    "source-unreadable": Code(
        CONFIGURATION,
        "A table of the source cannot be read",
        "Correct its `where` in migrate.yaml, or give the user the right to read it.",
    ),
    "mapping-yaml": Code(
        MAPPING, "A mapping file cannot be read", "Correct the named line; see the file's YAML."
    ),
    "mapping-form": Code(
        MAPPING, "A mapping entry is not in the form it must have", "Correct the named line."
    ),
    "mapping-twice": Code(MAPPING, "Something is decided twice", "Keep one of the two lines."),
    "mapping-missing": Code(
        MAPPING, "A mapping file is missing", "Write the file, or remove the folder."
    ),
    "mapping-file-unknown": Code(
        MAPPING, "A mapping file has a name that nothing reads", "Rename or remove the file."
    ),
    "value-unmapped": Code(
        MAPPING,
        "A HPSM value has no mapping",
        "Run `migrate map propose`, then add the line to the named file.",
    ),
    "value-target-unknown": Code(
        MAPPING,
        "A mapping names an entry that TOPdesk does not have",
        "Use an entry of TOPdesk's list, or have it made in TOPdesk.",
    ),
    "category-pair-unknown": Code(
        MAPPING,
        "A subcategory does not belong to its category",
        "Use a subcategory of that category in TOPdesk.",
    ),
    "group-name-too-long": Code(
        MAPPING, "A group's name is too long for TOPdesk", "Choose a shorter name."
    ),
    "group-names-collide": Code(
        MAPPING,
        "Two groups become one without a decision",
        "Give one of them another name, or decide `action: merge`.",
    ),
    "group-unknown": Code(
        MAPPING, "HPSM has no such group", "Correct the name, or extract again if it is new."
    ),
    "group-target-unknown": Code(
        MAPPING, "A decision names a TOPdesk group that will not be there", "Correct the name."
    ),
    "group-outside-unit": Code(
        MAPPING,
        "An entry is about a group of another unit",
        "Add the group to unit.yaml, or remove the entry.",
    ),
    "group-in-two-units": Code(
        MAPPING, "A group is in two units", "Take it out of one of the two unit.yaml."
    ),
    "group-in-no-unit": Code(
        MAPPING,
        "HPSM groups are in no unit",
        "Add each to the unit.yaml of the unit that moves it.",
    ),
    "entry-missing": Code(
        MAPPING, "Something has no entry", "Run `migrate map propose`, then decide."
    ),
    "decision-missing": Code(
        MAPPING, "An entry has no decision", "Decide, then `migrate map approve`."
    ),
    "decision-incomplete": Code(MAPPING, "A decision lacks something", "Add what is expected."),
    "decision-conflict": Code(
        MAPPING, "Two units decide differently about one operator", "Agree on one decision."
    ),
    "operator-unknown": Code(MAPPING, "There is no such operator", "Correct the login name."),
    "operator-twice": Code(
        MAPPING, "Two operators become one", "Give each a login name of their own."
    ),
    "restricted-unknown": Code(
        MAPPING,
        "Nobody has said whether a group is restricted",
        "Set `restricted: true` or `false`; until then its tickets are held.",
    ),
    "approval-missing": Code(
        MAPPING, "An entry is not approved", "Look at it, then `migrate map approve`."
    ),
    "approval-rejected": Code(MAPPING, "An entry was rejected", "Decide anew, then approve."),
    "approval-lapsed": Code(
        MAPPING, "What was approved has changed", "Look at what changed, then approve again."
    ),
    "approval-edited": Code(
        MAPPING, "An approved entry was edited", "Look at the entry, then approve it as it is now."
    ),
    "branch-unknown": Code(
        MAPPING, "TOPdesk has no such branch", "Correct the name, or let the policy create it."
    ),
    "policy-value-unknown": Code(
        MAPPING, "policy.yaml names something unknown", "Correct the named line."
    ),
    "unit-unknown": Code(MAPPING, "There is no such unit", "Correct the unit's name."),
    "unit-in-two-sprints": Code(MAPPING, "A unit is in two sprints", "Take it out of one of them."),
    "sprint-unknown": Code(MAPPING, "There is no such sprint", "Correct the sprint's name."),
    "notifications-on": Code(
        MAPPING,
        "TOPdesk would send mails during the load",
        "Switch TOPdesk's rules off, then write `notifications_off: {by: …, at: …}` in the sprint.",
    ),
    "target-address": Code(
        CONFIGURATION,
        "No TOPdesk answers at the address",
        "Give target.url as the address before /tas/api, and look for a redirect or a proxy.",
    ),
    "target-certificate": Code(
        CONFIGURATION,
        "The target's certificate is not trusted",
        "Name the CA bundle in REQUESTS_CA_BUNDLE, or have the certificate mended.",
    ),
    "credentials-refused": Code(
        CONFIGURATION,
        "TOPdesk refuses the user or the application password",
        "Make a new application password (they expire), set it, and run `migrate check`.",
    ),
    "permission-missing": Code(
        CONFIGURATION,
        "The account may not read what is needed",
        "Give its permission group REST API and read permission on the module, and no filters.",
    ),
    "lookup-refused": Code(
        CONFIGURATION,
        "TOPdesk refuses a look-up",
        "See that the field is switched on in this TOPdesk, and that the account may read it.",
    ),
    "target-unreachable": Code(
        WAIT, "TOPdesk does not answer", "Type the same command again when it does."
    ),
    "target-failing": Code(
        WAIT,
        "TOPdesk answers, but nothing that can be used",
        "Look at TOPdesk or the proxy before it, then type the same command again.",
    ),
    "target-busy": Code(
        WAIT, "TOPdesk asks for patience", "Nothing to do: it is sent again when TOPdesk is ready."
    ),
    "no-answer": Code(
        LOOK, "A request got no answer in time", "Settled by asking TOPdesk; run `migrate status`."
    ),
    "connection-cut": Code(
        LOOK,
        "The connection broke while a request was under way",
        "Settled by asking TOPdesk; run `migrate status`.",
    ),
    "answer-unclear": Code(
        LOOK,
        "The answer does not say whether the request was done",
        "Settled by asking TOPdesk; run `migrate status`.",
    ),
    "target-forbidden": Code(
        CONFIGURATION,
        "TOPdesk does not allow this change",
        "Give the account write permission; an archived record must be unarchived first.",
    ),
    "target-field-missing": Code(
        DATA, "TOPdesk requires a field", "Fill it in HPSM or by a mapping, then `migrate retry`."
    ),
    "target-value-not-found": Code(
        DATA,
        "TOPdesk does not know a value",
        "See that it exists and may be used for this (an operator's task, say); `migrate retry`.",
    ),
    "target-value-invalid": Code(
        DATA, "TOPdesk cannot read a value", "Correct the value, then `migrate retry`."
    ),
    "target-value-too-long": Code(
        DATA, "A value is too long for TOPdesk", "Shorten the value, then `migrate retry`."
    ),
    "target-duplicate": Code(
        LOOK, "TOPdesk has such a record already", "Map to the one that is there, or rename."
    ),
    "target-record-missing": Code(
        LOOK,
        "A record is gone from TOPdesk",
        "See who removed it, or what it names, and plan again.",
    ),
    "target-refused": Code(
        DATA,
        "TOPdesk refused a record without saying why in known words",
        "Enter the record by hand in a test TOPdesk to see the reason, then `migrate retry`.",
    ),
    "target-field-unknown": Code(
        BUG, "TOPdesk does not know a field that was sent", "Report it with TOPdesk's version."
    ),
    "target-request-invalid": Code(
        BUG, "TOPdesk does not know a request that was sent", "Report it with TOPdesk's version."
    ),
    "value-not-sendable": Code(
        DATA, "A text holds what JSON cannot carry", "Correct the text in HPSM; report it."
    ),
    "group-missing": Code(
        MAPPING,
        "A ticket names no group",
        "Give its service a default_group in values/service.yaml, or a group in HPSM.",
    ),
    "group-undecided": Code(
        MAPPING,
        "Nobody decided what becomes of a group",
        "Decide in the unit's groups.yaml (map, merge, retire or leave) and approve it.",
    ),
    "group-restricted": Code(
        WAIT,
        "Tickets of a restricted group are held",
        "Confirm TOPdesk's filters for the group by name and date; nothing is sent before.",
    ),
    "group-restriction-unknown": Code(
        MAPPING,
        "Nobody has said whether a group is restricted",
        "Write restricted: true or false on the group in its unit's groups.yaml.",
    ),
    "unit-not-moved": Code(
        WAIT,
        "A ticket belongs to a unit that has not moved",
        "Give the unit a folder under mappings/units, or wait for its sprint.",
    ),
    "major-call": Code(
        WAIT,
        "Several interactions belong to one incident",
        "Nothing to do: the ticket waits until major calls can be built.",
    ),
    "members-of-two-records": Code(
        LOOK,
        "Two loaded records would become one",
        "Look at both in TOPdesk, decide which one stays, and undo the other.",
    ),
    "number-too-long": Code(
        DATA,
        "A ticket's number does not fit TOPdesk's external number",
        "Correct the number in HPSM; TOPdesk takes 60 characters.",
    ),
    "name-too-long": Code(
        MAPPING,
        "A name does not fit TOPdesk",
        "Shorten the name in the mapping that the record names.",
    ),
    "operator-undecided": Code(
        MAPPING,
        "Nobody decided what becomes of an operator",
        "Decide in the unit's operators.yaml (map, create or leave) and approve it.",
    ),
    "operator-decided-twice": Code(
        MAPPING,
        "Units name different TOPdesk logins for one operator",
        "Agree on one target in the operators.yaml files that the record names.",
    ),
    "person-without-key": Code(
        DATA,
        "A person has no key that TOPdesk can be asked by",
        "Fill employee number, user id or e-mail in HPSM, or change people.keys in policy.yaml.",
    ),
    "simulate-exists": Code(
        CONFIGURATION,
        "The database already holds an HPSM",
        "Give another database, or delete that one first.",
    ),
    "usage": Code(
        CONFIGURATION,
        "The command names something that is not there",
        "Run the command with --help.",
    ),
    "state-other-target": Code(
        CONFIGURATION,
        "The state belongs to another target",
        "Use the state folder of this target, or a new one.",
    ),
    "state-unwritable": Code(
        WAIT,
        "The state cannot be written",
        "Make room on the disk, then type the same command again.",
    ),
    "unit-locked": Code(
        WAIT,
        "Another load is at work on this unit",
        "Wait for it to end, then type the same command again.",
    ),
    "stopped": Code(
        WAIT,
        "The load was stopped by hand",
        "Type the same command again; it goes on.",
    ),
    "error-budget": Code(
        LOOK,
        "Too many records failed",
        "Run `migrate status --reasons`, mend the cause, then `migrate retry`.",
    ),
    "parent-missing": Code(
        WAIT,
        "A record waits for one that is not in TOPdesk yet",
        "Load or mend what it waits for, then type the same command again.",
    ),
    "no-key": Code(
        MAPPING,
        "A record has no key by which it could be found again",
        "Give the person or operator a login, e-mail or employee number.",
    ),
    "doubles-in-target": Code(
        LOOK,
        "TOPdesk has this record more than once",
        "Compare the candidates in TOPdesk and archive the wrong ones.",
    ),
    "late-in-target": Code(
        LOOK,
        "TOPdesk has what was believed lost",
        "Run `migrate retry` and `migrate load`: it is looked up before anything is sent again.",
    ),
    "undecidable": Code(
        LOOK,
        "Nobody can tell whether this was done",
        "Look in TOPdesk, then mend the record by hand.",
    ),
    "several-in-target": Code(
        LOOK,
        "The key fits several records in TOPdesk",
        "Make the key unique in TOPdesk, then plan again.",
    ),
    "group-in-other-branch": Code(
        MAPPING,
        "The group's name is taken in another branch",
        "Choose another name in groups.yaml, or correct the branch.",
    ),
    "record-unknown": Code(
        CONFIGURATION,
        "No store knows this key",
        "Write the number as HPSM does, or run `migrate extract`.",
    ),
    "workspace-exists": Code(
        CONFIGURATION,
        "There is a workspace already",
        "Choose another folder.",
    ),
    "simulate-failed": Code(
        CONFIGURATION,
        "A simulator did not start",
        "Give another --port, and read the log.",
    ),
    "totals-differ": Code(
        BUG,
        "The buckets do not add up to what was extracted",
        "Report it with the unit; load nothing more of it.",
    ),
    "gone": Code(
        LOOK,
        "What was loaded is not in TOPdesk any more",
        "Look in TOPdesk whether it was removed, then decide.",
    ),
    "differs": Code(
        LOOK,
        "TOPdesk shows something else than was sent",
        "Look at the named fields; a person may have changed them.",
    ),
    "bug": Code(BUG, "The tool met something it does not understand", "Report it with the code."),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where, what, what was expected, what to do.

    `place` is `file:line` or a record key. `near` are legal values that look similar.
    `message` and `expected` never hold ticket text, personal data or secrets.
    """

    code: str
    place: str
    message: str
    expected: str = ""
    remedy: str = ""
    near: tuple[str, ...] = ()
    warning: bool = False

    @property
    def what_to_do(self) -> str:
        return self.remedy or CODES[self.code].remedy

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "remedy": self.what_to_do}


class MigrateError(Exception):
    """A stop that a person can act on. Holds every problem found, not only the first."""

    exit_code: ClassVar[Exit] = Exit.BUG

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems: Sequence[Problem] = (
            [problems] if isinstance(problems, Problem) else list(problems)
        )
        super().__init__("; ".join(f"{p.place}: {p.message}" for p in self.problems))


class ConfigurationError(MigrateError):
    """Fix the configuration, the credentials or the command."""

    exit_code = Exit.USAGE


class MappingError(MigrateError):
    """Fix a mapping; nothing was loaded."""

    exit_code = Exit.MAPPING


class DataError(MigrateError):
    """Fix the data; the rest of the run went on."""

    exit_code = Exit.SOME_FAILED


class StoppedError(MigrateError):
    """Stopped in a safe place; the same command goes on."""

    exit_code = Exit.STOPPED


class LookError(MigrateError):
    """A person must look."""

    exit_code = Exit.DIFFERENCES


class BugError(MigrateError):
    """Ours to mend."""

    exit_code = Exit.BUG
