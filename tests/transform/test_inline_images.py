"""Pictures inside texts: shown where TOPdesk can, else attached and named; none is lost."""

from __future__ import annotations

import base64
import re
from hashlib import sha256
from io import BytesIO

import pytest
from PIL import Image
from ticket_world import activity, body, chain, codes, incident, interaction, mappings

from migrate.records import Chain, JournalEntry, Step, Told


def picture(width: int = 20, height: int = 10, kind: str = "PNG", shade: int = 90) -> bytes:
    made = BytesIO()
    Image.new("RGB", (width, height), (shade, 20, 30)).save(made, kind)
    return made.getvalue()


def tag(content: bytes, kind: str = "png") -> str:
    data = base64.b64encode(content).decode()
    return f"<IMG alt='x' src=\"data:image/{kind};base64,\n{data}\" width=20>"


def key(content: bytes) -> str:
    return sha256(content).hexdigest()[:12]


def attached(made: Chain) -> list[Step]:
    assert made.verdict is None
    return [step for step in made.steps if step.name.startswith("attachment/")]


def written(made: Chain) -> str:
    return "".join(str(step.body.get("action", "")) for step in made.steps)


@pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP", "JPEG"])
def test_a_picture_that_topdesk_shows_stays_where_it_was(kind: str) -> None:
    small = picture(kind=kind)
    made = chain(None, interaction(description=f"Se her: {tag(small)} <takk>"))
    ending = {"JPEG": "jpg"}.get(kind, kind.lower())
    data = base64.b64encode(small).decode()
    assert body(made)["request"] == (
        f'Se her: <img src="data:image/{ending};base64,{data}"> &lt;takk&gt;'
    )
    assert attached(made) == []


@pytest.mark.parametrize(
    ("content", "ending"),
    [
        (picture(451, 10), "png"),
        (picture(10, 451), "png"),
        (picture(kind="TIFF"), "tiff"),
        (b"<svg/>", "svg"),
    ],
    ids=["too wide", "too high", "another format", "no picture that can be measured"],
)
def test_any_other_is_attached_and_the_text_says_which(content: bytes, ending: str) -> None:
    made = chain(incident(), activities=(activity(1, f"Før {tag(content, 'svg+xml')} etter"),))
    (step,) = attached(made)
    name = f"bilde-{key(content)}"
    assert f"Før [{name}] etter" in written(made)
    assert step.body["name"] == f"{name}.{ending}"
    assert base64.b64decode(step.body["content"]) == content
    assert step.body["size"] == len(content)
    assert step.body["invisibleForCaller"] is True
    assert step.body["description"] == step.marker
    assert "image-attached" in codes(made)


def test_a_picture_in_every_text_of_a_ticket_is_found() -> None:
    places = [picture(shade=shade) for shade in (1, 2, 3)]
    im = incident(description=tag(places[0]), resolution=f"Slik: {tag(places[1])}")
    entry = JournalEntry("karih", "2019-09-12 08:00:00", "", "12/09/19", tag(places[2]))
    made = chain({**im, "journal": "x"}, to=mappings(), journals={str(im["number"]): (entry,)})
    text = body(made)["request"] + written(made)
    shown = re.findall(r'base64,([^"]+)"', text)
    assert {base64.b64decode(data) for data in shown} == set(places)
    assert "[bilde-" not in text


def test_the_same_picture_is_attached_once() -> None:
    large = tag(picture(500, 500))
    made = chain(incident(), activities=(activity(1, large), activity(2, large)))
    assert len(attached(made)) == 1


def test_what_cannot_be_read_is_told() -> None:
    broken = '<img src="data:image/png;base64,AAA">'
    made = chain(incident(), activities=(activity(1, f"Se {broken}"),))
    assert "Se [bilde som ikke kunne leses]" in written(made)
    assert "image-unreadable" in codes(made)
    assert attached(made) == []


def test_a_picture_that_was_told_before_is_not_attached_by_a_delta() -> None:
    small = picture()
    told = Told(frozenset({"A1"}), 2, 2)
    made = chain(incident(), activities=(activity(1, tag(small)),), told=told)
    assert attached(made) == []


def test_a_picture_whose_name_was_cut_in_two_is_attached() -> None:
    """A part of the history may end anywhere in a text without blanks."""
    small = picture()
    to = mappings({"history": {"part_chars": 500}})
    for filler in range(440, 500):
        made = chain(
            incident(), activities=(activity(1, "x" * filler + tag(small) + "y" * 600),), to=to
        )
        shown = base64.b64encode(small).decode() in written(made)
        assert shown or len(attached(made)) == 1


def test_too_large_a_file_is_left_out_and_named() -> None:
    to = mappings({"attachments": {"max_mb": 0.0001}})
    made = chain(incident(), activities=(activity(1, tag(picture(500, 500))),), to=to)
    assert attached(made) == []
    assert "attachment-too-large" in codes(made)
