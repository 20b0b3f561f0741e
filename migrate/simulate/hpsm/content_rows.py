"""Knowledge documents, catalogue items and standard texts as rows of HPSM's tables."""

from __future__ import annotations

from migrate.simulate.hpsm.rows import Stamp, Values, columns, logical
from migrate.simulate.world.catalogue import Item
from migrate.simulate.world.knowledge import Article
from migrate.simulate.world.standard_texts import StandardText

ARTICLE = columns(
    """ID, TITLE, DOCTYPE, STATUS, ANSWER, CATEGORIES, DOCUMENTOWNER, CREATIONDATE,
    EXPIRATION_DATE, SYSMODTIME, SYSMODUSER, SYSMODCOUNT"""
)


def article(row: Article, stamp: Stamp) -> Values:
    return (
        row.id,
        row.title,
        row.doctype,
        row.status,
        row.answer,
        "\n".join(row.categories) or None,
        row.owner,
        stamp(row.created),
        stamp(row.expires),
        stamp(row.updated),
        row.owner,
        2.0,
    )


ITEM = columns(
    """NAME, DISPLAY_NAME, CATALOG_TYPE, PARENT, ACTIVE, ASSIGNMENT, DESCRIPTION, OPTIONS,
    SYSMODTIME, SYSMODUSER, SYSMODCOUNT"""
)


def item(row: Item, stamp: Stamp) -> Values:
    return (
        row.name,
        row.name,
        row.type,
        row.parent,
        logical(row.active),
        row.group,
        row.description,
        row.options,
        stamp(row.updated),
        "falcon",
        1.0,
    )


TEXT = columns("NAME, TITLE, TEXT, ASSIGNMENT, SYSMODTIME, SYSMODUSER, SYSMODCOUNT")


def text(row: StandardText, stamp: Stamp) -> Values:
    return row.name, row.title, row.text, row.group, stamp(row.updated), "falcon", 1.0
