"""The kinds of dirt that a real HPSM holds, and how much of each the invented one gets."""

from __future__ import annotations

from collections import Counter, defaultdict
from enum import StrEnum
from typing import NamedTuple

EXAMPLES = 25
"""How many keys are remembered per kind."""


class Dirt(StrEnum):
    """One kind of trouble. The key that is counted stands in brackets."""

    # in the text of a ticket [ticket number]
    MOJIBAKE = "mojibake"
    CONTROL_CHARACTERS = "control characters"
    TEXT_200_KB = "text of 200 KB"
    TITLE_LONG = "title over 80 characters"
    TITLE_EMPTY = "empty title"
    NATIONAL_ID = "national identity number in text"
    # in the fields of a ticket [ticket number]
    UNKNOWN_STATUS = "unknown status"
    ON_HOLD_WITHOUT_REASON = "on hold without reason"
    ON_HOLD_WITHOUT_DATE = "on hold without date"
    END_BEFORE_START = "end before start"
    TIME_4000 = "4000-01-01 as a time"
    NUMBER_WITH_SLASH = "number with a slash"
    WITHOUT_GROUP = "ticket without group"
    UNKNOWN_GROUP = "ticket of unknown group"
    PRIORITY_WITH_TEXT = "priority with text"
    # between tickets [ticket number; of relations: source>depend]
    RELATION_TO_GONE = "relation to a record that is gone"
    RELATION_SWAPPED = "relation from interaction to incident"
    RELATION_TWICE = "relation in both directions"
    SEVERAL_INTERACTIONS = "several interactions on one incident"
    TWO_INCIDENTS = "one interaction on two incidents"
    WITHOUT_INTERACTION = "incident without interaction"
    # in the history [activity id; of visibility: ticket number]
    VISIBILITY_UNKNOWN = "activities without visibility"
    ACTIVITY_OF_NO_TICKET = "activity of no ticket"
    # people on tickets [ticket number]
    CALLER_LEFT = "caller left"
    CALLER_UNKNOWN = "caller unknown to the contacts"
    ASSIGNEE_LEFT = "open ticket of an assignee who left"
    KEY_TRAILING_BLANKS = "keys with trailing blanks"
    # people [contact key, login, or group|login]
    PERSON_LEFT = "person left"
    CONTACT_TWICE = "one person as two contacts"
    LOGIN_CASE = "login in another case"
    # groups [group name]
    GROUP_EMPTY = "empty group"
    GROUP_ONE_PERSON = "one-person group"
    GROUP_DORMANT = "dormant group"
    GROUP_NAME_LONG = "group name over 30 characters"
    GROUP_NAMES_AGREE = "group names that agree in 30 characters"
    # attachments [application|topic|uid|type]
    FILE_TRUNCATED = "attachment whose end is missing"
    FILE_SEGMENT_MISSING = "attachment that misses a segment"
    FILE_SIZE_WRONG = "attachment of another size than it says"
    FILE_HEADER_BAD = "attachment with a bad RC header"
    FILE_UNWRAPPED = "attachment without RC headers"
    FILE_COMPRESSION_UNKNOWN = "attachment that does not say whether it is compressed"
    FILE_EMPTY = "empty attachment"
    FILE_EXECUTABLE = "executable attachment"
    FILE_OVERSIZED = "oversized attachment"
    FILE_NAME_LONG = "attachment with a long name"
    FILE_NAME_ODD = "attachment with a name that no file can have"
    FILE_NAME_TWICE = "two attachments of one name on one record"
    FILE_CONTENT_TWICE = "attachment that is there twice"
    FILE_OF_NO_RECORD = "attachment of no record"
    # knowledge documents [document id]
    ARTICLE_WORKING_COPY = "working copy of an article"
    ARTICLE_EXPIRED = "published article that has expired"
    ARTICLE_IS_FILE = "article whose body is an attachment"
    ARTICLE_EMPTY = "article without body"
    ARTICLE_WITHOUT_CATEGORY = "article without category"
    ARTICLE_STATUS_UNKNOWN = "article of unknown status"
    ARTICLE_OWNER_LEFT = "article whose owner left"
    ARTICLE_LINK_DEAD = "article with a dead link"
    ARTICLE_IMAGE_INLINE = "article with an image in its text"
    ARTICLE_SCRIPT = "article with a script"
    ARTICLE_HTML_BROKEN = "article with broken HTML"
    ARTICLE_TITLE_LONG = "article title over 80 characters"
    ARTICLE_TITLES_AGREE = "articles of one title"
    ARTICLE_TEXT_LONG = "article over 50 000 characters"
    # the catalogue [item name]
    ITEM_OPTIONS_BROKEN = "options that are no XML"
    ITEM_OPTIONS_UNKNOWN = "options of an unknown element"
    ITEM_OPTIONS_CONDITION = "options under a condition"
    ITEM_OPTION_TWICE = "options of one id"
    ITEM_INACTIVE = "inactive item"
    ITEM_GROUP_UNKNOWN = "item of an unknown group"
    # standard texts [name]
    TEXT_EMPTY = "empty standard text"
    TEXT_GROUP_UNKNOWN = "standard text of an unknown group"
    # requests, changes, problems and their tasks [number]
    REQUEST_WITHOUT_LINE = "request without line item"
    REQUESTOR_UNKNOWN = "request of somebody unknown"
    WORK_STATUS_UNKNOWN = "request, change or problem of unknown status"
    CHANGE_ENDS_BEFORE_START = "change planned to end before it starts"
    TASK_OF_NO_PARENT = "task of a record that is gone"


