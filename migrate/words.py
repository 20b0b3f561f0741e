"""What people read in their language: the words of tables, whose English is what the code says, and
those that a package keeps beside its code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

_NB = {
    "Units by phase": "Enheter etter fase",
    "Reasons": "Årsaker",
    "Plan": "Plan",
    "Findings": "Funn",
    "Problems": "Problemer",
    "Warnings": "Advarsler",
    "Noticed": "Lagt merke til",
    "Taken in": "Tatt inn",
    "Left": "Ikke tatt inn",
    "cells": "celler",
    "decision": "avgjørelse",
    "Proposals": "Forslag",
    "Extracted": "Hentet ut",
    "Source": "Kilde",
    "What the source gives": "Hva kilden gir",
    "Out of reach": "Utenfor rekkevidde",
    "out of reach": "utenfor rekkevidde",
    "Fields": "Felt",
    "fields": "felt",
    "field": "felt",
    "value": "verdi",
    "entry": "oppføring",
    "caller": "innmelder",
    "bytes": "byte",
    "sees it": "ser den",
    "does not see it": "ser den ikke",
    "not known": "ikke kjent",
    "read again by": "leses på nytt etter",
    "comparing everything": "sammenligning av alt",
    "not counted": "ikke talt",
    "Tickets in HPSM": "Saker i HPSM",
    "Queue": "Kø",
    "sprint": "sprint",
    "job": "jobb",
    "at work": "i arbeid",
    "a person must act": "noen må gjøre noe",
    "put back": "lagt tilbake",
    "loaded now by": "lastes nå av",
    "last word": "siste ord",
    "Knowledge, texts and catalogue in HPSM": "Kunnskap, tekster og katalog i HPSM",
    "Articles": "Artikler",
    "articles": "artikler",
    "of them": "av dem",
    "unit": "enhet",
    "phase": "fase",
    "kind": "type",
    "bucket": "tilstand",
    "reason": "årsak",
    "records": "poster",
    "requests": "forespørsler",
    "verdict": "utfall",
    "finding": "funn",
    "for example": "for eksempel",
    "who mends it": "hvem retter",
    "activities": "aktiviteter",
    "HPSM records": "HPSM-poster",
    "where": "hvor",
    "what is wrong": "hva er galt",
    "what to do": "hva du gjør",
    "extracted": "hentet ut",
    "in buckets": "gjort rede for",
    "not planned": "ikke planlagt",
    "proposal": "forslag",
    "why": "hvorfor",
    "sure": "hvor sikkert",
    "written": "skrevet",
    "left to you": "overlatt til deg",
    "(none)": "(ingen)",
    "file": "fil",
    "expected": "forventet",
    "near": "ligner på",
    "warning": "advarsel",
    "The others in the same way.": "De andre på samme måte.",
    "Answers": "Svar",
    "answer": "svar",
    "code": "kode",
    "numbers": "numre",
    "Next": "Neste",
    "foundation": "grunnlag",
    "people": "personer",
    "groups": "grupper",
    "tickets": "saker",
    "knowledge": "kunnskap",
    "History and files in HPSM": "Historikk og filer i HPSM",
    "with a record": "med en post",
    "of no record": "uten post",
    "What an undo would do": "Hva en tilbakeføring ville gjort",
    "Undone": "Tilbakeført",
    "Kept, and why": "Beholdt, og hvorfor",
    "Changes that stay": "Endringer som blir",
    "Changed on both sides": "Endret på begge sider",
    "in HPSM": "i HPSM",
    "in TOPdesk": "i TOPdesk",
    "(load again)": "(last på nytt)",
    "archive": "arkiveres",
    "unlink": "meldes ut",
    "keep": "beholdes",
    "record": "post",
    "number": "nummer",
    "what": "hva",
    "Runs": "Kjøringer",
    "run": "kjøring",
    "command": "kommando",
    "began": "begynte",
    "ended with": "endte med",
    "step": "steg",
    "to load": "skal lastes",
    "planned": "planlagt",
    "sending": "sendes",
    "done": "ferdig",
    "verified": "kontrollert",
    "rejected": "avvist",
    "waiting": "venter",
    "held": "holdt tilbake",
    "failed": "feilet",
    "in_doubt": "i tvil",
    "skipped": "hoppet over",
    "conflict": "konflikt",
    "mismatch": "avvik",
    "undone": "tilbakeført",
    "kept": "beholdt",
    "HPSM": "HPSM",
    "TOPdesk": "TOPdesk",
    "Groups": "Grupper",
    "owner": "eier",
    "deputy": "stedfortreder",
    "purpose": "formål",
    "line": "linje",
    "members": "medlemmer",
    "odd": "uvanlig",
    "Families": "Feil etter årsak",
    "family": "feilfamilie",
    "what happened": "hva skjedde",
    "retry": "nytt forsøk",
    "There, and not read": "Finnes, og leses ikke",
    "Look like a kind, not read": "Ligner en type, leses ikke",
    "columns": "kolonner",
    "table": "tabell",
    "What becomes of the groups": "Hva gruppene blir",
    "have left": "har sluttet",
    "stay": "blir",
    "rows": "rader",
    "missing": "mangler",
    "Links on other pages": "Lenker på andre sider",
    "links": "lenker",
    "what becomes of them": "hva det blir av dem",
    "Rows": "Rader",
    "Planted dirt": "Plantede feil",
    "times": "ganger",
    "Unload files": "Unload-filer",
    "Exported lists": "Eksporterte lister",
    "list": "liste",
    "HPSM: files": "HPSM: filer",
    "TOPdesk: attachments": "TOPdesk: vedlegg",
    "forms": "skjemaer",
}


_WHY = {
    r"a folder of the category's name; say audience: portal if everybody may see it": (
        "en mappe med kategoriens navn; velg portalen hvis alle kan se artiklene"
    ),
    "items that only operators see": "artikler som bare operatører ser",
    "it is not active": "den er ikke i bruk",
    "TOPdesk has a service of this name": "TOPdesk har en tjeneste med dette navnet",
    "TOPdesk has none of this name, and one that is made can never be removed": (
        "TOPdesk har ingen med dette navnet, og en som lages, kan aldri fjernes"
    ),
    "leads elsewhere, and goes on doing so": "leder til et annet sted, og fortsetter med det",
    "not in use in HPSM": "ikke i bruk i HPSM",
    r'"(.+)" belongs to another system, as policy\.yaml says': (
        "«{0}» hører til et annet system; det har prosjektgruppen bestemt"
    ),
    "in use, and TOPdesk has no interface that makes it": (
        "i bruk, og må bygges for hånd i TOPdesk"
    ),
    "decided": "avgjort",
    "Not sure enough to propose anything": "Ikke sikkert nok til å foreslå noe",
}
"""Why something is proposed, as `propose` says it, in Bokmål."""


NORWEGIAN = frozenset(_NB)
"""The words of tables that there is Norwegian for."""


def why(text: str, lang: str) -> str:
    """A reason of a proposal in `lang`; as it is where there are no words for it."""
    if lang == "nb":
        for pattern, words in _WHY.items():
            if found := re.fullmatch(pattern, text):
                return words.format(*found.groups())
    return text


def translate(text: str, lang: str) -> str:
    """`text` in `lang`; as it is where there is no word for it."""
    return _NB.get(text, text) if lang == "nb" else text


@cache
def worded(package: str, lang: str, file: str = "") -> Mapping[str, Any]:
    """What `package` says in `lang`: its `{lang}.yaml`, or that language's part of its `file`."""
    text = files(package).joinpath(file or f"{lang}.yaml").read_text(encoding="utf-8")
    said: Mapping[str, Any] = yaml.safe_load(text)
    return said[lang] if file else said
