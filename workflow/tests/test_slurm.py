"""What Slurm would be asked for, without a Slurm: a dry run of a hundred samples."""

import os
import re
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest
from campaign.resources import DEMANDS, memory_mb, runtime_minutes
from snakemake_executor_plugin_slurm.submit_string import get_submit_command
from snakemake_executor_plugin_slurm.utils import set_gres_string

SIZE, VOXELS = "984x1011x1000", 984 * 1011 * 1000
TRAINED, OTHERS = 10, 90
# Threads, memory in MB, minutes and GPUs of a scan of this size.
ASKED = {
    "import": (4, 3041, 10, 0),
    "register": (8, 6597, 10, 1),
    "train": (8, 8540, 22, 1),
    "segment": (16, 12177, 36, 1),
    "measure": (8, 7890, 10, 0),
    "report": (2, 7890, 10, 0),
}


class Resources(dict):
    """Resources by name, as attributes too."""

    __getattr__ = dict.__getitem__


def jobs_of(output: str) -> list[tuple[str, SimpleNamespace]]:
    """The jobs that a dry run tells of."""
    jobs = []
    for block in re.split(r"\n(?=(?:local)?rule )", output)[1:]:
        name = re.match(r"(?:local)?rule (\w+):", block)[1]
        threads = re.search(r"\n    threads: (\d+)", block)
        threads = int(threads[1]) if threads else 1
        listed = re.search(r"\n    resources: (.*)", block)[1]
        pairs = (pair.split("=", 1) for pair in listed.split(", "))
        resources = Resources({k: int(v) if v.isdigit() else v for k, v in pairs})
        jobs.append((name, SimpleNamespace(threads=threads, resources=resources, told=block)))
    return jobs


def sbatch(job) -> str:
    """The command that the Slurm executor would submit the job with."""
    params = dict(
        run_uuid="id", slurm_logfile="log", comment_str="rule", account="", partition="", workdir=""
    )
    return get_submit_command(job, params) + set_gres_string(job)


@pytest.fixture
def hundred(campaign, phantoms):
    """Ten samples that train and ninety that take a model of one of them, all on one CT."""
    text = phantoms["a"].read_text().replace('"ct/', f'"{phantoms["a"].parent}/ct/')
    text = text.replace('"sem/', f'"{phantoms["a"].parent}/sem/')
    rows = []
    for i in range(TRAINED + OTHERS):
        name = f"s{i:03}"
        project = campaign.folder / f"{name}.toml"
        project.write_text(re.sub('name = ".*"', f'name = "{name}"', text, count=1))
        model_from = "" if i < TRAINED else f"s{i % TRAINED:03}"
        rows.append(f"{name},{project.name},{model_from},{SIZE}")
    campaign.write_table("name,project,model_from,voxels", *rows)
    return campaign


def test_a_dry_run_tells_the_jobs_and_what_they_ask_for(hundred):
    dry = hundred.run("--dry-run", profile="slurm", device="gpu")
    assert dry.returncode == 0, dry.stdout
    jobs = jobs_of(dry.stdout)
    assert Counter(name for name, _ in jobs) == {
        **dict.fromkeys(["import", "register", "segment", "measure", "report"], TRAINED + OTHERS),
        "train": TRAINED,
        **dict.fromkeys(["comparison", "sample_table", "all"], 1),
    }
    for name, job in jobs:
        if name in ASKED:
            wanted = (job.threads, *(job.resources[k] for k in ("mem_mb", "runtime", "gpu")))
            assert wanted == ASKED[name], name
            # Nothing looks for a GPU where it has asked for none.
            assert ("--device gpu" in job.told) == (job.resources["gpu"] == 1), job.told
    commands = {name: sbatch(job) for name, job in jobs}
    for name, (threads, memory, minutes, gpus) in ASKED.items():
        words = commands[name].split()
        assert f"--cpus-per-task={threads}" in words
        assert words[words.index("--mem") + 1] == str(memory)
        assert words[words.index("-t") + 1] == str(minutes)
        assert ("--gpus=1" in words) == (gpus == 1)
        print(name, commands[name])
    assert not (hundred.folder / "results").exists()


def test_without_a_gpu_none_is_asked_for(hundred):
    dry = hundred.run("--dry-run", profile="slurm")
    assert all(not job.resources.get("gpu") for _, job in jobs_of(dry.stdout))


def test_a_retry_asks_for_more(hundred):
    project = SimpleNamespace(training_minutes=0.0)
    sample = SimpleNamespace(voxels=VOXELS, project=project, parts=1)
    for stage in DEMANDS:
        assert memory_mb(stage, sample, 2) >= 1.5 * memory_mb(stage, sample) - 2
        assert runtime_minutes(stage, sample, 8, 2) == 2 * runtime_minutes(stage, sample, 8)
    whole, held = runtime_minutes("segment", sample, 8), memory_mb("measure", sample)
    sample.parts = 4
    for stage in ("part", "segment"):
        assert runtime_minutes(stage, sample, 8) < whole / 2
    assert memory_mb("sums", sample) < held / 3
    project.training_minutes = 60.0
    assert runtime_minutes("train", sample, 8) == 100


def test_jobs_run_as_slurm_would_start_them(campaign, phantoms, monkeypatch):
    """Commands that stand in for Slurm's take the jobs and run them on this machine."""
    asked = campaign.folder / "slurm"
    asked.mkdir()
    (asked / "states").touch()
    monkeypatch.setenv("STAND_IN", str(asked))
    stand_in = Path(__file__).with_name("slurm_stand_in")
    monkeypatch.setenv("PATH", f"{stand_in}{os.pathsep}{os.environ['PATH']}")
    campaign.write_table("name,project", f"a,{phantoms['a']}")
    # The default settings ask for what the stand-in does not have, and wait as long as clusters need.
    quick = ["--slurm-no-account", "--slurm-status-command", "sacct", "--latency-wait", "5"]
    quick += ["--slurm-init-seconds-before-status-checks", "1", "--seconds-between-status-checks", "1"]
    quick += ["--default-resources", "slurm_partition=some", "--until", "import"]
    ran = campaign.run(*quick, profile="slurm")
    assert ran.returncode == 0, ran.stdout
    assert (campaign.folder / "results/samples/a/marks/import.json").is_file()
    (words,) = (path.read_text().splitlines() for path in asked.glob("*.asked"))
    assert "rule_import_wildcards_a" in words and "--mem" in words
