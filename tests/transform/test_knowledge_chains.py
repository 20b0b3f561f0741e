"""How an article becomes a knowledge item: its steps, its texts, its files, its links."""

from __future__ import annotations

import base64

import pytest
from library_world import article, chains, entry, file, mappings, steps

from migrate.records import Member, Ref, State
from migrate.transform.content_mapping import LinkEntry

DIRECT = "/sm/index.do?ctx=docEngine&amp;file={}&amp;query={}%3D%22{}%22&amp;action="


def content(*articles, **more):
    (item, *_) = chains(*articles, **more)
    return steps(item)["content/nb"]["content"]


def codes(chain):
    return {finding.code for finding in chain.findings}


def test_an_item_is_made_hidden_filled_and_shown_last():
    (item,) = chains(article())
    assert [step.name for step in item.steps] == ["create", "hide", "content/nb", "publish"]
    told = steps(item)
    assert "content" not in told["create"]
    assert told["create"]["externalLink"] == {"id": "KM1", "type": "4711"}
    assert told["create"]["parent"] == {"id": Ref("knowledge_folder", "Kunnskap")}
    assert told["hide"]["sspVisibility"] == "NOT_VISIBLE"
    assert told["publish"]["sspVisibility"] == "VISIBLE"


def test_an_article_for_operators_is_never_shown():
    (item,) = chains(article(), decided=mappings(entry("IT")))
    assert "publish" not in steps(item)


def test_an_article_that_will_expire_is_shown_until_then():
    (item,) = chains(article(expires="2020-01-01 00:00:00"))
    assert steps(item)["publish"] == {
        "sspVisibility": "VISIBLE_IN_PERIOD",
        "sspVisibleFrom": "2018-01-01T10:00:00Z",
        "sspVisibleUntil": "2020-01-01T00:00:00Z",
        "sspVisibilityFilteredOnBranches": False,
        "operatorVisibilityFilteredOnBranches": False,
    }


def test_status_and_manager_are_set_while_it_is_hidden():
    decided = mappings(entry("IT", manager="IT Nett"), statuses={"external": "Publisert"})
    (item,) = chains(article(), decided=decided)
    told = steps(item)["hide"]
    assert told["status"] == {"id": Ref("knowledge_status", "Publisert")}
    assert told["manager"] == {"id": Ref("operator_group", "IT Nett")}


def test_a_long_title_is_shortened_and_stands_whole_in_the_text():
    long = "Slik bestiller du " + "veldig " * 12 + "mye"
    (item,) = chains(article(title=long))
    told = steps(item)["content/nb"]
    assert len(told["title"]) <= 80
    assert told["content"].startswith(f"<b>{long}</b><br><br>")
    assert "article-title-long" in codes(item)


def test_a_text_that_is_too_long_is_attached_whole_and_says_so():
    (item,) = chains(
        article(answer="".join(f"<p>linje {n} " + "x" * 90 + "</p>" for n in range(900)))
    )
    told = steps(item)
    (attached,) = [body for name, body in told.items() if name.startswith("attachment/")]
    assert attached["name"] == "KM1.html"
    assert b"linje 899" in base64.b64decode(attached["data"])
    assert "Hele teksten er vedlagt: KM1.html" in told["content/nb"]["content"]
    assert len(told["content/nb"]["content"]) < 60_000
    assert "article-text-long" in codes(item)


def test_pictures_are_uploaded_before_the_text_that_names_them():
    shown = '<p><img src="/answers/attachments/abcd1234" alt="x" width="640" height="480"></p>'
    (item,) = chains(article(answer=shown, files=(file(),)))
    names = [step.name.partition("/")[0] for step in item.steps]
    assert names == ["create", "hide", "image", "content", "publish"]
    (image,) = [step for step in item.steps if step.name.startswith("image/")]
    assert image.body["sha256"] == "sha of abcd1234"
    text = steps(item)["content/nb"]["content"]
    assert text == f'<img src="{image.marker}" width="640" height="480">'


def test_a_picture_in_the_text_is_uploaded_too_and_once():
    data = "data:image/png;base64," + base64.b64encode(b"ikke tomt").decode()
    (item,) = chains(article(answer=f'<img src="{data}"><img src="{data}" width="80">'))
    images = [step for step in item.steps if step.name.startswith("image/")]
    assert len(images) == 1
    assert base64.b64decode(images[0].body["data"]) == b"ikke tomt"
    assert 'width="80" height="40"' in steps(item)["content/nb"]["content"]


@pytest.mark.parametrize(
    ("files", "told", "code"),
    [
        ((), "[bilde mangler]", "article-image-missing"),
        ((file(broken=True),), "[bilde mangler]", "article-image-missing"),
        ((file("tiff1234", "x.tiff"),), "[bilde: x.tiff, vedlagt]", "article-image-attached"),
    ],
)
def test_a_picture_that_cannot_be_shown_is_told_in_its_place(files, told, code):
    uid = files[0]["uid"] if files else "abcd1234"
    made = article(answer=f'<p>Se <img src="/answers/attachments/{uid}"></p>', files=files)
    (item,) = chains(made)
    assert steps(item)["content/nb"]["content"] == f"Se {told}"
    assert code in codes(item)


def test_a_picture_on_another_server_becomes_a_link():
    (item,) = chains(article(answer='<p><img src="https://x.no/a.png" alt="kart"></p>'))
    assert steps(item)["content/nb"]["content"] == '<a href="https://x.no/a.png">kart</a>'
    assert "article-image-elsewhere" in codes(item)


