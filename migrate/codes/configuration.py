"""Fix the configuration, the credentials or the command."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "config-missing": (
        "There is no workspace here",
        "Run `migrate init DIR`, or give --workspace.",
    ),
    "config-invalid": (
        "The configuration cannot be used",
        "Correct the named line of migrate.yaml and run `migrate check`.",
    ),
    "secret-missing": (
        "A password is not set",
        "Set the named environment variable, or store it in the keyring.",
    ),
    "source-unreachable": (
        "The source cannot be opened",
        "Correct source.url (or the variable that source.url_env names) and run `migrate check`.",
    ),
    "source-driver-missing": (
        "The database's driver is not installed",
        "Install it as the message says, and run `migrate check`.",
    ),
    "source-table-missing": (
        "A table or file of the source is not there",
        "Name the right one under source.tables or source.files in migrate.yaml.",
    ),
    "source-column-missing": (
        "A column of the source is not there",
        "Name the right column under source.tables in migrate.yaml, or set the field to null.",
    ),
    "source-format": (
        "A file does not have the form that the configuration says",
        "Correct separator, encoding, dates or time_zone under source.files in migrate.yaml.",
    ),
    "source-credentials": (
        "HPSM refuses the user or the password",
        "Set the right password, see that HPSM has not locked the user, then `migrate check`.",
    ),
    "source-unsorted": (
        "HPSM does not sort a list by its key",
        "Name the HPSM field of the key under source.tables.TABLE.sort in migrate.yaml.",
    ),
    "derive-invalid": (
        "A derived kind is not described correctly",
        "Correct the named line under source.derive in migrate.yaml.",
    ),
    "state-not-shared": (
        "Workers need a state that they can share",
        "Name a PostgreSQL database under state.url in migrate.yaml.",
    ),
    "files-elsewhere": (
        "A worker does not have the files of tickets",
        "Let state.folder be the same folder for all workers: a network share.",
    ),
    "state-refused": (
        "The database of the state does not let us in",
        "Correct state.url or the password, or give the user the right to make schemas there.",
    ),
    "second-factor-unreadable": (
        "The list of logins with a second factor cannot be read",
        "Put the file beside policy.yaml, or take governance.second_factor out.",
    ),
    "snapshot-empty": (
        "Nothing was extracted yet",
        "Run `migrate extract`.",
    ),
    "pages-unreadable": (
        "The list of links on other pages cannot be read",
        "Give a CSV whose first line names the columns page and link.",
    ),
    "snapshot-column-type": (
        "A field changed its type since it was first extracted",
        "Give the field its former type, or delete snapshot.db and run `migrate extract --full`.",
    ),
    "source-unreadable": (
        "A table of the source cannot be read",
        "Correct its `where` in migrate.yaml, or give the user the right to read it.",
    ),
    "target-address": (
        "No TOPdesk answers at the address",
        "Give target.url as the address before /tas/api, and look for a redirect or a proxy.",
    ),
    "target-certificate": (
        "The target's certificate is not trusted",
        "Name the CA bundle in REQUESTS_CA_BUNDLE, or have the certificate mended.",
    ),
    "credentials-refused": (
        "TOPdesk refuses the user or the application password",
        "Make a new application password (they expire), set it, and run `migrate check`.",
    ),
    "permission-missing": (
        "The account may not read what is needed",
        "Give its permission group REST API and read permission on the module, and no filters.",
    ),
    "account-filtered": (
        "Filters hide records from the account",
        "Take them off in TOPdesk: what no look-up shows would be made again.",
    ),
    "lookup-refused": (
        "TOPdesk refuses a look-up",
        "See that the field is switched on in this TOPdesk, and that the account may read it.",
    ),
    "target-forbidden": (
        "TOPdesk does not allow this change, or does not show this record",
        "Give the account the permission; an archived record must be unarchived first.",
    ),
    "target-blocked": (
        "Something before TOPdesk stops a request",
        "Have the firewall or the proxy let it through, then `migrate retry`.",
    ),
    "interface-missing": (
        "This TOPdesk does not have an interface",
        "Have TOPdesk's administrator switch it on, or leave what needs it out.",
    ),
    "simulate-exists": (
        "The database already holds an HPSM",
        "Give another database, or delete that one first.",
    ),
    "usage": (
        "The command names something that is not there",
        "Run the command with --help.",
    ),
    "probe-unconfirmed": (
        "Nobody has seen whether TOPdesk sends mails",
        "Load at a terminal and answer, or see beforehand and give --probe-silent.",
    ),
    "archiving-reason-missing": (
        "TOPdesk wants a reason for archiving",
        "Name one of TOPdesk's own in target.archiving_reason.",
    ),
    "state-newer": (
        "A newer version of this tool has written the state",
        "Use that version here too; it is never safe to go on with an older one.",
    ),
    "state-damaged": (
        "A file of the state is damaged",
        "Load nothing and delete nothing: the project team has to look at it first.",
    ),
    "state-other-target": (
        "The state belongs to another target",
        "Use the state folder of this target, or a new one.",
    ),
    "record-unknown": (
        "No store knows this key",
        "Write the number as HPSM does, or run `migrate extract`.",
    ),
    "workspace-exists": (
        "There is a workspace already",
        "Choose another folder.",
    ),
    "sheet-unreadable": (
        "A workbook cannot be read, or is none of ours",
        "Name an .xlsx file that `migrate map export` made.",
    ),
    "sheet-exists": (
        "The workbook is there already",
        "Name another file, or remove that one if nobody needs it.",
    ),
    "sheet-other-unit": (
        "The workbook is another unit's",
        "Leave --unit out, or name the workbook's own unit.",
    ),
    "revision-unknown": (
        "git does not have the version that was named",
        "Name a commit, branch or tag of the repository that holds the mappings.",
    ),
    "simulate-failed": (
        "A simulator did not start",
        "Give another --port, and read the log.",
    ),
    "review-port": (
        "The review page has no port to listen on",
        "End the other program, or give another port with --port.",
    ),
}
"""Code → its title, and the remedy in one sentence."""
