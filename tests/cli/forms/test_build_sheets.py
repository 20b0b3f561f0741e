from __future__ import annotations

from pathlib import Path

import yaml
from lxml import html

from migrate.cli.forms.build import write_sheets
from migrate.extract.catalogue import options
from migrate.transform.conditions import Lang
from migrate.transform.content_mapping import FormDecision, FormEntry
from migrate.transform.forms import Sheet, form_sheets
from migrate.transform.mapping import Mappings, Unit, UnitFile
from migrate.transform.policy import Policy

XML = """<form><field><id>neededBy</id><label>Ønsket dato &lt;script&gt;</label>
<displayType>Date/Time</displayType><type>Date/Time</type>
<visibleCondition>option("campus") isin {"g"}</visibleCondition>
<mandatoryCondition>jscall("x")</mandatoryCondition></field>
<field><id>campus</id><label>Campus</label><displayType>Pick List</displayType><type>String</type>
<items><item><id>g</id><label>Gløshaugen</label></item></items></field></form>"""


def sheets(*names: str, **decision: str) -> list[Sheet]:
    decided = FormDecision.model_validate({"action": "build", **decision})
    entries = {name: FormEntry(source=name, decision=decided) for name in names}
    file = UnitFile(name="UB", branch="Trondheim", groups=["UB-UTLÅN"])
    unit = Unit("ub", file, {}, {}, forms=entries)
    rows = [{"name": name, "assignment": "UB-UTLÅN", "options": XML} for name in names]
    return list(form_sheets(rows, Mappings(Policy(), {}, {}, {}, {}, {}), unit, options))


def page(folder: Path, name: str) -> str:
    return " ".join(html.parse(str(folder / name)).getroot().text_content().split())


def test_a_sheet_says_each_condition_in_words_or_that_it_cannot(tmp_path: Path) -> None:
    said: dict[Lang, tuple[str, str]] = {
        "nb": ("når «Campus» er «Gløshaugen»", "som ikke lar seg si i ord"),
        "en": ("when «Campus» is «Gløshaugen»", "which cannot be put into words"),
    }
    for lang, (shown, mandatory) in said.items():
        write_sheets(sheets("Lån av bok"), set(), tmp_path / lang, lang)
        text = page(tmp_path / lang, "ub/lan-av-bok.html")
        assert shown in text
        assert mandatory in text


def test_what_hpsm_says_is_text_on_the_page_and_never_markup(tmp_path: Path) -> None:
    write_sheets(sheets("Lån <b>"), set(), tmp_path, "nb")
    for file in tmp_path.rglob("*.html"):
        tree = html.parse(str(file)).getroot()
        assert not tree.xpath("//script | //b")


def test_the_yaml_holds_the_same_as_the_page(tmp_path: Path) -> None:
    write_sheets(sheets("Lån", audience="alle", service="Utlån"), set(), tmp_path, "en")
    data = yaml.safe_load((tmp_path / "ub/lan.yaml").read_text(encoding="utf-8"))
    assert (data["audience"], data["service"], len(data["fields"])) == ("alle", "Utlån", 2)
    assert data["fields"][0]["visible_condition"] == 'option("campus") isin {"g"}'
    assert data["fields"][1]["choices"] == [{"id": "g", "label": "Gløshaugen"}]


def test_two_forms_of_one_spelling_have_a_page_each(tmp_path: Path) -> None:
    write_sheets(sheets("Lån/bok", "Lån bok"), set(), tmp_path, "nb")
    assert {file.name for file in tmp_path.glob("ub/*.html")} == {"lan-bok.html", "lan-bok-2.html"}


def test_the_checklist_counts_and_a_sheet_that_nobody_asks_for_goes(tmp_path: Path) -> None:
    written = write_sheets(sheets("Lån", "Fornying"), {("ub", "Lån")}, tmp_path, "nb")
    assert written.states == {"unapproved": 1, "to_do": 1}
    assert "0 av 2 er bygd" in page(tmp_path, "index.html")
    write_sheets(sheets("Lån"), {("ub", "Lån")}, tmp_path, "nb")
    assert sorted(file.name for file in tmp_path.glob("ub/*")) == ["lan.html", "lan.yaml"]
