"""The words of the language, as a dictionary in the form libFuzzer reads."""

from __future__ import annotations

import re

from detente.spec.nodes import FLAGS, FUNCTIONS
from fuzz.edits import KEYS, TEXTS
from fuzz.formulas import BINARY, COMPARE, NUMBERS, OTHERS
from scenarios import BASE

YAML = (
    "{",
    "}",
    "[",
    "]",
    ": ",
    "- ",
    "? ",
    "|\n",
    ">-\n",
    "'",
    '"',
    "&a ",
    "*a",
    "!!str ",
    "<<: ",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
)
ESCAPES = ("\\0", "\\x1b", "\\ud800", "\\U0010ffff", "\\N", "\n  ", "\n    ", "\t", "\ufeff", "\u2028")


def dictionary() -> str:
    """Return one quoted word a line: keys and choices of the language, its grammar, and the names of a scenario."""
    own = re.findall(r"[A-Za-z_][\w ]*|[0-9][\w.-]*", BASE)
    every = (*KEYS, *FUNCTIONS, *FLAGS, *BINARY, *COMPARE, *NUMBERS, *OTHERS, *TEXTS, *YAML, *ESCAPES, *own)
    return "".join(f'"{_quoted(word)}"\n' for word in dict.fromkeys(every) if word)


def _quoted(word: str) -> str:
    raw = word.encode("utf-8", "surrogatepass")
    return "".join(chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\x{byte:02x}" for byte in raw)
