"""The ring report on records made by hand: which runs are compared with what, and what is not."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest

from gantheory.sweeps.reports.ring_report import published, ring_report
from gantheory.sweeps.reports.ring_text import markdown
from gantheory.sweeps.store.record import Record

PUBLISHED = Path(__file__).parent.parent.parent.parent / "shared" / "published"


@pytest.fixture
def record():
    """A record of ring runs of the published protocol; settings may be changed."""
    from gantheory.training import RingConfig

    def make(modes, objective="alpha_gan(0.5, 1)", numerics="clamped", first=0, diverged=(), **changes):
        seeds = list(range(first, first + len(modes)))
        config = RingConfig.from_dict(
            {"objective": objective, "numerics": numerics, "seeds": seeds, **changes}
        ).to_dict()
        table = pd.DataFrame(
            {
                "seed": seeds,
                "modes": modes,
                "diverged": [s in diverged for s in seeds],
                "objective": "as in config",
            }
        )
        return Record("label", config, table, {}, 1.0)

    return make


@pytest.mark.skipif(not PUBLISHED.exists(), reason="the facts that the file was typed from are not here")
def test_the_file_of_published_numbers_is_the_source():
    names = {"Table I": "table1", "Table II": "table2", "Table III": "table3"}
    for table in published()["table"]:
        if table["name"] in names:
            rows = list(csv.reader((PUBLISHED / f"{names[table['name']]}.csv").open()))
            assert [float(cell) for cell in rows[0][1:]] == table["alpha_d"]
            assert [float(row[0]) for row in rows[1:]] == table["alpha_g"]
            assert [[float(cell) for cell in row[1:]] for row in rows[1:]] == table["percent"]
        elif table["name"] == "Figure 2b":
            rows = list(csv.reader((PUBLISHED / "figure2b.csv").open()))
            assert [float(row[0]) for row in rows[1:]] == table["alpha_d"]
            assert [float(row[1]) for row in rows[1:]] == table["percent"][0]


def test_published_tables_are_whole():
    data = published()
    sizes = {table["name"]: sum(map(len, table["percent"])) for table in data["table"]}
    assert sizes == {"Table I": 24, "Table II": 24, "Table III": 48, "Figure 2b": 9, "LSGAN": 1}
    for table in data["table"]:
        assert len(table["percent"]) == len(table.get("alpha_g", [0]))
        assert all(len(row) == len(table.get("alpha_d", [0])) for row in table["percent"])


def test_runs_of_the_published_protocol_are_tested(record):
    records = [record([8] * 80 + [0] * 20), record([8] * 70 + [3] * 30, first=100)]
    [protocol] = ring_report(records).to_dict()["protocols"]
    assert (protocol["protocol"], protocol["runs"]) == ("published", 200)
    tables = {table["name"]: table for table in protocol["tables"]}
    assert set(tables) == {"Table I", "Table II", "Figure 2b"}
    [cell] = tables["Table I"]["cells"]
    assert (cell["alpha_d"], cell["alpha_g"], cell["runs"], cell["count"]) == (0.5, 1.0, 200, 150)
    # By hand: 160 of 200 published, 150 here: z = 0.05/sqrt(0.775 0.225 2/200) = 1.1974, p = 0.2311
    assert cell["p"] == pytest.approx(0.2311, abs=1e-4)
    assert cell["published_percent"] == 80
    # Wilson for 150/200, from its published formula: [0.6857, 0.8049]
    assert (cell["low"], cell["high"]) == pytest.approx((68.57, 80.49), abs=0.02)
    [failures] = tables["Table II"]["cells"]
    assert (failures["count"], failures["published_percent"]) == (20, 5)


def test_a_reduced_protocol_is_named_and_not_tested(record):
    report = ring_report([record([8, 0, 3], epochs=20), record([8, 8], first=0)])
    full, reduced = report.to_dict()["protocols"]
    assert (full["protocol"], reduced["protocol"]) == ("published", "reduced")
    assert reduced["differences"] == {"epochs": {"here": 20, "published": 400}}
    for table in reduced["tables"]:
        assert all(cell["p"] is None and cell["p_holm"] is None for cell in table["cells"])
    text = markdown(report)
    assert text.index("## Published protocol") < text.index("## Reduced protocol")
    assert "Not the published one: epochs 20 (published 400)." in text
    assert "Holm's p" not in text[text.index("## Reduced protocol") :]


def test_other_settings_make_a_changed_protocol(record):
    [protocol] = ring_report([record([8, 0], learning_rate=5e-4, precision="bfloat16")]).to_dict()[
        "protocols"
    ]
    assert protocol["protocol"] == "changed"
    assert set(protocol["differences"]) == {"learning_rate", "precision"}


def test_another_precision_is_the_published_protocol_and_named(record):
    report = ring_report([record([8] * 150 + [0] * 50, precision="bfloat16")])
    [protocol] = report.to_dict()["protocols"]
    assert protocol["protocol"] == "published" and set(protocol["differences"]) == {"precision"}
    assert protocol["tables"][0]["cells"][0]["p"] == pytest.approx(0.2311, abs=1e-4)
    text = markdown(report)
    assert "But for the precision of the arithmetic: precision bfloat16 (published float32)." in text


def test_records_of_before_there_was_shared_noise(record):
    """They had fresh noise, and are of one protocol with later runs that ask for it."""
    old = record([8, 0])
    del old.config["fresh_noise"]
    [protocol] = ring_report([old, record([8], first=2, fresh_noise=True)]).to_dict()["protocols"]
    assert protocol["protocol"] == "changed" and protocol["runs"] == 3
    assert protocol["differences"] == {"fresh_noise": {"here": True, "published": False}}


def test_what_does_not_matter_is_no_protocol(record):
    """Device, seeds, how often the loss is logged: one protocol. A seed in two files counts once."""
    records = [record([8, 8]), record([0, 0, 0], log_every=7), record([8], objective="vanilla")]
    [protocol] = ring_report(records).to_dict()["protocols"]
    table = protocol["tables"][0]
    assert [(cell["alpha_d"], cell["runs"], cell["count"]) for cell in table["cells"]] == [
        (0.5, 3, 2),
        (1, 1, 1),
    ]


def test_clamped_beside_stable_on_shared_seeds(record):
    records = [record([8] * 30 + [0] * 10), record([8] * 10 + [0] * 20, numerics="stable")]
    [protocol] = ring_report(records).to_dict()["protocols"]
    success, failure = protocol["clamping"]
    assert (success["rate"], success["clamped"]["count"], success["clamped"]["runs"]) == ("success", 30, 30)
    assert (success["stable"]["count"], failure["stable"]["count"]) == (10, 20)
    assert success["difference"] == pytest.approx(100 * 2 / 3)
    assert success["p"] < 1e-6


def test_lsgan_and_other_members(record):
    records = [
        record([8, 0, 0], objective="lsgan(a=0, b=1, c=1)", numerics="stable"),
        record([8], objective="hinge", numerics="stable"),
        record([4, 8], objective="alpha_gan(1.2, 0.8, saturating=False)", diverged=[0]),
    ]
    [protocol] = ring_report(records).to_dict()["protocols"]
    tables = {table["name"]: table["cells"] for table in protocol["tables"]}
    assert [cell["count"] for cell in tables["LSGAN"]] == [1]
    [cell] = tables["Table III"]
    assert (cell["alpha_d"], cell["alpha_g"], cell["published_percent"], cell["diverged"]) == (
        1.2,
        0.8,
        10,
        1,
    )


def test_several_objectives_in_one_file(record):
    several = record([8, 0])
    several.config["objective"] = ["alpha_gan(0.5, 1)", "vanilla"]
    several.table["objective"] = ["alpha_gan(1/2, 1)", "vanilla"]
    several.table["seed"] = 0
    [protocol] = ring_report([several]).to_dict()["protocols"]
    cells = protocol["tables"][0]["cells"]
    assert [(cell["alpha_d"], cell["count"]) for cell in cells] == [(0.5, 1), (1.0, 0)]


def test_what_is_no_ring_is_left_out(record):
    other = record([8, 8], mixture={"name": "grid", "side": 5, "spacing": 2.0, "variance": 0.0025})
    with pytest.raises(ValueError, match="holds no ring runs"):
        ring_report([other])
    with pytest.raises(ValueError, match="holds no ring runs"):
        ring_report([])


def test_the_text_is_a_table_of_one_width(record):
    lines = markdown(ring_report([record([8, 0]), record([8, 8], objective="vanilla")])).splitlines()
    for index, line in enumerate(lines):
        if line.startswith("|") and index and lines[index - 1].startswith("|"):
            assert len(line) == len(lines[index - 1])
