"""A model of another sample is held against the scan that it is applied to."""

import json
import shutil
import subprocess
import sys

import pytest
from conftest import PROGRAM, WORKFLOW, corelith


@pytest.fixture(scope="module")
def model(phantoms, tmp_path_factory):
    """A model of the first sample."""
    results = tmp_path_factory.mktemp("model")
    corelith("train", phantoms["a"], "--out", results)
    return results / "models/phases"


@pytest.fixture
def sample(phantoms, tmp_path):
    """A copy of the second sample."""
    shutil.copytree(phantoms["b"].parent, tmp_path / "b")
    return tmp_path / "b/sample.toml"


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def segment(project, model, *options):
    results = project.parent / "results"
    corelith("import", project, "--out", results)
    command = [sys.executable, "-m", "campaign.stage", "segment", "--program", PROGRAM]
    command += ["--project", project, "--results", results, "--device", "cpu", "--threads", "2"]
    command += ["--log", results / "segment.log", "--model", model, *options]
    return subprocess.run(
        list(map(str, command)), cwd=WORKFLOW, text=True, stderr=subprocess.STDOUT, stdout=subprocess.PIPE
    )


def test_other_voxels_stop_the_sample_or_are_told(sample, model):
    results = sample.parent / "results"
    edit(sample, "voxel_size_um = 2.296", "voxel_size_um = 5.0")

    stopped = segment(sample, model)
    assert stopped.returncode == 1
    # However the program writes sizes that are the same along all axes.
    assert "voxels of 5 " in stopped.stdout and "trained on 2.296 " in stopped.stdout
    assert "write `go_on`" in stopped.stdout
    assert not (results / "marks").exists() and not (results / "segmentation/phases.tif").exists()
    judged = (results / "segmentation/suitability.json").read_text()
    of_phases = json.loads(judged)["phases"]
    assert not of_phases["suits"] and len(of_phases["differs"]) == 1

    # Tried again, it is not judged anew.
    again = segment(sample, model)
    assert again.returncode == 1 and "suitability: unchanged, skipped" in again.stdout

    told = segment(sample, model, "--unsuitable", "go_on")
    assert told.returncode == 0, told.stdout
    assert "goes on all the same: voxels of 5 " in told.stdout
    assert (results / "marks/segment.json").is_file()
    assert (results / "segmentation/suitability.json").read_text() == judged

    # The segmentation is there and the program would skip it; the table has changed its mind.
    assert segment(sample, model).returncode == 1


def test_a_segmentation_that_was_made_by_hand_is_judged(sample, model):
    edit(sample, "voxel_size_um = 2.296", "voxel_size_um = 5.0")
    corelith("segment", sample, "--out", sample.parent / "results", "--model", model)
    judged = segment(sample, model)
    assert judged.returncode == 1 and "does not suit this scan" in judged.stdout
    told = segment(sample, model, "--unsuitable", "go_on")
    assert told.returncode == 0 and "segment: unchanged, skipped" in told.stdout


def test_other_minerals_are_refused_whatever_the_table_says(sample, model):
    edit(sample.parent / "sem/minerals.csv", "Spinel", "Olivine")
    refused = segment(sample, model, "--unsuitable", "go_on")
    assert refused.returncode == 1
    assert "the mineral list has" in refused.stdout and "ended with status 2" in refused.stdout