class Amount(NamedTuple):
    """How many matters get one kind: a share of all, at least, at most."""

    share: float
    least: int = 3
    most: int = 1_000_000


AMOUNTS: dict[Dirt, Amount] = {
    Dirt.CALLER_LEFT: Amount(0.04),
    Dirt.VISIBILITY_UNKNOWN: Amount(0.03),
    Dirt.TITLE_LONG: Amount(0.02),
    Dirt.MOJIBAKE: Amount(0.015),
    Dirt.SEVERAL_INTERACTIONS: Amount(0.008),
    Dirt.WITHOUT_GROUP: Amount(0.006),
    Dirt.CONTROL_CHARACTERS: Amount(0.005),
    Dirt.CALLER_UNKNOWN: Amount(0.005),
    Dirt.KEY_TRAILING_BLANKS: Amount(0.005),
    Dirt.NUMBER_WITH_SLASH: Amount(0.004),
    Dirt.RELATION_TO_GONE: Amount(0.004),
    Dirt.NATIONAL_ID: Amount(0.004),
    Dirt.UNKNOWN_GROUP: Amount(0.003),
    Dirt.ASSIGNEE_LEFT: Amount(0.003),
    Dirt.UNKNOWN_STATUS: Amount(0.003),
    Dirt.ON_HOLD_WITHOUT_REASON: Amount(0.003),
    Dirt.ON_HOLD_WITHOUT_DATE: Amount(0.003),
    Dirt.END_BEFORE_START: Amount(0.003),
    Dirt.TIME_4000: Amount(0.003),
    Dirt.TWO_INCIDENTS: Amount(0.002),
    Dirt.TITLE_EMPTY: Amount(0.002),
    Dirt.ACTIVITY_OF_NO_TICKET: Amount(0.002),
    Dirt.TEXT_200_KB: Amount(0.0003, 2, 40),
}
"""The kinds that are planted into matters after they were made, one kind to a matter."""


class Tally:
    """Counts what was planted and remembers the first keys of each kind."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.examples: defaultdict[str, list[str]] = defaultdict(list)

    def note(self, kind: Dirt, key: str) -> None:
        self.counts[kind] += 1
        if len(known := self.examples[kind]) < EXAMPLES:
            known.append(key)

    def copy(self) -> Tally:
        twin = Tally()
        twin.counts.update(self.counts)
        twin.examples.update({kind: list(keys) for kind, keys in self.examples.items()})
        return twin
