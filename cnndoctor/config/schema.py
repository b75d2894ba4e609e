"""The JSON Schema of an experiment file, for editors that complete and check while one types."""

from __future__ import annotations

from collections.abc import Mapping

from cnndoctor.config.model import Accumulate, Fields

_NODE_KEYS: dict[str, object] = {
    "_target_": {
        "type": "string",
        "description": "package.module.attr, package.module:attr or path/to/file.py:attr",
    },
    "_args_": {"type": "array", "description": "Positional arguments."},
    "_partial_": {
        "type": "boolean",
        "description": "Hand on the callable with its arguments bound instead of calling it.",
    },
    "_recursive_": {"type": "boolean", "description": "Build nested nodes first (default)."},
    "_convert_": {"description": "Accepted for Hydra's sake; containers are always plain."},
    "class_path": {"type": "string", "description": "Another spelling of _target_."},
    "init_args": {"type": "object", "description": "Keyword arguments beside class_path."},
    "_component_": {"type": "string", "description": "Another spelling of _target_."},
}
_NODE: dict[str, object] = {
    "title": "Node",
    "description": "A callable and its arguments: every other key is a keyword argument; nodes nest.",
    "type": "object",
    "properties": _NODE_KEYS,
    "anyOf": [{"required": ["_target_"]}, {"required": ["class_path"]}, {"required": ["_component_"]}],
    "additionalProperties": True,
}


_PLACEHOLDERS: dict[str, dict[str, object]] = {
    "node": {"$ref": "#/definitions/node"},
    "accumulate": {
        "anyOf": [{"type": "integer", "minimum": 1}, {"$ref": "#/definitions/Accumulate"}],
    },
}


def json_schema() -> dict[str, object]:
    """Return the JSON Schema (draft 7) of an experiment file."""
    schema = Fields.model_json_schema()
    definitions = {**schema.pop("$defs"), "Accumulate": Accumulate.model_json_schema()}
    properties = definitions["Scheduler"].pop("properties")
    own = {name: value for name, value in properties.items() if name != "node"}
    # In the file a scheduler's own keys stand beside its arguments.
    definitions["Scheduler"] = {**_NODE, "title": "Scheduler", "properties": {**_NODE_KEYS, **own}}
    plain = {**schema, "title": "cnndoctor experiment", "definitions": {"node": _NODE, **definitions}}
    return {"$schema": "http://json-schema.org/draft-07/schema#", **_filled(plain)}


def _filled(schema: Mapping[str, object]) -> dict[str, object]:
    """Return the schema with references where the fields left placeholders, and in draft 7's place."""
    placeholder = schema.get("format")
    filled = {name: _value(value) for name, value in schema.items()}
    if isinstance(placeholder, str) and placeholder in _PLACEHOLDERS:
        del filled["format"]
        return filled | _PLACEHOLDERS[placeholder]
    return filled


def _value(value: object) -> object:
    if isinstance(value, dict):
        return _filled(value)
    if isinstance(value, list):
        return [_value(item) for item in value]
    return value.replace("#/$defs/", "#/definitions/") if isinstance(value, str) else value
