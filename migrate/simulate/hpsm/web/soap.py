"""The SOAP service: POST `/SM/7/ws` with SOAPAction Retrieve, RetrieveList or RetrieveKeysList.

An answer's elements carry their types (`type="String"`), arrays repeat their own name inside, and
`count` asks for a page: `more` says whether there is another, and the `handle` that came with it
names the records as they were found.
"""

from __future__ import annotations

from base64 import b64encode
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence

from migrate.simulate.hpsm.web.attachments import Attachment
from migrate.simulate.hpsm.web.layout import Place
from migrate.simulate.hpsm.web.query import BadQuery, Condition, equals, parse
from migrate.simulate.hpsm.web.records import Found, Object
from migrate.simulate.hpsm.web.rules import BAD_QUERY, NO_MORE, Call, Hpsm, Refused
from migrate.simulate.hpsm.web.soap_answer import XML, multipart, refusal, response
from migrate.simulate.hpsm.web.soap_request import BadRequest, Keys, Request, read
from migrate.simulate.hpsm.web.values import XmlShape, quoted
from migrate.simulate.wire import Answer

ENDPOINT = "/SM/7/ws"
_HANDLES = 16
_PIECE = 1_000


Parts = list[tuple[str, bytes]]
"""The contents of attachments that go beside the envelope, by their ids."""


class Soap:
    """Answers SOAP calls. Raises Refused, and BadRequest for what is no request at all."""

    def __init__(self, hpsm: Hpsm) -> None:
        self._hpsm = hpsm
        self._shapes: dict[tuple[str, bool], XmlShape] = {}
        self._key_shapes: dict[str, XmlShape] = {}
        self._handles: OrderedDict[str, tuple[str, Found]] = OrderedDict()
        self._next = 0
        for made in hpsm.records.objects:
            form = hpsm.profile.dates if made.name in hpsm.rules.untyped else ""
            for empty in (False, True):
                self._shapes[made.name, empty] = XmlShape(
                    made.fields, hpsm.profile.zone, empty=empty, strings=form
                )
            keys = [made.fields[at] for at in made.keys]
            self._key_shapes[made.name] = XmlShape(keys, hpsm.profile.zone, strings=form, flat=True)

    def serve(self, call: Call) -> Answer:
        request = read(call.body, call.headers.get("SOAPAction", ""))
        made = self._hpsm.records.by_name.get(request.object)
        if made is None:
            raise BadRequest(f"there is no operation {request.element}")
        call.route = f"{ENDPOINT} {request.element.removesuffix('Request')}"
        try:
            return self._answer(made, request)
        except Refused as refused:
            return refusal(refused, request.element)

    def _answer(self, made: Object, request: Request) -> Answer:
        try:
            where = self._where(made, request.keys)
        except BadQuery as error:
            raise Refused(BAD_QUERY, message=f"Bad query: {error}") from None
        handle, found = self._found(made, where, request)
        start = max(request.start, 0)
        count = len(found) if request.count is None else max(request.count, 1)
        rowids = found.rowids[start : start + count]
        if not rowids:
            raise Refused(NO_MORE)
        parts: Parts = []
        if request.action == "RetrieveKeysList":
            elements = list(self._keys(made, rowids))
        elif request.action == "Retrieve":
            rowids = rowids[:1]
            model = [*self._keys(made, rowids), *self._instances(made, rowids, request, parts)]
            elements = [f"<model>{''.join(model)}</model>"]
        else:
            elements = list(self._instances(made, rowids, request, parts))
        paging = {}
        if request.count is not None:
            more = str(int(start + len(rowids) < len(found)))
            sent = str(len(elements))
            paging = {"count": sent, "start": str(start), "more": more, "handle": handle}
        envelope = response(request.element, 0, "Success", paging, "".join(elements)).encode()
        return multipart(envelope, parts) if parts else Answer(200, envelope, XML)

    def _found(self, made: Object, where: Condition, request: Request) -> tuple[str, Found]:
        """What the handle stands for; a handle that is not known any more is searched anew."""
        known = self._handles.get(request.handle)
        if known is not None and known[0] == made.name:
            return request.handle, known[1]
        found = self._hpsm.records.search(made, where)
        if request.count is None:
            return "", found
        self._next += 1
        handle = f"{made.shown.file}{self._next:024x}"
        self._handles[handle] = (made.name, found)
        if len(self._handles) > _HANDLES:
            self._handles.popitem(last=False)
        return handle, found

    def _where(self, made: Object, asked: Sequence[Sequence[Keys]]) -> Condition:
        """Any of the groups fits: all its queries, and every element in it."""
        records, profile = self._hpsm.records, self._hpsm.profile

        def find(name: str) -> Place | None:
            return records.find(made, name)

        def parts(group: Sequence[Keys]) -> Iterator[Condition]:
            for keys in group:
                yield parse(keys.query, find, profile, lambda place: records.join(made, place))
                for name, value in keys.values:
                    operator = "#" if value.startswith("#") else "="
                    yield equals(name, operator, value.removeprefix("#"), find, profile)

        return Condition.any_of(Condition.all_of(parts(group)) for group in asked)

    def _keys(self, made: Object, rowids: Sequence[int]) -> Iterator[str]:
        shape = self._key_shapes[made.name]
        for row in self._hpsm.records.read(made, rowids, made.keys):
            yield f"<keys>{shape.record(row)}</keys>"

    def _instances(
        self, made: Object, rowids: Sequence[int], request: Request, parts: Parts
    ) -> Iterator[str]:
        shape = self._shapes[made.name, not request.ignore_empty]
        everything = range(len(made.fields))
        query = made.key_columns[0].lower().replace("_", ".")
        at = made.keys[0]
        for start in range(0, len(rowids), _PIECE):
            rows = list(self._hpsm.records.read(made, rowids[start : start + _PIECE], everything))
            files: dict[str, list[Attachment]] = {}
            if request.attachment_info or request.attachment_data:
                files = self._hpsm.attachments.of(made, [row[at] for row in rows])
            for row in rows:
                key = str(row[at])
                hung = ""
                if key in files:
                    hung = self._hung(made, files[key], request, parts)
                escaped_key = key.replace('"', '\\"')
                unique = quoted(f'{query}="{escaped_key}"')
                yield (
                    f"<instance recordid={quoted(key)} uniquequery={unique}>"
                    f"{shape.record(row)}{hung}</instance>"
                )

    def _hung(
        self, made: Object, files: Iterable[Attachment], request: Request, parts: Parts
    ) -> str:
        shown = []
        for file in files:
            content = ""
            if request.attachment_data:
                data = self._hpsm.attachments.content(made, file.topic, file.uid)
                content = self._included(file.uid, data, parts)
            length = "" if file.size is None else f' len="{file.size}"'
            shown.append(
                f"<cmn:attachment xmime:contentType={quoted(file.mime_type)}"
                f' href="cid:{file.uid}" contentId="{file.uid}" name={quoted(file.name)}'
                f" type={quoted(file.mime_type)}{length}>{content}</cmn:attachment>"
            )
        return f"<attachments>{''.join(shown)}</attachments>"

    def _included(self, uid: str, data: bytes, parts: Parts) -> str:
        if not self._hpsm.rules.mtom:
            return b64encode(data).decode()
        parts.append((uid, data))
        include = "http://www.w3.org/2004/08/xop/include"
        return f'<xop:Include xmlns:xop="{include}" href="cid:{uid}"/>'
