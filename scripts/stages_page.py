"""Writes one section of ``docs/stages.md``, between its markers; other sections stay as they are."""

from __future__ import annotations

from pathlib import Path

INTRODUCTION = """# How good the stages are

What single stages were held against, each on problems made for the purpose, with what they got wrong. Every section is written
by the command it names and can be repeated with it. The problems are small and ours: they show that a stage does what it
says, not that it always will.
"""


def write_section(page: Path, name: str, text: str) -> None:
    """Put ``text`` between ``<!-- name:begin -->`` and ``<!-- name:end -->``; a page or section that is missing is made.

    Args:
        page: The Markdown page.
        name: Name of the section.
        text: Its new content.
    """
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    before = page.read_text(encoding="utf-8") if page.exists() else INTRODUCTION
    section = f"{begin}\n{text.strip()}\n{end}"
    if begin in before and end in before:
        head, _, rest = before.partition(begin)
        page.write_text(head + section + rest.partition(end)[2], encoding="utf-8")
    else:
        page.write_text(f"{before.rstrip()}\n\n{section}\n", encoding="utf-8")
