"""Three samples on two cores: killed in the middle, resumed, and held against single runs."""

import json
import subprocess
import time

import psutil
from conftest import corelith
from equal_results import differences

TABLE = "name,project,model_from,parts"
# One sample by a model of its own in parts, one by another's.
PARTS = {"a": 1, "b": 3, "c": 2}
PATIENCE_S = 1800


def wait_for(happened, running: subprocess.Popen) -> None:
    """Until something has happened; fails when the campaign ends before."""
    deadline = time.monotonic() + PATIENCE_S
    while not happened():
        assert running.poll() is None, "the campaign ended before it could be killed"
        assert time.monotonic() < deadline, "the campaign does not get on"
        time.sleep(0.05)


def kill_all(running: subprocess.Popen) -> list[str]:
    """SIGKILL to Snakemake and everything below it; returns the names of the processes."""
    tree = [psutil.Process(running.pid), *psutil.Process(running.pid).children(recursive=True)]
    names = [process.name() for process in tree]
    for process in tree:
        process.kill()
    running.wait()
    psutil.wait_procs(tree, timeout=60)
    assert not any(process.is_running() for process in tree[1:])
    return names


def single_runs(phantoms, folder):
    """What the program makes of each sample without a workflow; `c` by the model of `a`."""
    results = {name: folder / name for name in phantoms}
    for name in ("a", "b"):
        corelith("run", phantoms[name], "--out", results[name])
    model = results["a"] / "models/phases"
    corelith("segment", phantoms["c"], "--out", results["c"], "--model", model)
    corelith("run", phantoms["c"], "--out", results["c"])
    corelith("report", *results.values(), "--out", folder / "comparison")
    return results


def test_a_killed_campaign_goes_on_and_ends_as_single_runs_do(campaign, phantoms):
    rows = (f"{n},{phantoms[n]},{'a' if n == 'c' else ''},{PARTS[n]}" for n in phantoms)
    campaign.write_table(TABLE, *rows)
    samples = campaign.folder / "results/samples"

    cores = ("--cores", "2")
    running = subprocess.Popen(campaign.command(*cores), cwd=campaign.folder)
    logs = campaign.folder / "results/logs"
    wait_for(lambda: any("\nsegment\n" in log.read_text() for log in logs.glob("*/segment.log")), running)
    killed = kill_all(running)
    assert any("corelith" in name for name in killed), killed

    marks = {path: path.read_bytes() for path in samples.glob("*/marks/*")}
    assert marks and not any(path.name == "report.json" for path in marks)
    for path in marks:
        mark = json.loads(path.read_text())
        assert mark["files"] and all((path.parents[1] / f).is_file() for f in mark["files"])
    imported = [path.parents[1] / "import/ct.tif" for path in marks if path.name == "import.json"]
    written = {path: path.stat().st_mtime_ns for path in imported}

    locked = campaign.run(*cores)
    assert locked.returncode != 0 and "--unlock" in locked.stdout, locked.stdout
    assert campaign.run("--unlock").returncode == 0
    resumed = campaign.run(*cores)
    assert resumed.returncode == 0, resumed.stdout
    assert {path: path.stat().st_mtime_ns for path in imported} == written
    assert not list((campaign.folder / "results").rglob("*.new"))
    for name, parts in PARTS.items():
        for stage in ("part", "sums"):
            done = logs.glob(f"{name}/{stage}-*-of-{parts}.log")
            assert sum(": done in" in log.read_text() for log in done) == (parts if parts > 1 else 0)
        for folder in ("segmentation/parts", "measurement_parts"):
            assert not (samples / name / folder).exists()

    alone = single_runs(phantoms, campaign.folder / "alone")
    for name, results in alone.items():
        assert differences(samples / name, results) == [], name
    comparison = campaign.folder / "results/comparison"
    assert differences(comparison, campaign.folder / "alone/comparison") == []
    table = (campaign.folder / "results/samples.csv").read_text().splitlines()
    assert [line.split(",")[2:4] for line in table[1:]] == [["its own", "yes"]] * 2 + [["a", "yes"]]

    again = campaign.run(*cores)
    assert again.returncode == 0 and "Nothing to be done" in again.stdout, again.stdout

    # A changed setting of one sample reaches what depends on it and no more.
    text = phantoms["b"].read_text()
    phantoms["b"].write_text(text.replace("random_sections = 20", "random_sections = 21"))
    changed = campaign.run(*cores)
    phantoms["b"].write_text(text)
    assert changed.returncode == 0, changed.stdout
    assert "segment: unchanged, skipped" in changed.stdout
    assert "measure: done" in changed.stdout and "rule comparison" in changed.stdout
    assert "Removing" not in changed.stdout and "sample=a" not in changed.stdout
