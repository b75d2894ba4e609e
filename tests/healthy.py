"""The evidence of one healthy examination: a small digits CNN that trains to 98 %; a check's test replaces one fact."""

from __future__ import annotations

from typing import Any

from cnndoctor.evidence import (
    DataEvidence,
    Evidence,
    ExperimentEvidence,
    FailuresEvidence,
    FirstBatchEvidence,
    GradientEvidence,
    LrRangeEvidence,
    OverfitEvidence,
    SetupEvidence,
    TrainEvidence,
)
from cnndoctor.evidence.data import LabelFacts, LoaderFacts, Overlap, SimpleBaseline, Split, TensorFacts
from cnndoctor.evidence.first_batch import LayerSignal, LossCallFacts, OutputFacts, ParameterStep
from cnndoctor.evidence.gradient import TensorCheck
from cnndoctor.evidence.lr_range import PairedRun, Sweep
from cnndoctor.evidence.overfit import Rung
from cnndoctor.evidence.setup import Layer, LossFacts, OptimizerFacts, OptimizerGroup, Parameter
from cnndoctor.evidence.train import ClassResult, Epoch, Evaluation, LayerSeries

STEPS_PER_EPOCH = 45
EPOCHS = 15
STEPS = STEPS_PER_EPOCH * EPOCHS
LAYERS = (
    ("features.0.0", "Conv2d", (32, 1, 8, 8), (32, 16, 8, 8)),
    ("features.0.1", "BatchNorm2d", (32, 16, 8, 8), (32, 16, 8, 8)),
    ("features.0.2", "ReLU", (32, 16, 8, 8), (32, 16, 8, 8)),
    ("features.0.3", "MaxPool2d", (32, 16, 8, 8), (32, 16, 4, 4)),
    ("features.1.0", "Conv2d", (32, 16, 4, 4), (32, 32, 4, 4)),
    ("features.1.1", "BatchNorm2d", (32, 32, 4, 4), (32, 32, 4, 4)),
    ("features.1.2", "ReLU", (32, 32, 4, 4), (32, 32, 4, 4)),
    ("features.1.3", "MaxPool2d", (32, 32, 4, 4), (32, 32, 2, 2)),
    ("head", "Linear", (32, 128), (32, 10)),
)
PARAMETERS = (
    ("features.0.0.weight", "Conv2d", (16, 1, 3, 3), 0.19),
    ("features.0.1.weight", "BatchNorm2d", (16,), 0.0),
    ("features.0.1.bias", "BatchNorm2d", (16,), 0.0),
    ("features.1.0.weight", "Conv2d", (32, 16, 3, 3), 0.048),
    ("features.1.1.weight", "BatchNorm2d", (32,), 0.0),
    ("features.1.1.bias", "BatchNorm2d", (32,), 0.0),
    ("head.weight", "Linear", (10, 128), 0.051),
    ("head.bias", "Linear", (10,), 0.05),
)


def healthy_evidence(**replacements: Any) -> Evidence:
    """Return everything a healthy examination leaves behind.

    Args:
        **replacements: Fields of Evidence to put in place of the healthy ones, for example ``train=None``.
    """
    records: dict[str, Any] = {
        "experiment": healthy_experiment(),
        "failures": FailuresEvidence(),
        "setup": healthy_setup(),
        "data": healthy_data(),
        "first_batch": healthy_first_batch(),
        "overfit": healthy_overfit(),
        "lr_range": healthy_lr_range(),
        "gradient": healthy_gradient(),
        "train": healthy_train(),
        "trials": None,
    }
    return Evidence(**(records | replacements))


def healthy_experiment() -> ExperimentEvidence:
    """Return the facts of configs/digits.yaml."""
    keys = (
        "model", "data.train", "data.validation", "data.loader", "data.loader.batch_size", "loss", "optimizer",
        "optimizer.lr", "optimizer.weight_decay", "scheduler", "train.epochs",
    )  # fmt: skip
    return ExperimentEvidence(
        name="digits",
        path="configs/digits.yaml",
        lines={key: 10 + index for index, key in enumerate(keys)},
        task="classification",
        model="models.SmallCNN",
        loss="torch.nn.CrossEntropyLoss",
        optimizer="torch.optim.SGD",
        scheduler="torch.optim.lr_scheduler.CosineAnnealingLR",
        scheduler_interval="epoch",
        batch_size=32,
        loader_keys={"batch_size": "32", "num_workers": "0"},
        epochs=EPOCHS,
        checkpoint_every=5,
        settings={
            "optimizer.lr": "0.05",
            "optimizer.momentum": "0.9",
            "data.loader.batch_size": "32",
            "train.epochs": "15",
        },
    )


