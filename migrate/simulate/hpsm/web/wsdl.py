"""The descriptions that SOAP clients are made from: a WSDL per service, and Common.xsd."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from jinja2 import Environment, StrictUndefined

from migrate.simulate.hpsm.web.layout import Bound
from migrate.simulate.hpsm.web.records import Object
from migrate.simulate.hpsm.web.values import SOAP_TYPES

_TEMPLATES = Environment(
    autoescape=False,  # noqa: S701 - every name in them is ours
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
)

_WSDL = _TEMPLATES.from_string("""\
<?xml version="1.0" encoding="utf-8"?>
{% macro leaf(bound) %}
{% if soap(bound) == "Array" %}
<xs:element minOccurs="0" name="{{ bound.field.name }}" nillable="true">
  <xs:complexType><xs:complexContent><xs:extension base="cmn:ArrayType"><xs:sequence>
    <xs:element minOccurs="0" maxOccurs="unbounded" name="{{ bound.field.name }}"
      nillable="true" type="cmn:StringType"/>
  </xs:sequence></xs:extension></xs:complexContent></xs:complexType>
</xs:element>
{% else %}
<xs:element minOccurs="0" name="{{ bound.field.name }}" nillable="true"
  type="cmn:{{ soap(bound) }}Type"/>
{% endif %}
{% endmacro %}
{% macro request(name, content) %}
<xs:element name="{{ name }}Request"><xs:complexType>
  <xs:sequence>{{ content }}</xs:sequence>
  <xs:attribute name="attachmentInfo" type="xs:boolean"/>
  <xs:attribute name="attachmentData" type="xs:boolean"/>
  <xs:attribute default="true" name="ignoreEmptyElements" type="xs:boolean"/>
  <xs:attribute name="updatecounter" type="xs:boolean"/>
  <xs:attribute name="handle" type="xs:string"/>
  <xs:attribute name="count" type="xs:long"/>
  <xs:attribute name="start" type="xs:long"/>
</xs:complexType></xs:element>
{% endmacro %}
{% macro response(name, content) %}
<xs:element name="{{ name }}Response"><xs:complexType>
  <xs:sequence>
    {{ content }}
    <xs:element minOccurs="0" name="messages" type="cmn:MessagesType"/>
  </xs:sequence>
  <xs:attribute name="status" type="cmn:StatusType" use="required"/>
  <xs:attribute name="message" type="xs:string" use="required"/>
  <xs:attribute name="schemaRevisionDate" type="xs:date" use="required"/>
  <xs:attribute name="schemaRevisionLevel" type="xs:int" use="required"/>
  <xs:attribute name="returnCode" type="xs:decimal"/>
  <xs:attribute name="query" type="xs:string"/>
  <xs:attribute name="handle" type="xs:string"/>
  <xs:attribute name="count" type="xs:long"/>
  <xs:attribute name="more" type="xs:boolean"/>
  <xs:attribute name="start" type="xs:long"/>
</xs:complexType></xs:element>
{% endmacro %}
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:ns="http://schemas.hp.com/SM/7"
  xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:cmn="http://schemas.hp.com/SM/7/Common"
  targetNamespace="http://schemas.hp.com/SM/7">
<types>
<xs:schema xmlns="http://schemas.hp.com/SM/7" xmlns:xs="http://www.w3.org/2001/XMLSchema"
  attributeFormDefault="unqualified" elementFormDefault="qualified"
  targetNamespace="http://schemas.hp.com/SM/7" version="2019-01-15 Rev 1">
<xs:import namespace="http://schemas.hp.com/SM/7/Common"
  schemaLocation="{{ base_url }}/SM/7/Common.xsd"/>
{% for made in objects %}
{% set name = made.name %}
<xs:complexType name="{{ name }}KeysType">
  <xs:sequence>{% for at in made.keys %}{{ leaf(made.fields[at]) }}{% endfor %}</xs:sequence>
  <xs:attribute name="query" type="xs:string"/>
  <xs:attribute name="updatecounter" type="xs:long"/>
