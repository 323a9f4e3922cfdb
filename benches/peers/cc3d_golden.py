#!/usr/bin/env python3
"""Writes volumes and the labels that cc3d gives them, or compares ours with them.

    pip install connected-components-3d numpy tifffile scipy
    cc3d_golden.py write DIR            volumes DIR/NAME.tif, answers DIR/NAME_CONNECTIVITY.npy
    corelith label DIR/NAME.tif --connectivity 6 [--multi] -o LABELS.tif
    cc3d_golden.py compare DIR/NAME_6.npy LABELS.tif
    cargo build --release --workspace --exclude corelith-benches --example label_speed
    cc3d_golden.py time target/release/examples/label_speed 256 5     Mvoxel/s of 256^3, 5 turns

Labels are compared after renumbering by first voxel, and must then be equal. Names that end in
`multi` are labelled by equal values (`--multi`), all others by what is not zero.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import time

import cc3d
import numpy as np


def canonical(labels):
    """Labels 1..N in the order of their first voxels."""
    flat = labels.ravel()
    values, first, inverse = np.unique(flat, return_index=True, return_inverse=True)
    order = np.argsort(np.where(values == 0, -1, first), kind="stable")
    number = np.empty(len(values), np.uint32)
    number[order] = np.arange(len(values)) + (0 if (values == 0).any() else 1)
    return number[inverse.ravel()].reshape(labels.shape)


def hilbert(order):
    """A Hilbert curve one voxel wide, its turns two voxels apart (Skilling 2004)."""
    n = 1 << order
    volume = np.zeros((2 * n - 1,) * 3, np.uint8)
    last = None
    for index in range(n**3):
        x = [0, 0, 0]
        for bit in range(3 * order):
            if index >> (3 * order - 1 - bit) & 1:
                x[bit % 3] |= 1 << (order - 1 - bit // 3)
        t = x[2] >> 1
        for i in (2, 1):
            x[i] ^= x[i - 1]
        x[0] ^= t
        q = 2
        while q != n:
            for i in (2, 1, 0):
                if x[i] & q:
                    x[0] ^= q - 1
                else:
                    t = (x[0] ^ x[i]) & (q - 1)
                    x[0] ^= t
                    x[i] ^= t
            q <<= 1
        here = 2 * np.array(x)
        volume[tuple(here)] = 1
        if last is not None:
            volume[tuple((here + last) // 2)] = 1
        last = here
    return volume


def spiral(n):
    """In every second slice a square spiral one voxel wide."""
    slice_ = np.zeros((n, n), np.uint8)
    low, high = 0, n - 1
    while high - low > 1:
        slice_[low, low : high + 1] = 1
        slice_[low : high + 1, high] = 1
        slice_[high, low : high + 1] = 1
        slice_[low + 2 : high + 1, low] = 1
        slice_[low + 2, low : low + 3] = 1
        low, high = low + 2, high - 2
    volume = np.zeros((n, n, n), np.uint8)
    volume[::2] = slice_
    return volume


def volumes():
    """Names and volumes."""
    rng = np.random.default_rng(1)
    for percent in (1, 5, 10, 20, 31, 50, 70, 90, 99):
        yield f"random_{percent}", (rng.random((40, 50, 70)) < percent / 100).astype(np.uint8)
    for classes in (2, 5, 250):
        yield f"classes_{classes}_multi", rng.integers(0, classes, (40, 50, 70)).astype(np.uint8)
    z, y, x = np.indices((64, 65, 66))
    yield "chequerboard", ((x + y + z) % 2).astype(np.uint8)
    yield "hilbert", hilbert(4)
    yield "spiral", spiral(41)
    yield "single", np.ones((1, 1, 1), np.uint8)
    yield "thin_z", (rng.random((1, 90, 200)) < 0.5).astype(np.uint8)
    yield "thin_y", (rng.random((90, 1, 200)) < 0.5).astype(np.uint8)
    yield "thin_x", (rng.random((90, 200, 1)) < 0.5).astype(np.uint8)
    yield "empty", np.zeros((20, 30, 40), np.uint8)
    yield "full", np.ones((20, 30, 40), np.uint8)
    # 2^25 / 2 components of one voxel: more than 16 million.
    z, y, x = np.ogrid[:256, :256, :512]
    yield "chequerboard_16m", ((x + y + z) % 2).astype(np.uint8)


def write(folder):
    import tifffile

    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, volume in volumes():
        tifffile.imwrite(folder / f"{name}.tif", volume, photometric="minisblack")
        for connectivity in (6, 18, 26):
            binary = not name.endswith("multi")
            labels = cc3d.connected_components(
                volume, connectivity=connectivity, binary_image=binary, out_dtype=np.uint32
            )
            np.save(folder / f"{name}_{connectivity}.npy", canonical(labels))
        print(name, volume.shape)


def compare(expected, found):
    import tifffile

    expected = np.load(expected)
    found = tifffile.imread(found).reshape(expected.shape)
    different = int((expected != found).sum())
    print(f"{different} of {expected.size} voxels differ, {expected.max()} components")
    return 1 if different else 0


def measure(label_speed, n, repeats):
    """Prints processor time of one thread, and wall time of two, each beside cc3d's."""
    from scipy import ndimage

    rng = np.random.default_rng(0)
    noise = rng.normal(size=(n, n, n)).astype(np.float32)
    blobs = (ndimage.gaussian_filter(noise, 4) > 0).astype(np.uint8)
    classes = 1 + (ndimage.gaussian_filter(noise[::-1], 3) > 0).astype(np.uint8)
    inputs = [("blobs", blobs, "binary"), ("noise", (noise > 0).astype(np.uint8), "binary")]
    inputs += [("multi", blobs * classes, "multi"), ("statistics", blobs, "statistics")]
    print("| input | ours, 1 thread | cc3d | ratio | ours, 2 threads, wall | cc3d, wall | ratio |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, volume, task in inputs:
        for connectivity in (6, 26):
            rates = compare_rates(label_speed, volume, connectivity, task, repeats)
            cells = " | ".join(rates)
            print(f"| {name} {n}^3, {connectivity} | {cells} |", flush=True)


def compare_rates(label_speed, volume, connectivity, task, repeats):
    """Mvoxel/s and ratios; the programs take turns, so that both meet the same load."""

    def label():
        # The same type as ours, and allocated within the time as ours is.
        return cc3d.connected_components(
            volume, connectivity=connectivity, binary_image=task != "multi", out_dtype=np.uint32
        )

    labels = label() if task == "statistics" else None

    def ours(threads):
        arguments = [*volume.shape, connectivity, task, 1]
        environment = {**os.environ, "RAYON_NUM_THREADS": str(threads)}
        command = [label_speed, raw.name, *map(str, arguments)]
        answer = subprocess.run(
            command, env=environment, check=True, capture_output=True, text=True
        )
        return [float(seconds) for seconds in answer.stdout.split()]

    def peer():
        start = time.process_time(), time.perf_counter()
        # Kept until the clocks are read: neither program's time holds the release of its result.
        result = label() if labels is None else cc3d.statistics(labels)
        seconds = time.process_time() - start[0], time.perf_counter() - start[1]
        del result
        return seconds

    with tempfile.NamedTemporaryFile(suffix=".raw") as raw:
        volume.tofile(raw.name)
        times = [(ours(1)[0], *peer(), ours(2)[1]) for _ in range(repeats)]
    ours_one, peer_processor, peer_wall, ours_two = map(min, zip(*times))
    rate = lambda seconds: f"{volume.size / seconds / 1e6:.0f}"
    return [
        rate(ours_one),
        rate(peer_processor),
        f"{peer_processor / ours_one:.2f}",
        rate(ours_two),
        rate(peer_wall),
        f"{peer_wall / ours_two:.2f}",
    ]


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["write", folder]:
            write(folder)
        case ["compare", expected, found]:
            sys.exit(compare(expected, found))
        case ["time", label_speed, side, repeats]:
            measure(label_speed, int(side), int(repeats))
        case _:
            sys.exit(__doc__)
