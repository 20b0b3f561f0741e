from __future__ import annotations

from datetime import date
from typing import Any

from migrate.extract.catalogue import options
from migrate.records import Row
from migrate.transform.check_forms import check_forms
from migrate.transform.content_mapping import FormBuilt, FormDecision, FormEntry, FormLabel
from migrate.transform.content_policy import FormPolicy
from migrate.transform.facts import ContentFacts, SourceFacts
from migrate.transform.forms import Sheet, Text, form_sheets
from migrate.transform.look import Look
from migrate.transform.mapping import (
    GroupDecision,
    GroupEntry,
    Mappings,
    Unit,
    UnitFile,
)
from migrate.transform.policy import Policy
from migrate.transform.propose_forms import form_decision, forms_of

ORDER = """<options>
  <option type="text" id="why" label="Hvorfor" mandatory="true"/>
  <option type="select" id="campus" label="Campus" style="radio">
    <choice id="" label="- velg -"/><choice id="g" label="Gløshaugen"/></option>
</options>"""


def row(name: str, xml: str | None = ORDER, **more: Any) -> Row:
    return {"name": name, "type": "subitem", "assignment": "UB-UTLÅN", "options": xml, **more}


def unit(*entries: FormEntry) -> Unit:
    groups = {
        "UB-UTLÅN": GroupEntry(
            source="UB-UTLÅN", decision=GroupDecision(action="map", target="UB Utlån")
        )
    }
    file = UnitFile(name="UB", branch="Trondheim", groups=["UB-UTLÅN"])
    return Unit("ub", file, groups, {}, forms={entry.source: entry for entry in entries})


def entry(source: str, action: str, **more: Any) -> FormEntry:
    rest = {name: more.pop(name) for name in ("labels", "built") if name in more}
    decision = FormDecision.model_validate({"action": action, **more})
    return FormEntry(source=source, decision=decision, **rest)


def sheets(rows: list[Row], of: Unit) -> dict[str, Sheet]:
    mappings = Mappings(Policy(), {}, {}, {"ub": of}, {}, {})
    return {sheet.source: sheet for sheet in form_sheets(rows, mappings, of, options)}


def test_a_sheet_says_who_receives_the_form_and_what_every_field_is() -> None:
    built = sheets([row("Lån av bok")], unit(entry("Lån av bok", "build", audience="alle")))
    sheet = built["Lån av bok"]
    assert (sheet.group, sheet.audience, sheet.action) == ("UB Utlån", "alle", "build")
    why, campus = sheet.fields
    assert (why.id, why.label.nb, why.type, why.mandatory) == ("why", "Hvorfor", "text", "true")
    assert campus.choices == (("", "- velg -"), ("g", "Gløshaugen"))
    assert campus.remarks == ("not-translated", "empty-choice")


def test_forms_of_other_units_and_items_without_a_form_have_no_sheet() -> None:
    rows = [row("Min"), row("Din", assignment="IT"), row("Bare en tekst", None)]
    assert list(sheets(rows, unit())) == ["Min"]


def test_a_form_that_the_file_names_has_a_sheet_whoever_it_is_assigned_to() -> None:
    named = sheets([row("Din", None, assignment="IT")], unit(entry("Din", "build")))
    assert ("no-fields", "") in named["Din"].remarks
    assert ("no-group", "") in named["Din"].remarks


def test_labels_of_the_entry_stand_before_those_of_hpsm() -> None:
    labels = {"title": FormLabel(en="Loan"), "why": FormLabel(nb="Årsak", en="Reason")}
    sheet = sheets([row("Lån")], unit(entry("Lån", "build", labels=labels)))["Lån"]
    assert (sheet.title, sheet.fields[0].label) == (Text("Lån", "Loan"), Text("Årsak", "Reason"))
    assert not sheet.fields[0].remarks


def test_a_merged_form_brings_its_fields_and_what_is_twice_is_told() -> None:
    here = unit(entry("Lån", "build", audience="alle"), entry("Fornying", "merge", target="Lån"))
    found = sheets([row("Lån"), row("Fornying")], here)
    assert found["Lån"].merged == ("Fornying",)
    assert [field.of for field in found["Lån"].fields] == ["Lån", "Lån", "Fornying", "Fornying"]
    assert ("repeated-id", "why") in found["Lån"].remarks


def test_xml_that_is_broken_is_told_and_nothing_is_invented() -> None:
    sheet = sheets([row("Lån", "<options><option")], unit())["Lån"]
    assert sheet.fields == ()
    assert "broken" in [remark for remark, _ in sheet.remarks]


def test_what_is_built_says_by_whom() -> None:
    built = FormBuilt(by="ida@example.no", at=date(2019, 9, 2))
    sheet = sheets([row("Lån")], unit(entry("Lån", "build", built=built)))["Lån"]
    assert sheet.built == "ida@example.no 2019-09-02"


class TestProposals:
    FACTS = SourceFacts(
        content=ContentFacts(
            items={"Reiseregning": True, "Lån": True, "Gammelt": False},
            item_groups={"Reiseregning": "UB-UTLÅN", "Lån": "ub-utlån", "Gammelt": "UB-UTLÅN"},
            forms={"Reiseregning": "1", "Lån": "2", "Gammelt": "3", "Ingen sin": "4"},
        )
    )
    MAPPINGS = Mappings(
        Policy(forms=FormPolicy(elsewhere={"reiseregning": "https://dfo.example.no/reise"})),
        *({}, {}, {}, {}, {}),
    )

    def decided(self, source: str) -> FormDecision:
        return form_decision(source, self.MAPPINGS, self.FACTS)[0]

    def test_the_forms_of_a_unit_are_those_assigned_to_its_groups(self) -> None:
        assert forms_of(unit(), self.FACTS) == ["Gammelt", "Lån", "Reiseregning"]

    def test_a_form_of_another_system_is_proposed_as_a_link(self) -> None:
        assert self.decided("Reiseregning").target == "https://dfo.example.no/reise"

    def test_one_in_use_is_built_and_one_out_of_use_retired(self) -> None:
        assert [self.decided(name).action for name in ("Lån", "Gammelt")] == ["build", "retire"]


def test_what_is_wrong_with_a_form_is_told_and_stops_no_load() -> None:
    built = FormBuilt(by="ida@example.no", at=date(2019, 9, 2))
    here = unit(
        entry("Reise", "link", target="dfo"),
        entry("Fornying", "merge", target="Lånn"),
        entry("Lån", "build"),
        entry("Gammelt", "retire", built=built),
    )
    facts = SourceFacts(content=ContentFacts(items={"Reise": True, "Fornying": True, "Lån": True}))
    look = Look(Mappings(Policy(), {}, {}, {"ub": here}, {}, {}), facts, None, [])
    found = list(check_forms(look, "ub", here))
    assert [problem.code for problem in found] == [
        "form-target-unknown",
        "form-target-unknown",
        "form-unknown",
        "form-not-to-build",
    ]
    assert found[1].near == ("Lån",)
    assert all(problem.warning for problem in found)
