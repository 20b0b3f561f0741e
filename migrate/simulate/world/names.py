"""Names for invented people."""

from __future__ import annotations


def _list(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.replace("\n", " ").split(","))


FIRST = _list("""
Kari, Ola, Ingrid, Per, Marit, Lars, Silje, Bjørn, Åse, Øyvind, Sigrid, Håkon, Tone, Jørgen,
Ragnhild, Magnus, Gunnhild, Eirik, Solveig, Trond, Hilde, Pål, Astrid, Geir, Kjersti, Stein, Randi,
Tor, Turid, Arne, Berit, Svein, Gro, Knut, Liv, Odd, Wenche, Rune, Anne, Morten, Mette, Espen, Nina,
Frode, Camilla, Henrik, Ida, Jonas, Emma, Mathias, Sunniva, Sander, Thea, Vegard, Maja, Sindre, Oda,
Aksel, Vilde, Brage, Amalie, Kristoffer, Anne Grete, Jan Erik, Karl-Johan, Else Marie, Ole Martin
""")
LAST = _list("""
Nordmann, Hansen, Johansen, Olsen, Larsen, Andersen, Pedersen, Nilsen, Kristiansen, Jensen, Karlsen,
Johnsen, Pettersen, Eriksen, Berg, Haugen, Hagen, Johannessen, Andreassen, Jacobsen, Dahl,
Jørgensen, Halvorsen, Henriksen, Lund, Sørensen, Jakobsen, Moen, Gundersen, Iversen, Strand,
Solberg, Svendsen, Eide, Knutsen, Martinsen, Bakken, Kristoffersen, Mathisen, Lie, Amundsen,
Rasmussen, Lunde, Solheim, Berge, Moe, Nygård, Bakke, Fossum, Ødegård, Ås, Øien, Sæther, Tveit,
Rønning, Aune, Skjærvø, Gjøsund, Bøe, Trønnes, Kvåle, Hovde, Stokke, Vik, Vågen, Ruud, Engen, Myhre,
Thorsen, Bråten, Grønli, Sletten, Brekke, Kjøsnes, Østby, Ulvik, Wåge, Myklebust, Haugland, Rød,
Selnes, Gravdal
""")
FIRST_ABROAD = _list("Anna, Wei, Fatima, José, Priya, Tomasz, Elena, Ahmed, Zoë, Jürgen")
LAST_ABROAD = _list("Müller, Kowalski, Zhang, García, Nguyen, Rossi, Novák, Singh, Okafor")
JOB_TITLES = _list("""
Rådgiver, Seniorrådgiver, Førstekonsulent, Avdelingsingeniør, Professor, Førsteamanuensis,
Stipendiat, Student, Seksjonssjef, Overingeniør
""")