</xs:complexType>
<xs:complexType name="{{ name }}InstanceType">
  <xs:sequence>
  {% for structure, fields in structures(made.fields) %}
  {% if structure %}
    <xs:element minOccurs="0" name="{{ structure }}" nillable="true">
    <xs:complexType><xs:complexContent><xs:extension base="cmn:StructureType"><xs:sequence>
  {% endif %}
  {% for bound in fields %}{{ leaf(bound) }}{% endfor %}
  {% if structure %}
    </xs:sequence></xs:extension></xs:complexContent></xs:complexType></xs:element>
  {% endif %}
  {% endfor %}
  {% if made.shown.attachments %}
    <xs:element minOccurs="0" name="attachments" nillable="true" type="cmn:AttachmentsType"/>
  {% endif %}
  </xs:sequence>
  <xs:attribute name="query" type="xs:string"/>
  <xs:attribute name="uniquequery" type="xs:string"/>
  <xs:attribute name="recordid" type="xs:string"/>
  <xs:attribute name="updatecounter" type="xs:long"/>
</xs:complexType>
<xs:complexType name="{{ name }}ModelType">
  <xs:sequence>
    <xs:element name="keys" type="ns:{{ name }}KeysType"/>
    <xs:element name="instance" type="ns:{{ name }}InstanceType"/>
  </xs:sequence>
  <xs:attribute name="query" type="xs:string"/>
</xs:complexType>
{% set model = '<xs:element name="model" type="ns:' ~ name ~ 'ModelType" minOccurs="{}"/>' %}
{% set keys = '<xs:element name="keys" type="ns:' ~ name
  ~ 'KeysType" minOccurs="{}" maxOccurs="unbounded"/>' %}
{% set instances = '<xs:element name="instance" type="ns:' ~ name
  ~ 'InstanceType" minOccurs="0" maxOccurs="unbounded"/>' %}
{{ request("Retrieve" ~ name, model.format(1)) }}
{{ response("Retrieve" ~ name, model.format(0)) }}
{{ request("Retrieve" ~ name ~ "KeysList", model.format(1)) }}
{{ response("Retrieve" ~ name ~ "KeysList", keys.format(0)) }}
{{ request("Retrieve" ~ name ~ "List", keys.format(1)) }}
{{ response("Retrieve" ~ name ~ "List", instances) }}
{% endfor %}
</xs:schema>
</types>
{% for name, _ in operations %}
{% for end in ("Request", "Response") %}
<message name="{{ name }}{{ end }}">
  <part name="{{ name }}{{ end }}" element="ns:{{ name }}{{ end }}"/>
</message>
{% endfor %}
{% endfor %}
<portType name="{{ service }}">
{% for name, _ in operations %}
  <operation name="{{ name }}"><documentation/>
    <input message="ns:{{ name }}Request"/><output message="ns:{{ name }}Response"/>
  </operation>
{% endfor %}
</portType>
<binding name="{{ service }}" type="ns:{{ service }}">
  <soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>
{% for name, action in operations %}
  <operation name="{{ name }}"><soap:operation soapAction="{{ action }}" style="document"/>
    <input><soap:body use="literal"/></input><output><soap:body use="literal"/></output>
  </operation>
{% endfor %}
</binding>
<service name="{{ service }}"><port name="{{ service }}" binding="ns:{{ service }}">
  <soap:address location="{{ base_url }}/SM/7/ws"/>
</port></service>
</definitions>
""")

_COMMON = _TEMPLATES.from_string("""\
<?xml version="1.0" encoding="utf-8"?>
{% macro type(name) %}
<xs:attribute fixed="{{ name }}" name="type" type="xs:string" use="required"/>
{% endmacro %}
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"
  xmlns:cmn="http://schemas.hp.com/SM/7/Common" xmlns:xmime="http://www.w3.org/2005/05/xmlmime"
  elementFormDefault="qualified" targetNamespace="http://schemas.hp.com/SM/7/Common">
