"""Ours beside what others offer, in turns on one machine, a row a task.

    benches/peers/run [--side 256] [--threads N] [--repeats 5] [--only WORD] [--json FILE]

Results are compared before anything is timed; a row whose results differ says so, and the run fails.
Times are medians of wall times, transfers to a GPU and back included; the ratio is the peer's time
divided by ours. A peer that is not installed, or a GPU that is not there, is a row that says so.
"""

from __future__ import annotations

import argparse
import functools
import importlib
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

NETWORK = "the network"
POSE = "the score of a map at a pose, a pixel"
PROGRAMS = pathlib.Path("target/release/examples")


@dataclass
class Row:
    """A task, and two ways to do it."""

    task: str
    size: str
    peer: str
    ours: Callable[[], Any]
    theirs: Callable[[], Any]
    agree: Callable[[Any, Any], bool]


@dataclass
class Result:
    """What came of a row."""

    task: str
    size: str
    peer: str
    ours_s: float | None = None
    theirs_s: float | None = None
    ratio: float | None = None
    note: str = ""
    failed: bool = field(default=False)


def module(name: str) -> Any:
    """A package, or none where it does not load."""
    try:
        return importlib.import_module(name)
    except Exception:
        return None


def cuda() -> Any:
    """CuPy, where it has a GPU."""
    cupy = module("cupy")
    try:
        return cupy if cupy and cupy.cuda.runtime.getDeviceCount() else None
    except Exception:
        return None


@functools.cache
def blobs(side: int, turn: float = 0.0) -> np.ndarray:
    """Half of a volume, in smooth patches."""
    z, y, x = np.ogrid[:side, :side, :side]

    def wave(at: np.ndarray, step: float, start: float) -> np.ndarray:
        return np.sin(at * step + start + turn, dtype=np.float32)

    field = wave(x, 0.21, 0.3) * wave(y, 0.17, 1.1) + wave(y, 0.23, 0.7) * wave(z, 0.19, 2.0)
    field += wave(z, 0.22, 0.1) * wave(x, 0.16, 0.5)
    return (field > 0.1).astype(np.uint8)


@functools.cache
def values(side: int) -> np.ndarray:
    """The same with two values."""
    return blobs(side) * (1 + blobs(side, 2.0))


def same_partition(ours: np.ndarray, theirs: np.ndarray) -> bool:
    """Whether labels are equal but for their numbers."""

    def determines(a: np.ndarray, b: np.ndarray) -> bool:
        of = np.zeros(int(a.max()) + 1, b.dtype)
        of[a.ravel()] = b.ravel()
        return bool((of[a] == b).all())

    background = ((ours == 0) == (theirs == 0)).all()
    return bool(background) and determines(ours, theirs) and determines(theirs, ours)


def close(ours: np.ndarray, theirs: np.ndarray) -> bool:
    return bool(np.allclose(ours, theirs, rtol=1e-5))


def beside_cupyx(
    task: str,
    side: int,
    ours: Callable[[], Any],
    theirs: Callable[[Any, Any, Any], Any],
    agree: Callable[[Any, Any], bool],
) -> Row | Result:
    """A row on the GPU; `theirs` gets CuPy, cupyx's `ndimage` and the mask on the card."""
    task, size = f"{task} on the GPU", f"{side}^3"
    cupy = cuda()
    if not cupy:
        return Result(task, size, "cupyx", note="no CUDA here")
    ndimage = importlib.import_module("cupyx.scipy.ndimage")

    def there_and_back() -> np.ndarray:
        return cupy.asnumpy(theirs(cupy, ndimage, cupy.asarray(blobs(side))))

    return Row(task, size, "cupyx", ours, there_and_back, agree)


def labels(side: int, threads: int) -> Iterator[Row | Result]:
    import corelith

    size = f"{side}^3"
    if cc3d := module("cc3d"):
        for name, volume, multi in [("binary", blobs, False), ("by value", values, True)]:
            for connectivity in (6, 26):
                yield Row(
                    f"components, {name}, {connectivity} neighbours",
                    size,
                    "cc3d",
                    lambda v=volume, c=connectivity, m=multi: corelith.label(v(side), c, multi=m)[0],
                    lambda v=volume, c=connectivity, m=multi: cc3d.connected_components(
                        v(side), connectivity=c, binary_image=not m, out_dtype=np.uint32
                    ),
                    same_partition,
                )
    if ndimage := module("scipy.ndimage"):
        yield Row(
            "components, binary, 26 neighbours",
            size,
            "scipy",
            lambda: corelith.label(blobs(side))[0],
            lambda: ndimage.label(blobs(side), np.ones((3, 3, 3)))[0],
            same_partition,
        )
    yield beside_cupyx(
        "components, 26 neighbours",
        side,
        lambda: corelith.label(blobs(side), device="gpu")[0],
        lambda cupy, ndimage, mask: ndimage.label(mask, cupy.ones((3, 3, 3)))[0],
        same_partition,
    )


