"""What explain and checks print, as text and as data."""

from cnndoctor.catalogue import all_checks, by_id
from cnndoctor.commands.pages import list_text, page_data, page_text


def test_page_tells_thresholds_and_effects() -> None:
    """A page holds the docstring, each threshold with its default, and what the check explains."""
    check = by_id("dead-relu")
    text = page_text(check)
    assert check.page in text
    assert "max_dead_share: 0.5" in text
    assert "constant-predictions" in text.rpartition("Explains:")[2]


def test_data_holds_the_same() -> None:
    """The JSON form names everything a program needs."""
    data = page_data(by_id("dead-relu"))
    assert data["id"] == "dead-relu"
    assert data["family"] == "activations"
    assert data["thresholds"] == dict(by_id("dead-relu").thresholds)


def test_list_has_every_check_once() -> None:
    """The list names each check in one line, and counts them."""
    lines = list_text(all_checks()).splitlines()
    for check in all_checks():
        assert sum(line.split()[:1] == [check.id] for line in lines) == 1
    assert lines[-1].startswith(f"{len(all_checks())} checks.")
