"""XML documents of other servers: what is read, and what is refused."""

import pytest

from shared.platform import xml_documents
from shared.platform.xml_documents import MalformedDocument, parse

LIMIT = 100_000


def test_elements_have_namespaces_texts_and_order() -> None:
    root = parse(
        b'<d:a xmlns:d="DAV:" x="1"><d:b> one </d:b>t<c/><d:b>&lt;two&#33;</d:b></d:a>', LIMIT
    )
    assert (root.name, root.attributes, root.text) == ("{DAV:}a", {"x": "1"}, "t")
    assert root.read_text("{DAV:}b") == "one"
    assert [element.text for element in root.list_all("{DAV:}b")] == [" one ", "<two!"]
    assert [element.name for element in root.walk()] == ["{DAV:}a", "{DAV:}b", "c", "{DAV:}b"]
    assert root.find("c", "{DAV:}b") is None
    assert root.read_text("none", "of these") is None


@pytest.mark.parametrize(
    "document",
    [
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b'<!DOCTYPE a SYSTEM "https://elsewhere.example/a.dtd"><a/>',
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        b"<a>&undeclared;</a>",
        b"<a><b></a>",
        b"",
        b"no XML",
        b'<?xml version="1.0" encoding="no-such-encoding"?><a/>',
        b'<?xml version="1.0" encoding="base64"?><a/>',
        b"<a>\xff</a>",
        b"<a>" + b" " * LIMIT + b"</a>",
        b"<a>" * (xml_documents.MAX_DEPTH + 1) + b"</a>" * (xml_documents.MAX_DEPTH + 1),
    ],
)
def test_a_document_that_is_not_read_is_refused(document: bytes) -> None:
    with pytest.raises(MalformedDocument):
        parse(document, LIMIT)


def test_the_number_of_elements_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_documents, "MAX_ELEMENTS", 3)
    parse(b"<a><b/><b/></a>", LIMIT)
    with pytest.raises(MalformedDocument):
        parse(b"<a><b/><b/><b/></a>", LIMIT)