def distances(side: int, threads: int) -> Iterator[Row | Result]:
    import corelith

    size = f"{side}^3"
    if edt := module("edt"):
        yield Row(
            "distances",
            size,
            "edt",
            lambda: corelith.distance(blobs(side)),
            lambda: edt.edt(blobs(side), black_border=False, parallel=threads),
            close,
        )
    if ndimage := module("scipy.ndimage"):
        yield Row(
            "distances",
            size,
            "scipy",
            lambda: corelith.distance(blobs(side)),
            lambda: ndimage.distance_transform_edt(blobs(side)),
            close,
        )
    yield beside_cupyx(
        "distances",
        side,
        lambda: corelith.distance(blobs(side), device="gpu"),
        lambda _, ndimage, mask: ndimage.distance_transform_edt(mask),
        close,
    )


def particles(side: int, threads: int) -> Iterator[Row | Result]:
    import corelith

    side = min(side, 128)
    settings = {"shape_vox": [side] * 3, "particles": {"solid_fraction": 0.4}}
    made = corelith.phantom(settings=settings, seed=4)
    truth, size = made.particles, f"{side}^3, {made.particles.max()} particles"
    if measure := module("skimage.measure"):

        def regions() -> np.ndarray:
            found = measure.regionprops(truth.astype(np.int32))
            return np.array([[r.label, r.area, *r.centroid] for r in found])

        def ours() -> np.ndarray:
            found = corelith.statistics(truth)
            columns = ["id", "voxels"] + [f"centroid_{axis}_vox" for axis in "zyx"]
            return np.stack([found[c].astype(float) for c in columns], axis=1)

        yield Row("sizes and centres", size, "scikit-image", ours, regions, close)

        def meshes() -> np.ndarray:
            def surface(region: Any) -> float:
                padded = np.pad(region.image, 1).astype(np.float32)
                return measure.mesh_surface_area(*measure.marching_cubes(padded, 0.5)[:2])

            return np.array([surface(r) for r in measure.regionprops(truth.astype(np.int32))])

        def surfaces() -> np.ndarray:
            found = corelith.measure(made.phases, truth, made.minerals, 1.0)
            return found["surface_um2"]

        def near(a: np.ndarray, b: np.ndarray) -> bool:
            # Meshes of marching cubes follow the steps of the voxels: a few percent more.
            return len(a) == len(b) and abs(np.median(a / b) - 1) < 0.1

        yield Row("everything a particle against surfaces alone", size, "scikit-image", surfaces, meshes, near)
    if segmentation := module("skimage.segmentation"):
        from scipy import ndimage
        from skimage.feature import peak_local_max

        mask = truth > 0

        def watershed() -> int:
            depth = ndimage.gaussian_filter(ndimage.distance_transform_edt(mask), 1.0)
            seeds = np.zeros(mask.shape, np.int32)
            peaks = peak_local_max(depth, min_distance=3, labels=mask.astype(np.int32))
            seeds[tuple(peaks.T)] = np.arange(1, len(peaks) + 1)
            return int(segmentation.watershed(-depth, seeds, mask=mask).max())

        count = int(truth.max())
        yield Row(
            "touching particles taken apart",
            size,
            "scikit-image",
            lambda: int(corelith.separate(mask).max()),
            watershed,
            # Other rules find other particles; ours must be as near the truth.
            lambda a, b: abs(a - count) <= max(abs(b - count), 0.05 * count),
        )


def files(side: int, threads: int) -> Iterator[Row | Result]:
    import corelith

    tifffile = module("tifffile")
    if not tifffile:
        yield Result("a stack of TIFF slices read", f"{side}^3", "tifffile", note="not installed")
        return
    folder = tempfile.TemporaryDirectory()
    volume = (blobs(side).astype(np.uint16) << 12) + np.arange(side, dtype=np.uint16)
    for z, slice_ in enumerate(volume):
        tifffile.imwrite(f"{folder.name}/{z:04}.tif", slice_)
    names = sorted(str(p) for p in pathlib.Path(folder.name).iterdir())
    yield Row(
        "a stack of TIFF slices read",
        f"{side}^3",
        "tifffile",
        lambda: corelith.read_volume(folder.name).array,
        lambda: tifffile.imread(names),
        lambda a, b: bool((a == b).all()),
    )


def figures(command: list[str], environment: dict[str, str]) -> dict[str, float]:
    """Wall times that a program prints, by name."""
    ran = subprocess.run(
        command, capture_output=True, text=True, check=True, env=os.environ | environment
    )
    pairs = re.findall(r"^(\w+): .*wall ([\d.]+) s", ran.stdout, re.MULTILINE)
    return {name: float(seconds) for name, seconds in pairs}