def healthy_setup() -> SetupEvidence:
    """Return the model, optimizer and loss as built."""
    return SetupEvidence(
        model="SmallCNN",
        layers=tuple(
            Layer(
                path=path,
                kind=kind,
                calls=1,
                position=i,
                input_shape=before,
                output_shape=after,
                parameters=_elements(path),
                trainable=_elements(path),
            )
            for i, (path, kind, before, after) in enumerate(LAYERS)
        ),
        parameters=tuple(
            Parameter(
                name=name,
                layer=name.rsplit(".", 1)[0],
                kind=kind,
                shape=shape,
                mean=1.0 if kind == "BatchNorm2d" and name.endswith("weight") else 0.0,
                std=std,
                fan_in=_product(shape[1:]) if len(shape) > 1 else 0,
                constant=kind == "BatchNorm2d",
            )
            for name, kind, shape, std in PARAMETERS
        ),
        optimizer=OptimizerFacts(
            name="SGD",
            groups=(OptimizerGroup(lr=0.05, weight_decay=5e-4, momentum=0.9, parameters=len(PARAMETERS)),),
        ),
        loss=LossFacts(name="CrossEntropyLoss", known=True, reduction="mean", ignore_index=-100),
        planned_lr=((0.0, 0.05), (0.25, 0.0427), (0.5, 0.025), (0.75, 0.0073), (1.0, 0.0)),
        planned_steps=STEPS,
        steps_per_epoch=STEPS_PER_EPOCH,
        scheduler="CosineAnnealingLR",
        output_shape=(32, 10),
        classes=10,
        class_names=("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
        normalisation=("features.0.1", "features.1.1"),
    )


def healthy_data() -> DataEvidence:
    """Return one pass over the digits, and what simple models reach on them."""
    return DataEvidence(
        train=healthy_split("train", 1433, batches=45, batch_size=32, last=25, shuffles=True, random_reads=0.89),
        validation=healthy_split("validation", 364, batches=2, batch_size=256, last=108, shuffles=False, random_reads=0.0),
        overlap=Overlap(),
        baseline=SimpleBaseline(
            metric="accuracy", chance=0.102, train=0.975, train_shuffled=0.101, train_shuffled_std=0.008,
            validation=0.981, validation_permuted=0.981, suspicious=(811,), suspicious_share=0.0007, samples=1433,
        ),
        seconds=1.2,
    )  # fmt: skip


def healthy_split(
    name: str, size: int, *, batches: int, batch_size: int, last: int, shuffles: bool, random_reads: float
) -> Split:
    """Return one split of the digits."""
    each, rest = divmod(size, 10)
    return Split(
        name=name,
        size=size,
        examined=size,
        inputs=TensorFacts(
            dtypes={"float32": size}, shapes={"1x8x8": size}, count=64 * size, minimum=0.0, maximum=1.0, mean=0.305,
            std=0.376, channel_axis=0, channel_means=(0.305,), channel_stds=(0.376,),
        ),
        targets=TensorFacts(
            kind="number", dtypes={"int64": size}, shapes={"": size}, count=size, minimum=0, maximum=9, mean=4.49,
            std=2.87, integral=True,
        ),
        labels=LabelFacts(
            histogram={str(label): each + (label < rest) for label in range(10)}, distinct=10, lowest=0, highest=9
        ),
        random_reads=random_reads,
        repeated_reads=False if random_reads else None,
        loader=LoaderFacts(
            batches=batches, batch_size=batch_size, last_batch_size=last, shuffles=shuffles, label_run_excess=0.3,
            sampler="RandomSampler" if shuffles else "SequentialSampler", seconds_per_batch=0.002,
        ),
    )  # fmt: skip


def healthy_first_batch() -> FirstBatchEvidence:
    """Return one batch, looked at closely."""
    return FirstBatchEvidence(
        batch_size=32,
        output=OutputFacts(shape=(32, 10), minimum=-1.1, maximum=1.2, std=0.34, last_layer="head"),
        loss=LossCallFacts(
            output_shape=(32, 10), target_shape=(32,), target_dtype="int64", value=2.36, expected=2.3026, value_eval=2.31,
            weight_decay_pull=0.01,
        ),
        layers=tuple(
            LayerSignal(path=path, kind=kind, position=i, zero_share=0.48 if kind == "ReLU" else 0.0,
                        minimum=0.0 if kind in {"ReLU", "MaxPool2d"} else -3.0, maximum=3.0)
            for i, (path, kind, _, _) in enumerate(LAYERS)
        ),
        parameters=tuple(ParameterStep(name=name) for name, *_ in PARAMETERS),
        depends_on_input=0.8,
        running_variance_min=900.0,
        steps=3,
        loss_after=1.9,
        seconds=0.004,
    )  # fmt: skip


def healthy_overfit() -> OverfitEvidence:
    """Return 32 samples learnt by heart in 60 steps."""
    return OverfitEvidence(
        samples=32,
        classes=10,
        metric="accuracy",
        goal=0.99,
        chance=0.125,
        configured=Rung(
            name="as-configured", change="nothing changed", lr=0.05, steps=60, loss_start=2.4, loss_end=0.01, score=1.0,
            reached=True,
        ),
        seconds=0.4,
        loss_curve=(2.4, 1.2, 0.4, 0.1, 0.03, 0.01),
        parameters=6226,
    )  # fmt: skip


def healthy_lr_range() -> LrRangeEvidence:
    """Return three sweeps that agree, the configured rate well inside the band."""
    lrs = tuple(10 ** (-5 + 0.5 * i) for i in range(13))
    losses = (2.36, 2.36, 2.35, 2.34, 2.31, 2.2, 1.9, 1.3, 0.7, 0.5, 0.9, 2.4, 6.0)
    return LrRangeEvidence(
        configured=0.05,
        configured_peak=0.05,
        schedule="decaying",
        band=(0.004, 0.4),
        suggestion=0.06,
        suggestion_low=0.05,
        suggestion_high=0.08,
        rule="geometric mean of minimum/5 and divergence/10",
        sweeps=tuple(
            Sweep(seed=seed, lrs=lrs, losses=losses, smoothed=losses, stopped="diverged", signal=140.0, low=0.003, minimum=0.3,
                  high=1.5)
            for seed in range(3)
        ),
        paired=tuple(
            PairedRun(
                factor=factor, lr=0.05 * factor, seed=0, steps=60, loss_start=2.36, loss_end=end, loss_std=0.04, eval_end=end
            )
            for factor, end in ((0.1, 1.2), (1.0, 0.35), (10.0, 0.9))
        ),
        steps=630,
        seconds=3.0,
    )  # fmt: skip


def healthy_gradient() -> GradientEvidence:
    """Return gradients that agree with finite differences."""
    return GradientEvidence(
        checkable=True,
        samples=4,
        tensors=tuple(
            TensorCheck(
                name=name, layer=name.rsplit(".", 1)[0], error=2e-8, direction_error=3e-8, coordinates=8
            )
            for name, *_ in PARAMETERS
        ),
        evaluations=150,
        seconds=0.3,
    )


def healthy_train() -> TrainEvidence:
    """Return fifteen epochs that end at 98 % on validation."""
    falling = tuple(2.3 * 0.62**i + 0.05 for i in range(EPOCHS))
    loss_steps = tuple(range(0, STEPS, 5))
    return TrainEvidence(
        metric="accuracy",
        planned_steps=STEPS,
        steps=STEPS,
        ended="completed",
        epochs=tuple(
            Epoch(
                index=i, steps=(i + 1) * STEPS_PER_EPOCH, lr=0.05 * (1 - i / EPOCHS), train_loss=loss,
                train_score=1 - 0.3 * loss, validation_loss=loss + 0.02, validation_score=1 - 0.3 * loss - 0.003, seconds=0.2,
            )
            for i, loss in enumerate(falling)
        ),
        loss_steps=loss_steps,
        losses=tuple(2.3 * 0.62 ** (step / STEPS_PER_EPOCH) + 0.06 + 0.01 * (step % 3) for step in loss_steps),
        lrs=tuple(0.05 * (1 - step / STEPS) for step in loss_steps),
        gradient_norms=tuple(1.5 * 0.8 ** (step / STEPS_PER_EPOCH) for step in loss_steps),
        sampled_steps=(0, 100, 300, 600),
        layers=tuple(
            LayerSeries(
                path=path, kind=kind, position=i, activation_std=(1.0, 1.1, 1.1, 1.2), activation_max=(4.0, 5.0, 5.0, 5.0),
                gradient_rms=(1e-2, 5e-3, 2e-3, 1e-3), weight_rms=(0.1, 0.11, 0.12, 0.12),
                update_ratio=(2e-2, 6e-3, 2e-3, 3e-4),
                dead_units=(0.0,) * EPOCHS if kind == "ReLU" else (),
            )
            for i, (path, kind, _, _) in enumerate(LAYERS)
            if kind != "MaxPool2d"
        ),
        train=healthy_evaluation("train", 1433, 0.02, 0.996),
        train_in_train_mode=healthy_evaluation("train", 1433, 0.022, 0.995),
        validation=healthy_evaluation("validation", 364, 0.06, 0.984),
        best_epoch=EPOCHS - 1,
        best_epoch_by_score=EPOCHS - 1,
        wait_share=0.08,
        seconds_per_step=0.004,
        overhead=0.03,
        seconds=3.0,
        checkpoints=3,
    )  # fmt: skip


def healthy_evaluation(split: str, samples: int, loss: float, score: float) -> Evaluation:
    """Return an eval-mode pass in which every class does well."""
    return Evaluation(
        split=split,
        samples=samples,
        loss=loss,
        score=score,
        chance=0.102,
        chance_loss=2.302,
        top_prediction_share=0.104,
        top_label_share=0.102,
        permuted_score=score,
        classes=tuple(
            ClassResult(label=str(i), support=samples // 10, recall=score, precision=score) for i in range(10)
        ),
        worst=(3, 17),
    )


def _elements(layer: str) -> int:
    return sum(_product(shape) for name, _, shape, _ in PARAMETERS if name.rsplit(".", 1)[0] == layer)


def _product(shape: tuple[int, ...]) -> int:
    product = 1
    for length in shape:
        product *= length
    return product
