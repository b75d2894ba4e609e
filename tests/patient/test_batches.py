"""Batches of every shape people use: members are found, replaced and moved, and containers keep their type."""

from __future__ import annotations

from collections import OrderedDict, UserDict, namedtuple
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pack_sequence

from cnndoctor.patient.batches import Members, first_tensor, move, size_of, tensors, transform

X, Y = torch.arange(6.0).reshape(3, 2), torch.tensor([0, 1, 2])
Pair = namedtuple("Pair", ["image", "label"])  # noqa: PYI024 - the plain kind, as users write it
CPU = torch.device("cpu")


@dataclass(frozen=True)
class Sample:
    image: Tensor
    label: Tensor


class Encoding(UserDict[str, Tensor]):
    """Like transformers' BatchEncoding: keys are attributes too."""

    def __getattr__(self, name: str) -> Tensor:
        if name == "data":
            raise AttributeError(name)
        return self.data[name]


class Graph:
    """Like a batch of torch_geometric: keys and items, but no Mapping."""

    def __init__(self, **members: Tensor) -> None:
        self.__dict__.update(members)

    def keys(self) -> list[str]:
        return list(self.__dict__)

    def __getitem__(self, key: str) -> Tensor:
        member: Tensor = self.__dict__[key]
        return member

    def __setitem__(self, key: str, value: Tensor) -> None:
        self.__dict__[key] = value


class Opaque:
    """A batch class that only knows how to move itself."""

    def __init__(self, image: Tensor) -> None:
        self.image, self.moved = image, False

    def to(self, device: torch.device) -> Opaque:
        moved = Opaque(self.image.to(device))
        moved.moved = True
        return moved


BATCHES = {
    "tuple": (X, Y),
    "list": [X, Y],
    "namedtuple": Pair(X, Y),
    "mapping": {"image": X, "label": Y},
    "ordered": OrderedDict(image=X, label=Y),
    "dataclass": Sample(X, Y),
    "encoding": Encoding(image=X, label=Y),
    "graph": Graph(image=X, label=Y),
}


@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
def test_first_and_second_member_are_inputs_and_targets(batch: object) -> None:
    """Without a word in the config the first member is the inputs and the second the targets."""
    assert Members().inputs_of(batch) is X
    assert Members().targets_of(batch) is Y


@pytest.mark.parametrize("kind", ["mapping", "ordered", "dataclass", "encoding", "graph", "namedtuple"])
def test_members_are_found_by_name(kind: str) -> None:
    """A name finds a key, an attribute or a field, wherever it stands."""
    members = Members(inputs="label", targets="image")
    assert members.inputs_of(BATCHES[kind]) is Y
    assert members.targets_of(BATCHES[kind]) is X


@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
def test_replacing_inputs_leaves_the_rest(batch: object) -> None:
    """Replaced inputs come in a container of the same type; the original is untouched."""
    changed = Members().with_inputs(batch, X + 1)
    assert type(changed) is type(batch)
    assert torch.equal(Members().inputs_of(changed), X + 1)
    assert Members().targets_of(changed) is Y
    assert Members().inputs_of(batch) is X


@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
def test_transform_reaches_every_tensor_and_keeps_the_type(batch: object) -> None:
    """Every tensor is transformed once and the container keeps its type."""
    doubled = transform(batch, lambda tensor: tensor * 2)
    assert type(doubled) is type(batch)
    assert [t.tolist() for t in tensors(doubled)] == [(X * 2).tolist(), (Y * 2).tolist()]


def test_nested_batches_are_walked_depth_first() -> None:
    """Lists of mappings, as detection has them, are walked in order."""
    batch = ([X, X + 1], [{"boxes": X, "name": "a"}, {"boxes": Y}], None, 3)
    assert len(list(tensors(batch))) == 4
    moved = move(batch, CPU)
    assert moved[1][0]["name"] == "a"
    assert moved[2:] == (None, 3)


def test_missing_members_are_none() -> None:
    """A batch without targets has none, and no exception."""
    for batch in (X, (X,), [X], {"image": X}, "text"):
        assert Members().targets_of(batch) is None
    assert Members().inputs_of(X) is X
    assert Members(targets="mask").targets_of({"image": X}) is None
    assert Members(targets="mask").targets_of(Sample(X, Y)) is None


def test_several_inputs_come_as_a_tuple() -> None:
    """A model of several arguments gets the named members in the order named, and they can be replaced."""
    batch = {"left": X, "label": Y, "right": X + 1}
    members = Members(inputs=("left", "right"), targets="label")
    left, right = members.inputs_of(batch)
    assert left is X
    assert torch.equal(right, X + 1)
    changed = members.with_inputs(batch, (X * 0, X * 3))
    assert torch.equal(changed["left"], X * 0)
    assert torch.equal(changed["right"], X * 3)
    assert changed["label"] is Y


def test_attributes_of_an_encoding_survive_moving() -> None:
    """A step that reads ``batch.image`` still can after the batch was moved."""
    moved = move(Encoding(image=X, label=Y), CPU)
    assert torch.equal(moved.image, X)


def test_batch_class_moves_itself() -> None:
    """What nobody can look into is moved by its own ``to``."""
    assert move(Opaque(X), CPU).moved


def test_packed_sequence_keeps_its_lengths() -> None:
    """Only the data of a packed sequence is transformed; lengths and order are no data."""
    packed = pack_sequence([torch.ones(3), torch.ones(2)])
    doubled = transform(packed, lambda tensor: tensor * 2)
    assert isinstance(doubled, PackedSequence)
    assert doubled.data.tolist() == [2.0] * 5
    assert torch.equal(doubled.batch_sizes, packed.batch_sizes)
    assert torch.equal(move(packed, CPU).data, packed.data)


def test_first_tensor_and_size() -> None:
    """The first (floating) tensor is found in any nesting; the size is its first axis, 1 without one."""
    assert first_tensor({"a": "text", "b": (Y, X)}) is Y
    assert first_tensor({"a": "text", "b": (Y, X)}, floating=True) is X
    assert first_tensor("text") is None
    assert size_of((X, Y)) == 3
    assert size_of(torch.tensor(1.0)) == 1
    assert size_of("text") == 1


@pytest.mark.parametrize(
    ("batch", "members", "alone"),
    [
        (X, Members(), True),
        ([X], Members(), True),
        ({"ids": X, "mask": X}, Members(inputs=("ids", "mask")), True),
        ((X, Y), Members(), False),
        ({"image": X, "label": Y}, Members(inputs="image", targets="label"), False),
        ((X, X, Y), Members(inputs=(0, 1), targets=2), False),
    ],
    ids=["bare", "one", "all to the model", "pair", "mapping", "two inputs"],
)
def test_a_batch_of_inputs_alone_is_told(batch: object, members: Members, *, alone: bool) -> None:
    """What is learnt from such a batch is made of its inputs; scaling them would change what is asked for."""
    assert members.are_all_inputs(batch) is alone
