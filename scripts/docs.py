"""Builds the documentation: guides from docs/, a page for each check of the catalogue, the reference of the experiment file."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import cast

from cnndoctor.catalogue import all_checks
from cnndoctor.check import Check
from cnndoctor.config import json_schema

ROOT = Path(__file__).resolve().parents[1]
Schema = Mapping[str, object]


def main(folder: Path) -> None:
    """Write the whole documentation into a folder; pages of checks that are gone go too."""
    shutil.rmtree(folder / "checks", ignore_errors=True)
    for guide in sorted((ROOT / "docs").glob("*.md")):
        _write(folder / guide.name, guide.read_text(encoding="utf-8"))
    checks = all_checks()
    for check in checks:
        _write(folder / "checks" / f"{check.id}.md", check_page(check, checks))
    _write(folder / "checks" / "README.md", index_page(checks))
    _write(folder / "keys.md", keys_page(json_schema()))
    print(f"wrote {folder}: {len(list(folder.rglob('*.md')))} pages, {len(checks)} of them checks")


def check_page(check: Check, checks: Sequence[Check]) -> str:
    """Return the page of one check: what ``explain`` prints, with links to what it explains and what explains it."""
    known = {each.id for each in checks}
    causes = [each.id for each in checks if check.id in each.explains]
    parts = [
        f"# {check.id}",
        check.title + ".",
        f"{_family(check)} · {check.severity} unless the finding says otherwise · grade {check.grade}",
        _sections(check.page),
    ]
    if check.thresholds:
        rows = [f"| `{name}` | `{value}` |" for name, value in check.thresholds.items()]
        example = "\n".join(
            ["thresholds:", f"  {check.id}:", *(f"    {k}: {_yaml(v)}" for k, v in check.thresholds.items())]
        )
        parts += [
            "## Thresholds",
            "\n".join(["| Name | Default |", "|---|---|", *rows]),
            f"```yaml\n{example}\n```",
        ]
    if check.explains:
        parts += ["## What it explains", _links(check.explains, known)]
    if causes:
        parts += ["## What may be behind it", _links(causes, known)]
    return "\n\n".join(parts) + "\n"


def index_page(checks: Sequence[Check]) -> str:
    """Return the list of all checks by family."""
    parts = ["# Checks", f"{len(checks)} checks. `cnndoctor explain CHECK` prints the page of one."]
    for family, members in groupby(checks, key=_family):
        rows = [f"| [{c.id}]({c.id}.md) | {c.title} | {c.severity} | {c.grade} |" for c in members]
        parts += [
            f"## {family}",
            "\n".join(["| Check | What is wrong | Severity | Grade |", "|---|---|---|---|", *rows]),
        ]
    grades = "Grades: A proves by construction, B is confirmed statistics, C is a hint and never more than a note alone."
    return "\n\n".join([*parts, grades]) + "\n"


def keys_page(schema: Schema) -> str:
    """Return every key of the experiment file with type, default and meaning, from its JSON Schema."""
    head = ["| Key | Type | Default | Meaning |", "|---|---|---|---|"]
    rows = [
        f"| `{key}` | {kind} | {default} | {text} |" for key, kind, default, text in _keys(schema, schema, "")
    ]
    intro = (
        "Written from `cnndoctor schema`. The ideas behind it stand in [configuration.md](configuration.md)."
    )
    return "\n\n".join(["# Keys of the experiment file", intro, "\n".join([*head, *rows])]) + "\n"


def _keys(section: Schema, whole: Schema, before: str) -> Iterator[tuple[str, str, str, str]]:
    for name, value in cast("Mapping[str, Schema]", section.get("properties", {})).items():
        inner = _resolved(value, whole)
        text = (
            str(value.get("description", inner.get("description", ""))).replace("|", "\\|").replace("\n", " ")
        )
        default = f"`{_yaml(value['default'])}`" if _is_plain(value.get("default", {})) else ""
        yield f"{before}{name}", _kind(value, whole), default, text
        if (
            "properties" in inner
            and "_target_" not in cast("Schema", inner["properties"])
            and name != "loader"
        ):
            yield from _keys(inner, whole, f"{before}{name}.")


def _resolved(value: Schema, whole: Schema) -> Schema:
    """Follow references, and take the mapping among several forms."""
    forms = [
        value,
        *cast("Sequence[Schema]", value.get("anyOf", ())),
        *cast("Sequence[Schema]", value.get("allOf", ())),
    ]
    for form in forms:
        name = str(form.get("$ref", "")).rpartition("/")[2]
        if name:
            return cast("Mapping[str, Schema]", whole["definitions"])[name]
        if "properties" in form:
            return form
    return value


def _kind(value: Schema, whole: Schema) -> str:
    name = str(value.get("$ref", "")).rpartition("/")[2]
    if name:
        return "node" if name.lower() == "node" else "mapping"
    if "enum" in value:
        return " \\| ".join(f"`{_yaml(item)}`" for item in cast("Sequence[object]", value["enum"]))
    if "anyOf" in value:
        return " or ".join(
            dict.fromkeys(_kind(form, whole) for form in cast("Sequence[Schema]", value["anyOf"]))
        )
    kind = value.get("type", "mapping")
    words = {
        "object": "mapping",
        "array": "list",
        "string": "text",
        "integer": "whole number",
        "boolean": "true or false",
    }
    kinds = kind if isinstance(kind, list) else [kind]
    return " or ".join(words.get(str(each), str(each)) for each in kinds)


def _is_plain(value: object) -> bool:
    return not isinstance(value, dict | list) and value != ""


def _yaml(value: object) -> str:
    return {"None": "null", "True": "true", "False": "false"}.get(str(value), str(value))


def _family(check: Check) -> str:
    return check.family.replace("_", " ").capitalize()


def _links(ids: Sequence[str], known: set[str]) -> str:
    return "\n".join(f"- [{each}]({each}.md)" if each in known else f"- {each}" for each in ids)


def _sections(page: str) -> str:
    """Turn the indented sections of a docstring into headings; the first sentence is the page's lead already."""
    _, _, body = page.partition("\n\n")
    lines = []
    for line in body.splitlines():
        heading = re.fullmatch(r"(\S[^:]*):", line)
        lines += ["", f"## {heading[1]}", ""] if heading else [line.removeprefix("    ")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "build/docs"))