def test_files_are_attached_and_named_where_the_text_leads_to_them():
    made = article(
        answer='<p><a href="scattach://doc12345:Skjema.doc:kmdocument:KM1">Skjema</a></p>',
        files=(file("doc12345", "Skjema.doc"), file("gone1234", "brutt.doc", broken=True)),
    )
    (item,) = chains(made)
    told = steps(item)
    (attached,) = [step for step in item.steps if step.name.startswith("attachment/")]
    assert attached.body["name"] == "Skjema.doc"
    assert attached.body["description"] == attached.marker
    assert told["content/nb"]["content"] == "Skjema (vedlagt)"
    assert (
        "Ikke overført: brutt.doc: kunne ikke leses hel"
        in told["content/nb"]["commentsForOperators"]
    )
    assert "article-file-left" in codes(item)


def test_an_article_whose_body_is_a_file_says_which():
    made = article(answer="", doctype="External", files=(file("doc12345", "Rutine.pdf"),))
    (item,) = chains(made)
    assert "Dokumentet er vedlagt: Rutine.pdf" in steps(item)["content/nb"]["content"]


def test_links_to_articles_are_written_in_a_second_pass():
    direct = DIRECT.format("kmdocument", "id", "KM2")
    made = article(answer=f'<p><a href="{direct}">mer</a> og <a href="/answers/KM2">KM2</a></p>')
    item, links = chains(made, article("KM2"))
    assert item.kind == "knowledge_item"
    assert (links.kind, links.identity, links.members) == ("knowledge_links", "KM1", ())
    body = steps(links)["links/nb"]
    assert body["item"] == Ref("whole/knowledge_item", "KM1")
    assert body["address/0"] == Ref("address/knowledge_item", "KM2")
    assert body["content"] == ('<a href="#migrate-0">mer</a> og <a href="#migrate-0">KM2</a>')


def test_a_link_to_an_article_that_does_not_move_keeps_its_old_number():
    made = article(answer='<p><a href="/answers/KM2">mer</a>, <a href="/answers/KM9">her</a></p>')
    (item,) = chains(made, article("KM2", status="review"))
    assert steps(item)["content/nb"]["content"] == "mer (KM2), her (KM9)"
    assert {"article-link-not-moved", "article-link-dead"} <= codes(item)


def test_links_to_tickets_are_for_operators_alone():
    direct = DIRECT.format("probsummary", "number", "IM10001")
    made = article(answer=f'<p>Løst i <a href="{direct}">IM10001</a></p>')
    (item,) = chains(made)
    assert steps(item)["content/nb"]["content"] == "Løst i IM10001"
    assert "article-link-to-ticket" in codes(item)
    _, links = chains(made, decided=mappings(entry("IT")))
    assert steps(links)["links/nb"]["ticket/0"] == Ref("address/incident", "IM10001")


@pytest.mark.parametrize(
    ("decision", "html"),
    [
        ({"action": "keep"}, '<a href="https://gammel.no/a/b">x</a>'),
        ({"action": "remove"}, "x"),
        ({"action": "replace", "target": "https://ny.no/*"}, '<a href="https://ny.no/a/b">x</a>'),
        ({"action": "replace", "target": "https://ny.no/"}, '<a href="https://ny.no/">x</a>'),
    ],
)
def test_links_elsewhere_go_by_the_register(decision, html):
    said = LinkEntry.model_validate({"source": "https://gammel.no/*", "decision": decision})
    made = article(answer='<p><a href="https://gammel.no/a/b">x</a></p>')
    assert content(made, decided=mappings(links=(said,))) == html


def test_a_link_to_somebodys_disk_is_text_with_its_address():
    made = article(answer=r'<p><a href="file://\\felles\x.doc">Rutinen</a></p>')
    (item,) = chains(made)
    assert steps(item)["content/nb"]["content"] == r"Rutinen (file://\\felles\x.doc)"
    assert "article-link-to-file" in codes(item)


def test_a_translation_is_a_part_of_its_original():
    decided = mappings(entry("IT"), entry("KM2", translation_of="KM1", language="en"))
    (item,) = chains(article(), article("KM2", "<p>How to</p>"), decided=decided)
    assert item.members == (Member("knowledge", "KM1"), Member("knowledge", "KM2"))
    told = steps(item)
    assert told["translation/en"]["title"] == "Tittel KM2"
    assert list(told)[-2:] == ["content/nb", "translation/en"]


def test_what_was_simplified_is_told_to_operators_and_listed():
    (item,) = chains(article(answer="<h2>A</h2><table><tr><td>b</table>"))
    (finding,) = [each for each in item.findings if each.code == "article-simplified"]
    assert finding.detail == "heading 1, table 1"
    comments = steps(item)["content/nb"]["commentsForOperators"]
    assert "Fra HP Service Manager: KM1" in comments
    assert "Forenklet: overskrift 1, tabell 1" in comments


def test_an_article_in_which_there_is_nothing_is_skipped():
    (item,) = chains(article(answer="<p> </p>"))
    assert item.verdict is not None
    assert (item.verdict.state, item.verdict.code) == (State.SKIPPED, "article-empty")


def test_the_same_article_gives_the_same_chain():
    made = article(answer="<p>a</p>", files=(file("doc12345", "x.doc"),))
    assert chains(made) == chains(made)