def network(threads: int, repeats: int) -> Iterator[Result]:
    """The network of `torch_unet.py`, whose results a test of corelith compares."""
    torch = module("torch")
    if not torch:
        yield Result(NETWORK, "64^3", "torch", note="not installed")
        return
    places = [("cpu", "cpu", "torch, CPU", [])]
    if torch.cuda.is_available():
        places += [
            ("gpu", "cuda", "torch, CUDA", []),
            ("gpu", "cuda", "torch, CUDA, TF32", ["--tf32"]),
        ]
    for place, device, peer, more in places:
        ours = [str(PROGRAMS / "network_speed"), str(repeats), place]
        theirs = [sys.executable, str(pathlib.Path(__file__).with_name("torch_unet.py"))]
        theirs += ["--threads", str(threads), "--device", device, "--repeats", str(repeats), *more]
        environment = {"RAYON_NUM_THREADS": str(threads)}
        best: list[dict[str, float]] = [{}, {}]
        for _ in range(2):
            for side, command in enumerate([ours, theirs]):
                for name, seconds in figures(command, environment).items():
                    best[side][name] = min(seconds, best[side].get(name, np.inf))
        for name, what in [("infer", "applied"), ("train_step", "a training step")]:
            a, b = best[0][name], best[1][name]
            yield Result(f"{NETWORK}, {what}, {place}", "64^3", peer, a, b, b / a)


def poses(threads: int) -> Iterator[Result]:
    """Scores of poses: `sitk_mattes.py` measures them."""
    if not module("SimpleITK"):
        yield Result(POSE, "", "SimpleITK", note="not installed")
        return
    script = pathlib.Path(__file__).with_name("sitk_mattes.py")
    command = [sys.executable, str(script), str(PROGRAMS / "pose_speed"), "--threads", str(threads)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    nanoseconds = re.findall(r":\s+([\d.]+)", ran.stdout)
    ours, theirs = (float(n) * 1e-9 for n in nanoseconds[:2])
    yield Result(POSE, "96^2 pixels in 128^3", "SimpleITK", ours, theirs, theirs / ours)


def measured(row: Row, repeats: int) -> Result:
    """Compares, then times in turns."""
    result = Result(row.task, row.size, row.peer)
    try:
        if not row.agree(row.ours(), row.theirs()):
            result.note, result.failed = "ANOTHER RESULT", True
            return result
        times: tuple[list[float], list[float]] = ([], [])
        for _ in range(repeats):
            for work, seconds in zip((row.ours, row.theirs), times, strict=True):
                began = time.perf_counter()
                work()
                seconds.append(time.perf_counter() - began)
    except Exception as error:
        result.note, result.failed = f"{type(error).__name__}: {error}", True
        return result
    result.ours_s, result.theirs_s = (statistics.median(t) for t in times)
    result.ratio = result.theirs_s / result.ours_s
    return result


def duration(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    if seconds < 1e-6:
        return f"{1e9 * seconds:.3g} ns"
    return f"{1e3 * seconds:.3g} ms" if seconds < 1 else f"{seconds:.2f} s"


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--side", type=int, default=256, help="voxels along a volume's side")
    arguments.add_argument("--threads", type=int, default=os.cpu_count())
    arguments.add_argument("--repeats", type=int, default=5)
    arguments.add_argument("--only", default="", help="tasks that contain this word")
    arguments.add_argument("--json", help="a file for the rows")
    arguments = arguments.parse_args()
    # Read when corelith is loaded.
    os.environ["RAYON_NUM_THREADS"] = str(arguments.threads)

    def rows() -> Iterator[Row | Result]:
        for group in (labels, distances, particles, files):
            yield from group(arguments.side, arguments.threads)
        if arguments.only in NETWORK:
            yield from network(arguments.threads, 2 * arguments.repeats)
        if arguments.only in POSE:
            yield from poses(arguments.threads)

    print(f"{arguments.threads} threads")
    print("| task | size | peer | ours | theirs | times as fast |")
    print("| --- | --- | --- | --- | --- | --- |")
    results = []
    for row in rows():
        if arguments.only not in row.task:
            continue
        result = measured(row, arguments.repeats) if isinstance(row, Row) else row
        results.append(result)
        ratio = f"{result.ratio:.2f}" if result.ratio else result.note
        cells = [result.task, result.size, result.peer]
        cells += [duration(result.ours_s), duration(result.theirs_s), ratio]
        print(f"| {' | '.join(cells)} |", flush=True)
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump([asdict(result) for result in results], file, indent=1)
    return int(any(result.failed for result in results))


if __name__ == "__main__":
    sys.exit(main())
