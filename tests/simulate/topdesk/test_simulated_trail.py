"""The progress trail and attachments of an incident."""

from __future__ import annotations

from simulated_desk import Client


def _path(topdesk: Client, **body: object) -> str:
    return f"incidents/id/{topdesk.incident(**body)['id']}"


def test_an_action_appends_one_entry_stamped_with_server_and_operator(topdesk: Client) -> None:
    path = _path(topdesk, request="Ikke strøm")
    for index in range(2):
        body = {"action": f"Ringte {index}", "actionInvisibleForCaller": index == 1}
        assert topdesk("PATCH", path, body).status_code == 200
    newest, oldest = topdesk("GET", f"{path}/actions").json()
    assert (newest["plainText"], newest["invisibleForCaller"]) == ("Ringte 1", True)
    assert (oldest["plainText"], oldest["invisibleForCaller"]) == ("Ringte 0", False)
    assert newest["operator"]["name"] == "migrate"
    assert newest["entryDate"].endswith("+0000")
    assert topdesk("GET", f"{path}/progresstrail/count").json() == {"count": 3}


def test_an_entry_cannot_be_dated_or_signed_by_the_writer(topdesk: Client) -> None:
    path = _path(topdesk)
    for field in ("entryDate", "actionOperator"):
        assert "does not exist" in topdesk.refused("PATCH", path, {"action": "x", field: "y"})
    assert topdesk("GET", f"{path}/actions").status_code == 204


def test_html_is_kept_where_allowed_and_flattened_elsewhere(topdesk: Client) -> None:
    text = '<p>Hei <b class="x">alle</b></p><br>1 < 2 &amp; 3<script>alert(1)</script>\nslutt'
    path = _path(topdesk, request=text)
    entry = topdesk("GET", f"{path}/requests").json()[0]
    assert entry["memoText"] == "Hei <b>alle</b><br/>1 &lt; 2 &amp; 3alert(1)\nslutt"
    assert entry["plainText"] == "Hei alle\n1 < 2 & 3alert(1) slutt"
    assert topdesk("GET", path).json()["request"] == entry["plainText"]


def test_trails_come_in_small_pages(topdesk: Client) -> None:
    path = _path(topdesk)
    for index in range(12):
        topdesk("PATCH", path, {"action": f"a{index}", "request": f"r{index}"})
    trail = topdesk("GET", f"{path}/progresstrail")
    assert (trail.status_code, len(trail.json())) == (206, 10)
    rest = topdesk("GET", f"{path}/progresstrail", params={"start": 10, "page_size": 100})
    assert (rest.status_code, len(rest.json())) == (200, 14)
    requests = topdesk("GET", f"{path}/requests")
    assert (requests.status_code, len(requests.json())) == (206, 10)
    assert topdesk("GET", f"{path}/requests", params={"page_size": 11}).status_code == 400
    assert topdesk("GET", f"{path}/actions", params={"pageSize": 5}).status_code == 400
    assert topdesk("GET", f"{path}/actions").status_code == 200


def test_entries_are_deleted_one_by_one(topdesk: Client) -> None:
    path = _path(topdesk, action="a", request="r")
    entry = topdesk("GET", f"{path}/actions").json()[0]["id"]
    topdesk.refused("DELETE", f"{path}/requests/{entry}", status=404)
    assert topdesk("DELETE", f"{path}/actions/{entry}").status_code == 204
    topdesk.refused("DELETE", f"{path}/actions/{entry}", status=404)
    assert topdesk("GET", f"{path}/progresstrail/count").json() == {"count": 1}


def test_attachments_go_up_and_come_down_unchanged(topdesk: Client) -> None:
    path = _path(topdesk)
    content = bytes(range(256)) * 5000 + b"\r\n--slutt\r\n"
    response = topdesk(
        "POST",
        f"{path}/attachments",
        files={"file": ("møte.pdf", content)},
        data={"description": "[IM1/1] møte", "invisibleForCaller": "true"},
    )
    assert response.status_code == 200
    made = response.json()
    assert (made["fileName"], made["size"]) == ("møte.pdf", len(content))
    assert (made["description"], made["invisibleForCaller"]) == ("[IM1/1] møte", True)
    assert topdesk("GET", f"{path}/attachments").json() == [made]
    down = topdesk("GET", f"{path}/attachments/{made['id']}/download")
    assert down.content == content
    assert down.headers["Content-Type"] == "application/pdf"
    assert topdesk("DELETE", f"{path}/attachments/{made['id']}").status_code == 200
    assert topdesk("GET", f"{path}/attachments").status_code == 204
    topdesk.refused("POST", f"{path}/attachments", {"file": "x"})
