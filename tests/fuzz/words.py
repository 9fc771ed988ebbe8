"""The words of the language, as a dictionary in the form libFuzzer reads."""

from __future__ import annotations

import re
from typing import Any

from detente.spec.jsonschema import json_schema
from detente.spec.nodes import FLAGS, FUNCTIONS
from fuzz.edits import TEXTS
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
    every = (*_schema(json_schema()), *FUNCTIONS, *FLAGS, *BINARY, *COMPARE, *NUMBERS, *OTHERS, *TEXTS, *YAML, *ESCAPES, *own)
    return "".join(f'"{_quoted(word)}"\n' for word in dict.fromkeys(every) if word)


def _schema(part: Any) -> list[str]:
    """Return the keys and choices a JSON Schema names."""
    if isinstance(part, list):
        return [word for entry in part for word in _schema(entry)]
    if not isinstance(part, dict):
        return []
    named = [*part.get("properties", {}), *(choice for choice in part.get("enum", []) if isinstance(choice, str))]
    return named + [word for entry in part.values() for word in _schema(entry)]


def _quoted(word: str) -> str:
    raw = word.encode("utf-8", "surrogatepass")
    return "".join(chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\x{byte:02x}" for byte in raw)
