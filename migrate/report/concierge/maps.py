"""Old number → address, for the web server that answers HPSM's old address; and all as a list.

Only what is found stands in the maps. A server sends every other number to the page, which says
why, and so a number that must not be told from an unknown one is not.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from typing import IO

from migrate.report.concierge.answers import Answer, Code

Write = Callable[[str, Answer, str], bool]
"""Adds one answer with its link; False where this form cannot hold them."""

_PLAIN = re.compile(r"[^\W_](?:[\w./-]*\w)?")
"""Numbers that mean themselves in every map. A quote, a blank or a `~` would not."""
_NGINX_WORDS = frozenset({"DEFAULT", "HOSTNAMES", "INCLUDE", "VOLATILE"})

_NGINX = """\
# HPSM's old numbers -> TOPdesk. The numbers are those of an address such as
# /sm/index.do?ctx=docEngine&file=probsummary&query=number%3D%22IM10001%22
#
#   map_hash_max_size 4194304;  # above the number of lines
#   map_hash_bucket_size 256;
#   map $request_uri $old_number {
#     "~*(?:%(?:25)*22|[=/])(?<found>(?:@LETTERS@)[0-9]+)" $found;
#   }
#   map $old_number $topdesk {
#     default /concierge/?number=$old_number;  # the page says why
#     include /etc/nginx/numbers.nginx.map;
#   }
#   server { return 302 $topdesk; }
#
"""
_APACHE = """\
# HPSM's old numbers -> TOPdesk.
#
#   RewriteEngine on
#   RewriteMap upper int:toupper
#   RewriteMap numbers txt:/etc/apache2/numbers.apache.txt
#   RewriteCond %{REQUEST_URI}?%{QUERY_STRING} (?:%(?:25)*22|[=/])((?:@LETTERS@)[0-9]+) [NC]
#   RewriteCond ${numbers:${upper:%1}|/concierge/?number=%1} ^([^?]*)\\??(.*)$
#   RewriteRule ^ %1?%2 [R=302,L,NE]
#
# For many numbers: httxt2dbm -i numbers.apache.txt -o numbers.dbm, and dbm: in place of txt:.
#
"""


def nginx(file: IO[str], prefixes: Sequence[str]) -> Write:
    """Lines for `map`, below an example of its use for numbers that begin with one of `prefixes`.
    nginx takes no heed of capitals in these."""
    file.write(_example(_NGINX, prefixes))

    def write(key: str, answer: Answer, to: str) -> bool:
        if not to:
            return True
        if not _PLAIN.fullmatch(key) or key in _NGINX_WORDS or re.search(r'["\\$\s]', to):
            return False
        file.write(f'{key} "{to}";\n')
        return True

    return write


def apache(file: IO[str], prefixes: Sequence[str]) -> Write:
    """Lines for RewriteMap, the numbers in capitals, below an example as in `nginx`."""
    file.write(_example(_APACHE, prefixes))

    def write(key: str, answer: Answer, to: str) -> bool:
        if not to:
            return True
        if not _PLAIN.fullmatch(key) or re.search(r"\s", to):
            return False
        file.write(f"{key} {to}\n")
        return True

    return write


def table(file: IO[str], prefixes: Sequence[str]) -> Write:
    """CSV: old number, new number, link, reason; each has either a new number or a reason."""
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(["old_number", "new_number", "link", "reason"])

    def write(key: str, answer: Answer, to: str) -> bool:
        reason = "" if answer.code is Code.FOUND else answer.code
        rows.writerow([key, answer.number, to, reason])
        return True

    return write


def _example(text: str, prefixes: Sequence[str]) -> str:
    # The longest first: IMT10001 is not IM and more.
    letters = sorted(prefixes, key=lambda prefix: (-len(prefix), prefix))
    return text.replace("@LETTERS@", "|".join(letters) or "SD|IM")
