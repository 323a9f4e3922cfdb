"""What is wrong with a campaign is said at once, before anything runs."""

import pytest
import tifffile
import numpy as np
from campaign.config import read_config
from campaign.problems import Refused
from campaign.table import read_table
from campaign.volume import voxels_of_files, voxels_of_text

HEADER = "name,project,model,model_from,unsuitable,voxels,parts"


def write_project(folder, name):
    folder.mkdir()
    (folder / "minerals.csv").write_text("mineral,red,green,blue\n")
    (folder / "ct.raw").write_bytes(bytes(2000))
    text = f'name = "{name}"\n[ct]\nslices = "ct.raw"\n[sem]\nminerals = "minerals.csv"\n'
    (folder / "sample.toml").write_text(text)


@pytest.fixture
def refused(tmp_path):
    """What is said of a table."""
    write_project(tmp_path / "a", "slag")
    write_project(tmp_path / "b", "slag b")

    def read(*rows, header=HEADER):
        path = tmp_path / "samples.csv"
        path.write_text("\n".join([header, *rows]) + "\n")
        read_table.cache_clear()
        with pytest.raises(Refused) as said:
            read_table(path)
        return str(said.value)

    return read


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["a,a/sample.toml,,,,", "a,b/sample.toml,,,,"], "line 3 (a): a row above has the same `name`"),
        (["a,a/sample.toml,,,,", "c,a/sample.toml,,,,"], "both have the name `slag`"),
        (["a,c/sample.toml,,,,"], "c/sample.toml cannot be read (No such file or directory)"),
        (["a,,,,,"], "no `project`"),
        (["a,a/minerals.csv,,,,"], "is no project file"),
        (["a b,a/sample.toml,,,,"], "`name` is the name of a folder"),
        (["a,a/sample.toml,,,,1000"], "expected a size such as 984x1011x1000"),
        (["a,a/sample.toml,,,perhaps,"], "expected stop or go_on"),
        (["a,a/sample.toml,b,b,,"], "both `model` and `model_from`"),
        (["a,a/sample.toml,b,,,"], "is no folder of a model"),
        (["a,a/sample.toml,,z,,"], "no sample has this name"),
        (["a,a/sample.toml,,b,,", "b,b/sample.toml,,a,,"], "has no model of its own"),
        (["a,a/sample.toml,,,,,,,"], "9 cells, the header has 7"),
        ([], "no sample stands in it"),
        (["a,a/sample.toml,,,,,0"], "expected a whole number from 1 to 999"),
    ],
)
def test_rows_that_cannot_be_are_refused(refused, rows, said):
    assert said in refused(*rows)


def test_columns_that_cannot_be_are_refused(refused):
    said = refused(header="name,projekt,name")
    for problem in ["unknown column `projekt`", "no column `project`", "`name` stands in it twice"]:
        assert problem in said


def test_all_problems_are_listed_at_once(refused):
    said = refused("a,c/sample.toml,,,,", "b,b/sample.toml,,,no,")
    assert "line 2" in said and "line 3" in said


def test_snakemake_says_it_and_runs_nothing(campaign):
    campaign.write_table("name,projekt", "a,a.toml")
    refused = campaign.run("--cores", "1")
    assert refused.returncode != 0 and "unknown column `projekt`" in refused.stdout
    assert not (campaign.folder / "results").exists()


def test_settings_that_cannot_be_are_refused():
    good = {"samples": "s.csv", "results": "r", "program": "corelith", "device": "cpu"}
    assert read_config(good).device == "cpu"
    for bad, said in [({"device": "tpu"}, "expected cpu or gpu"), ({"cores": 1}, "unknown setting `cores`")]:
        with pytest.raises(Refused, match=said):
            read_config(good | bad)


def test_tabs_and_semicolons_part_columns_too(tmp_path):
    write_project(tmp_path / "a", "slag")
    for sign in "\t;":
        path = tmp_path / f"{ord(sign)}.csv"
        path.write_text(f"name{sign}project\na{sign}a/sample.toml\n")
        assert read_table(path)["a"].voxels == 1000


def test_sizes_are_read_of_slices_and_of_text(tmp_path):
    assert voxels_of_text("984 x 1011 x 1000") == voxels_of_text("984x1011x1000") == 994_824_000
    assert voxels_of_text("984x1011") is None and voxels_of_text("0x1x1") is None
    for name, options in [("plain", {}), ("big", {"bigtiff": True}), ("other", {"byteorder": ">"})]:
        files = [tmp_path / f"{name}_{i}.tif" for i in range(3)]
        for file in files:
            tifffile.imwrite(file, np.zeros((20, 30), np.uint8), **options)
        assert voxels_of_files(files) == 3 * 20 * 30, name
