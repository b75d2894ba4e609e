"""The experiment file: YAML in, a frozen ``Config`` out, with the line of every key; never imports torch."""

from __future__ import annotations

from cnndoctor.config.config import Config
from cnndoctor.config.model import (
    Accumulate,
    Data,
    DataStage,
    EarlyStopping,
    Fields,
    FirstBatchStage,
    GradientStage,
    Intent,
    LrRangeStage,
    OverfitStage,
    Scheduler,
    SetupStage,
    Stages,
    Train,
    TrainStage,
)
from cnndoctor.config.node import Node, walk
from cnndoctor.config.reading import load, static_problems, validate_check_names
from cnndoctor.config.schema import json_schema

__all__ = [
    "Accumulate",
    "Config",
    "Data",
    "DataStage",
    "EarlyStopping",
    "Fields",
    "FirstBatchStage",
    "GradientStage",
    "Intent",
    "LrRangeStage",
    "Node",
    "OverfitStage",
    "Scheduler",
    "SetupStage",
    "Stages",
    "Train",
    "TrainStage",
    "json_schema",
    "load",
    "static_problems",
    "validate_check_names",
    "walk",
]
