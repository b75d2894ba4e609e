"""Says in plain words what PyYAML could not read, and where: its own words speak of tokens and block mappings."""

from __future__ import annotations

import yaml

from cnndoctor.errors import Problem


def syntax_problem(error: yaml.YAMLError, file: str, text: str) -> Problem:
    """Return the problem that PyYAML met, as a person would say it.

    Args:
        error: What PyYAML raised.
        file: The file as the user named it.
        text: The file's text.
    """
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return _unreadable_character(error, file, text)
    said, context = error.problem or "", error.context or ""
    mark, hint = error.problem_mark, ""
    if "'\\t'" in said:
        message, hint = "a tab stands here; YAML indents with spaces only.", "Replace it by spaces."
    elif "flow" in context and error.context_mark is not None:
        opened = "[" if "sequence" in context else "{"
        closed = "]" if opened == "[" else "}"
        gave_up = f"line {mark.line + 1}, column {mark.column + 1}"
        mark = error.context_mark
        message = f"the '{opened}' that opens here is not closed properly; reading failed at {gave_up}."
        hint = f"Look for a missing '{closed}', comma or quote."
    elif "mapping values are not allowed" in said:
        message = "this ':' does not fit: the line is indented wrongly, or a value holds ': ' without quotes."
    elif "could not find expected ':'" in said:
        mark = error.context_mark or mark
        message = "this line is no 'key: value'."
        hint = "A key needs a colon and a space after it."
    elif "quoted scalar" in context and error.context_mark is not None:
        mark = error.context_mark
        message = "the quote that opens here is never closed."
    elif "undefined alias" in said:
        message = f"the alias {said.rpartition(' ')[2]} is used and no '&' defines it above."
    elif "block mapping" in context or "block collection" in context:
        message = "this line does not fit the lines above: its indentation or its first character is wrong."
    else:
        message = f"this is no YAML: {' '.join(part for part in (context, said) if part)}."
    return Problem(message=message, hint=hint, file=file, line=mark.line + 1, column=mark.column + 1)


def _unreadable_character(error: yaml.YAMLError, file: str, text: str) -> Problem:
    index = getattr(error, "position", None)
    if not isinstance(index, int):
        return Problem(message=f"this is no YAML: {error}.", file=file)
    line = text.count("\n", 0, index) + 1
    column = index - (text.rfind("\n", 0, index) + 1) + 1
    message = f"the character {text[index : index + 1]!a} is not allowed in YAML."
    return Problem(message=message, file=file, line=line, column=column)
