"""The pictures of metrics in docs/ are the demonstration's.

A file of its own: the tests of docs/ need no demonstration, and do not wait for it while it is made.
"""

from anchor_analysis import open_edition, storage
from anchor_analysis.commands.demonstration import NETWORK
from anchor_analysis.commands.docs import PICTURES


def test_pictures_of_metrics_are_those_of_the_demonstration(demonstration, monkeypatch):
    monkeypatch.setenv("ANCHOR_WORKSPACE", str(demonstration.root))
    edition, pictures = open_edition(NETWORK), storage.read_json(PICTURES)
    without = edition.facts["definitions"].keys() - pictures.keys()
    remedy = "run `make notebooks`, then `make docs`"
    assert [name for name in without if not edition.chart("trend", name).empty] == [], remedy
    for name in sorted(pictures)[::8]:
        assert edition.chart("trend", name).alt == pictures[name], remedy