<xs:import namespace="http://www.w3.org/2005/05/xmlmime" schemaLocation="xmlmime.xsd"/>
{% for name in simple %}
<xs:complexType name="{{ name }}Type"><xs:simpleContent>
  <xs:extension base="xs:{{ name[0] | lower }}{{ name[1:] }}">
    {{ type(name) }}
    <xs:attribute name="mandatory" type="xs:boolean"/>
    <xs:attribute name="readonly" type="xs:boolean"/>
  </xs:extension>
</xs:simpleContent></xs:complexType>
{% endfor %}
<xs:complexType name="ArrayType">{{ type("Array") }}</xs:complexType>
<xs:complexType name="StructureType">{{ type("Structure") }}</xs:complexType>
<xs:complexType name="AttachmentType"><xs:simpleContent>
  <xs:extension base="xs:base64Binary">
    <xs:attribute ref="xmime:contentType" use="required"/>
    <xs:attribute name="name" type="xs:string" use="required"/>
    <xs:attribute name="type" type="xs:string" use="required"/>
    <xs:attribute name="len" type="xs:int"/>
    {% for name in attachment %}
    <xs:attribute name="{{ name }}" type="xs:string"/>
    {% endfor %}
  </xs:extension>
</xs:simpleContent></xs:complexType>
<xs:complexType name="AttachmentsType"><xs:sequence>
  <xs:element minOccurs="0" maxOccurs="unbounded" name="attachment" type="cmn:AttachmentType"/>
</xs:sequence></xs:complexType>
<xs:complexType name="MessageType"><xs:simpleContent>
  <xs:extension base="cmn:StringType">
    <xs:attribute name="severity" type="xs:int"/>
    <xs:attribute name="module" type="xs:string"/>
  </xs:extension>
</xs:simpleContent></xs:complexType>
<xs:complexType name="MessagesType"><xs:sequence>
  <xs:element minOccurs="0" maxOccurs="unbounded" name="message" type="cmn:MessageType"/>
</xs:sequence></xs:complexType>
<xs:simpleType name="StatusType"><xs:restriction base="xs:string">
  <xs:enumeration value="SUCCESS"/><xs:enumeration value="FAILURE"/>
</xs:restriction></xs:simpleType>
</xs:schema>
""")

_XMLMIME = b"""<?xml version="1.0" encoding="utf-8"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"
  targetNamespace="http://www.w3.org/2005/05/xmlmime">
<xs:attribute name="contentType"><xs:simpleType><xs:restriction base="xs:string">
  <xs:minLength value="3"/>
</xs:restriction></xs:simpleType></xs:attribute>
</xs:schema>
"""

_SIMPLE = ("String", "Decimal", "Boolean", "DateTime", "Date", "Time", "Duration", "Int", "Long")
_ATTACHMENT = ("href", "contentId", "action", "charset", "upload.by", "upload.date")


def wsdl(service: str, objects: Iterable[Object], base_url: str, untyped: frozenset[str]) -> bytes:
    """The definitions of one service and all its objects. What is `untyped` has only Strings."""
    served = list(objects)
    strings = {id(bound) for made in served if made.name in untyped for bound in made.fields}

    def soap(bound: Bound) -> str:
        kind = SOAP_TYPES[bound.type]
        return "String" if id(bound) in strings and kind != "Array" else kind

    return _WSDL.render(
        service=service,
        objects=served,
        operations=[
            (f"Retrieve{made.name}{kind}", f"Retrieve{kind}")
            for made in served
            for kind in ("", "List", "KeysList")
        ],
        base_url=base_url,
        soap=soap,
        structures=_structures,
    ).encode()


def common_xsd() -> bytes:
    """The types that every service's elements are of."""
    return _COMMON.render(simple=_SIMPLE, attachment=_ATTACHMENT).encode()


def xmlmime_xsd() -> bytes:
    """The one attribute of W3C's namespace that attachments bear."""
    return _XMLMIME


def _structures(fields: Iterable[Bound]) -> list[tuple[str, list[Bound]]]:
    grouped = groupby(fields, lambda bound: bound.field.structure)
    return [(structure, list(inside)) for structure, inside in grouped]
