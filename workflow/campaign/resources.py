"""Memory, time, threads and GPU of a stage, by the voxels of the CT.

    memory, MB     = (fixed + (bytes a voxel * voxels + bytes a column * voxels^(2/3)) / 10^6)
                     * MEMORY_MARGIN * 1.5^(attempt - 1)
    time, minutes  = (fixed + ns a voxel * voxels / 10^9 / speedup(threads)) / 60 * TIME_MARGIN * attempt

What the figures rest on stands in `README.md`, section "Resources".
"""

import math
from dataclasses import dataclass

from .table import Sample

MEMORY_MARGIN = 1.3
TIME_MARGIN = 3.0
# Each retry asks for half as much again: a job that was killed for memory needs more.
MEMORY_A_RETRY = 1.5
LEAST_MINUTES = 10
# Share of a stage's work that threads divide.
PARALLEL_SHARE = 0.9


@dataclass(frozen=True)
class Demand:
    """What a stage takes on the CPU, as measured."""

    threads: int
    fixed_mb: float
    bytes_a_voxel: float
    # Seconds of one core.
    fixed_s: float
    ns_a_voxel: float
    # Whether the program computes it on a GPU where there is one.
    on_gpu: bool = False
    # What slices take of which some are under way, whatever the height of the volume.
    bytes_a_column: float = 0


DEMANDS = {
    "import": Demand(threads=4, fixed_mb=150, bytes_a_voxel=2.2, fixed_s=30, ns_a_voxel=100),
    "register": Demand(8, 100, 5, 60, 300, on_gpu=True),
    "train": Demand(8, 600, 6, 2000, 0, on_gpu=True),
    "part": Demand(16, 1900, 2.5, 30, 4000, on_gpu=True, bytes_a_column=3000),
    "segment": Demand(16, 1900, 4.5, 30, 4500, on_gpu=True, bytes_a_column=3000),
    "sums": Demand(8, 100, 6, 30, 250),
    "measure": Demand(8, 100, 6, 30, 400),
    "report": Demand(2, 100, 6, 30, 40),
}


# What is left where parts have been seen: touching particles, weak regions; and where they have been
# added up: sections, liberation.
JOINING = {
    "segment": Demand(16, 300, 6, 30, 500, on_gpu=True),
    "measure": Demand(8, 100, 6, 30, 250),
}
# Share of the volume that a part sees beside its own, as tiles reach across its borders.
BESIDE_A_PART = 0.1


def demand_of(stage: str, sample: Sample) -> Demand:
    """What the stage takes of this sample."""
    joins = stage in JOINING and sample.parts > 1
    return JOINING[stage] if joins else DEMANDS[stage]


def worked_on(stage: str, sample: Sample) -> float:
    """Voxels that the stage works on."""
    beside = {"part": BESIDE_A_PART, "sums": 0.0}
    share = 1 / sample.parts + beside[stage] if stage in beside else 1.0
    return sample.voxels * min(1.0, share)


def held(stage: str, sample: Sample) -> float:
    """Voxels that the stage holds in memory: the networks of a part see greys scaled by all."""
    return worked_on(stage, sample) if stage == "sums" else sample.voxels


def speedup(threads: int) -> float:
    """Amdahl's law."""
    return 1 / (1 - PARALLEL_SHARE + PARALLEL_SHARE / threads)


def memory_mb(stage: str, sample: Sample, attempt: int = 1) -> int:
    """Memory to ask for."""
    demand = demand_of(stage, sample)
    voxels = held(stage, sample)
    volumes = demand.bytes_a_voxel * voxels + demand.bytes_a_column * voxels ** (2 / 3)
    measured = demand.fixed_mb + volumes / 1e6
    return math.ceil(measured * MEMORY_MARGIN * MEMORY_A_RETRY ** (attempt - 1))


def runtime_minutes(stage: str, sample: Sample, threads: int, attempt: int = 1) -> int:
    """Wall time to ask for; that of the training holds the minutes that the project allows it."""
    demand = demand_of(stage, sample)
    voxels = worked_on(stage, sample)
    core_s = demand.fixed_s + demand.ns_a_voxel * voxels / 1e9
    minutes = core_s / speedup(threads) / 60 * TIME_MARGIN
    if stage == "train" and sample.project.training_minutes:
        minutes = LEAST_MINUTES + 1.5 * sample.project.training_minutes
    return max(LEAST_MINUTES, math.ceil(minutes)) * attempt


def device(stage: str, wanted: str) -> str:
    """Where the stage computes: one that has nothing for a GPU must not need one on its machine."""
    return wanted if DEMANDS[stage].on_gpu else "cpu"


def gpus(stage: str, wanted: str) -> int:
    """GPUs to ask for."""
    return int(device(stage, wanted) == "gpu")


def comparison_mb(samples: int) -> int:
    """Memory of the comparison."""
    return 500 + 5 * samples
