"""Fix the data, in HPSM or in the hand-over."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "record-key-empty": (
        "A source record has no key",
        "Give the record its number in HPSM, or accept that it is left out.",
    ),
    "record-key-unusable": (
        "The key of a source record has a NUL character inside",
        "Correct the key in HPSM, or in a view that is read instead; the record is left out.",
    ),
    "record-repeated": (
        "The same key stands twice in the source",
        "Remove one of the two in HPSM or from the file; the one that was modified last was kept, "
        "else the first. Where an installation numbers activities anew in each ticket, say their "
        "`key` in migrate.yaml.",
    ),
    "record-malformed": (
        "A row does not have as many cells as the header",
        "Correct the line, or export the file again with quoted texts.",
    ),
    "file-broken": (
        "A file ends early, or is broken inside",
        "Export it again, and copy it as it is; what stands before the place was read.",
    ),
    "excel-changed": (
        "Excel does not hold what was exported",
        "Export as CSV or XML, or give the column Excel's format Text before the data comes in.",
    ),
    "record-unreadable": (
        "HPSM sends a record that cannot be read",
        "Open the record in HPSM and save it again; look in HPSM's log if that does not help.",
    ),
    "record-damaged": (
        "A record of an unload file is damaged",
        "Unload it again and copy the file as binary (FTP's text mode breaks it).",
    ),
    "record-undefined": (
        "Records stand in an unload file without what they are of",
        "Unload them again together with their dbdict, as HPSM's own export does.",
    ),
    "record-superseded": (
        "Unload files hold older copies of a record",
        "Nothing: the newest one was read.",
    ),
    "text-encoding": (
        "A text is not in UTF-8",
        "See that it reads well; if not, name its encoding in source.encoding in migrate.yaml.",
    ),
    "value-unreadable": (
        "A value cannot be read as its type",
        "Correct it in HPSM, or the field's type or date form in migrate.yaml; its text is kept.",
    ),
    "rc-blob-form": (
        "A blob does not hold what its dbdict says",
        "Give the dbdict of this installation, or set source.descriptor (or the field's member).",
    ),
    "time-ambiguous": (
        "A local time happened twice when the clocks went back",
        "Nothing, if an hour does not matter; else export the times in GMT.",
    ),
    "attachment-broken": (
        "A file of a ticket cannot be read whole",
        "Open it in HPSM; if it opens there, read it again, else accept that it is lost.",
    ),
    "attachment-odd": (
        "A file is whole, but its record in HPSM says something else of it",
        "Nothing: the file's own checksum or length was believed, and it is kept.",
    ),
    "attachment-content-missing": (
        "The content of a file is not in the state folder, or not as long as it was",
        "Run `migrate extract --kind attachments --full`, then `migrate retry`.",
    ),
    "attachment-refused": (
        "TOPdesk does not take a file",
        "Allow its size or type in TOPdesk, or leave it out by `attachments` in policy.yaml; "
        "`migrate retry`.",
    ),
    "attachment-unusable": (
        "TOPdesk does not take what a file holds",
        "Mend the file in HPSM and extract it again, or leave it out; then `migrate retry`.",
    ),
    "target-field-missing": (
        "TOPdesk requires a field",
        "Fill it in HPSM or by a mapping, then `migrate retry`.",
    ),
    "target-value-not-found": (
        "TOPdesk does not know a value",
        "See that it exists and may be used for this (an operator's task, say); `migrate retry`.",
    ),
    "target-value-refused": (
        "TOPdesk does not take a value",
        "See in `migrate failures` who mends it; then `migrate retry`.",
    ),
    "target-value-invalid": (
        "TOPdesk cannot read a value",
        "Correct the value, then `migrate retry`.",
    ),
    "target-value-too-long": (
        "A value is too long for TOPdesk",
        "Shorten the value, then `migrate retry`.",
    ),
    "target-refused": (
        "TOPdesk refused a record without saying why in known words",
        "Enter the record by hand in a test TOPdesk to see the reason, then `migrate retry`.",
    ),
    "value-not-sendable": (
        "A text holds what JSON cannot carry",
        "Correct the text in HPSM; report it.",
    ),
    "number-too-long": (
        "A ticket's number does not fit TOPdesk's external number",
        "Correct the number in HPSM; TOPdesk takes 60 characters.",
    ),
    "number-shared": (
        "An interaction and an incident that do not belong together have the same number",
        "Read one of the tables through a view that puts a prefix before its numbers, also where "
        "relations, activities and files name them, or take one of the two out.",
    ),
    "person-without-key": (
        "A person has no key that TOPdesk can be asked by",
        "Fill employee number, user id or e-mail in HPSM, or change people.keys in policy.yaml.",
    ),
}
"""Code → its title, and the remedy in one sentence."""
