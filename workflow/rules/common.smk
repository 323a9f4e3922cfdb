# What the rules of all stages share.

RESULTS = str(CAMPAIGN.results / "samples" / "{sample}")
COMPARISON = str(CAMPAIGN.results / "comparison" / "comparison.html")
SAMPLE_TABLE = str(CAMPAIGN.results / "samples.csv")

# `campaign` lies beside the Snakefile, on whatever machine the job runs.
PYTHON = f"PYTHONPATH={shlex.quote(str(workflow.basedir))} {shlex.quote(sys.executable)}"

# Not a part of the command as the rules have it: another device is no reason to do a stage again.
DEVICES = {stage: demand.device(stage, CAMPAIGN.device) for stage in demand.DEMANDS}


def mark(stage):
    """The file that says that a stage is done."""
    return str(mark_file(Path(RESULTS), stage))


def log_file(stage):
    return str(CAMPAIGN.results / "logs" / "{sample}" / f"{stage}.log")


def sample_of(wildcards):
    return SAMPLES[wildcards.sample]


def project_files(wildcards):
    """Every stage depends on the project file and on the mineral list."""
    project = sample_of(wildcards).project
    return {"project": project.path, "minerals": project.minerals}


def model_folder(sample):
    """Folder of the model that was made elsewhere; none where the sample trains its own."""
    if sample.model_from:
        return Path(RESULTS.format(sample=sample.model_from)) / "models" / "phases"
    return sample.model


def model_options(wildcards):
    """What a stage is told of a model that was made elsewhere."""
    sample = sample_of(wildcards)
    if sample.trains:
        return ""
    folder = shlex.quote(str(model_folder(sample)))
    return f"--model {folder} --unsuitable {sample.unsuitable}"


def model_inputs(wildcards):
    """The files of the model that segments, or the mark of its training."""
    sample = sample_of(wildcards)
    if sample.model:
        return [sample.model / file for file in MODEL_FILES]
    return mark("train").format(sample=sample.model_from or sample.name)


def part_marks(stage):
    """The marks of a stage of all parts of a sample; none where that is one job."""

    def of_sample(wildcards):
        of = sample_of(wildcards).parts
        parts = [Part(number, of) for number in range(1, of + 1)]
        return [mark(part.mark(stage)).format(sample=wildcards.sample) for part in parts if of > 1]

    return of_sample


def memory(stage):
    return lambda wildcards, attempt: demand.memory_mb(stage, sample_of(wildcards), attempt)


def minutes(stage):
    return lambda wildcards, threads, attempt: demand.runtime_minutes(
        stage, sample_of(wildcards), threads, attempt
    )


def threads(stage):
    return demand.DEMANDS[stage].threads


def gpus(stage):
    return demand.gpus(stage, CAMPAIGN.device)


def run(stage, options=""):
    """The shell command of a stage."""
    return (
        "{PYTHON} -m campaign.stage " + stage + " --program {CAMPAIGN.program:q}"
        " --device {DEVICES[" + stage + "]} --threads {threads} --project {input.project:q}"
        " --results {params.results:q} --log {log:q} " + options
    )
