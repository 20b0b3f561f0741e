"""What is written for people holds: codes, commands, exit codes, targets and links."""

from __future__ import annotations

import ast
import re
import shlex
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from migrate import __version__
from migrate.cli.main import cli
from migrate.cli.options import App
from migrate.codes import CODES
from migrate.config import load_config
from migrate.console import Console
from migrate.errors import Exit
from migrate.extract.aliases import tables
from migrate.extract.sql import SqlSource

ROOT = Path(__file__).parents[1]
PAGES = [
    "README.md",
    *(
        f"{folder}/{f.name}"
        for folder in ("runbooks", "docs")
        for f in (ROOT / folder).glob("*.md")
    ),
]

_SAYS_A_CODE = {"Problem", "Verdict", "Finding", "Outcome", "note", "_note", "set_aside"}
_SLUG = re.compile(r"[a-z]+(-[a-z]+)+")
_BLOCK = re.compile(r"^```(?:sh|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def _read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def _sources() -> Iterator[tuple[str, ast.Module]]:
    for file in sorted((ROOT / "migrate").rglob("*.py")):
        yield str(file.relative_to(ROOT)), ast.parse(file.read_text(encoding="utf-8"))


def _calls(module: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    """Calls of what takes a code, with the name that is called."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in _SAYS_A_CODE:
                yield name, node


def _literals(call: ast.Call) -> Iterator[str]:
    for node in [*call.args, *(keyword.value for keyword in call.keywords)]:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _sections() -> dict[str, str]:
    """Code → the text below its heading."""
    parts = re.split(r"^## (.+)$", _read("runbooks/errors.md"), flags=re.MULTILINE)[1:]
    headings = parts[::2]
    assert len(headings) == len(set(headings)), "a heading stands twice"
    return {
        heading: text.partition("\n# ")[0]
        for heading, text in zip(headings, parts[1::2], strict=True)
    }


SECTIONS = _sections()


def test_every_problem_has_a_code_that_the_console_knows() -> None:
    unknown = [
        f"{file}:{call.lineno} {call.args[0].value}"
        for file, module in _sources()
        for name, call in _calls(module)
        if name == "Problem"
        and call.args
        and isinstance(call.args[0], ast.Constant)
        and call.args[0].value not in CODES
    ]
    assert unknown == []


def test_every_code_that_is_said_has_a_heading_in_the_runbook() -> None:
    said = {
        literal
        for file, module in _sources()
        if "/simulate/" not in file
        for _, call in _calls(module)
        for literal in _literals(call)
        if _SLUG.fullmatch(literal)
    }
    assert sorted((said | set(CODES)) - set(SECTIONS)) == []


def test_no_heading_of_the_runbook_is_stale() -> None:
    constants = {
        node.value
        for _, module in _sources()
        for node in ast.walk(module)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert sorted(set(SECTIONS) - constants) == []


@pytest.mark.parametrize("code", CODES)
def test_a_code_says_what_it_means_who_acts_what_to_do_and_the_command(code: str) -> None:
    text = SECTIONS[code]
    for part in ("**Means:** ", "**Who:** ", "**Do:** "):
        assert part in text
    [block] = _BLOCK.findall(text)
    assert block.startswith("migrate ")


def test_codes_stand_under_what_the_reader_does_about_them() -> None:
    text = _read("runbooks/errors.md")
    for code, found in CODES.items():
        before = text[: text.index(f"\n## {code}\n")]
        group = re.findall(r"^# (.+)$", before, re.MULTILINE)[-1]
        assert group.lower() == found.action, code


def _typed() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for block in _BLOCK.findall(_read(page)):
            for line in block.splitlines():
                if line.startswith("migrate "):
                    yield page, line.partition("  #")[0].strip()


@pytest.mark.parametrize(("page", "line"), sorted(set(_typed())))
def test_every_command_in_the_pages_can_be_typed(page: str, line: str) -> None:
    _, *arguments = shlex.split(line)
    if arguments in (["--help"], ["--version"]):
        return
    if arguments[0] in ("-w", "--workspace", "--lang"):
        arguments = arguments[2:]
    context = click.Context(cli, obj=App(Path(), Console()))
    command: click.Command = cli
    while isinstance(command, click.Group):
        name, found, arguments = command.resolve_command(context, arguments)
        assert found is not None
        command, context = found, click.Context(found, parent=context, info_name=name)
    command.make_context(command.name, arguments, parent=context)


def test_the_readme_names_every_command_and_exit_code() -> None:
    text = _read("README.md")
    for name in cli.list_commands(click.Context(cli)):
        assert f"`{name}" in text or f"migrate {name}" in text, name
    for code in Exit:
        assert re.search(rf"^\| {code.value} \|", text, re.MULTILINE), code


def test_make_help_lists_every_target_and_the_readme_names_no_other() -> None:
    makefile = _read("Makefile")
    targets = set(re.findall(r"^\.PHONY: (\w+)$", makefile, re.MULTILINE))
    listed = set(re.findall(r"^(\w+):.* ## .+$", makefile, re.MULTILINE))
    assert targets == listed
    assert set(re.findall(r"`make (\w+)", _read("README.md"))) <= targets


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    for link in re.findall(r"\]\(([^)#]+)", _read(page)):
        if "://" not in link:
            assert (ROOT / page).parent.joinpath(link).exists(), link


def test_the_changelog_tells_of_this_version() -> None:
    assert f"## {__version__}" in _read("CHANGELOG.md")


def _configurations() -> list[str]:
    blocks = re.findall(r"^```yaml\n(.*?)^```$", _read("docs/sources.md"), re.MULTILINE | re.DOTALL)
    return [block for block in blocks if block.startswith("source:")]


def test_the_configurations_in_the_documentation_are_valid(tmp_path: Path) -> None:
    found = []
    for text in _configurations():
        (tmp_path / "migrate.yaml").write_text(text, encoding="utf-8")
        found.append(load_config(tmp_path).source)
    assert [s.type for s in found] == ["sql"] * 4 + ["unload", "rest", "exports"]
    for source in found:
        assert tables(source)["incidents"].fields["number"]


def test_the_customised_hpsm_of_the_documentation_is_read_as_it_says(tmp_path: Path) -> None:
    (tmp_path / "migrate.yaml").write_text(_configurations()[0], encoding="utf-8")
    config = load_config(tmp_path).source
    with sqlite3.connect(tmp_path / "hpsm.db") as hpsm:
        hpsm.executescript(_CUSTOMISED)
    hpsm.close()
    url = f"sqlite:///{tmp_path}/hpsm.db"
    changes = {"url": url, "url_env": None, "db_schema": None, "kinds": ["incidents", "members"]}
    source = SqlSource(config.model_copy(update=changes), tmp_path)
    rows = [
        dict(zip(batch.columns, row, strict=True))
        for kind in ("incidents", "members")
        for batch in source.read(kind)
        for row in batch.rows
    ]
    incident, *members = rows
    assert incident["assignment"] == "IT-NETT"
    assert incident["resolved_time"] == "2019-09-01 10:00:00"
    assert incident["journal"] == "først\nsist"
    assert incident["rb_campus"] == "Dragvoll"
    assert "pending_code" not in incident
    assert [(row["group"], row["operator"]) for row in members] == [
        ("IT-NETT", "ola"),
        ("IT-NETT", "kari"),
    ]


_CUSTOMISED = """
CREATE TABLE RB_PROBSUMMARYM1 (NUMBER, COMPANY, RB_GROUP, RB_LOG, RB_CAMPUS, SYSMODTIME DATETIME);
CREATE TABLE RB_PROBSUMMARYM2 (NUMBER, RB_SOLVED_AT DATETIME);
CREATE TABLE ASSIGNMENTA1 (NAME, RB_MEMBERS);
INSERT INTO RB_PROBSUMMARYM1 VALUES
    ('IM1', 'NTNU', 'IT-NETT', 'først' || char(10) || 'sist', 'Dragvoll', '2019-09-02 08:00:00'),
    ('IM2', 'Andre', 'IT-NETT', NULL, NULL, '2019-09-02 08:00:00');
INSERT INTO RB_PROBSUMMARYM2 VALUES ('IM1', '2019-09-01 10:00:00');
INSERT INTO ASSIGNMENTA1 VALUES ('IT-NETT', 'ola' || char(10) || 'kari');
"""
