#!/usr/bin/env python3
"""Compares our distance transform with those of SciPy and of the package edt, and times them.

    pip install edt numpy scipy
    cargo build --release -p corelith-stats --example distance_speed
    distances.py target/release/examples/distance_speed 256     Mvoxel/s of 256^3, in turns

The squared distances must be equal, voxel by voxel, to SciPy's.
"""

import os
import subprocess
import sys
import tempfile
import time

import edt
import numpy as np
from scipy import ndimage


def ours(distance_speed, raw, out, shape, threads):
    environment = {**os.environ, "RAYON_NUM_THREADS": str(threads)}
    command = [distance_speed, raw, *map(str, shape), out]
    answer = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return [float(seconds) for seconds in answer.stdout.split()]


def peer(transform):
    start = time.process_time(), time.perf_counter()
    result = transform()
    seconds = time.process_time() - start[0], time.perf_counter() - start[1]
    del result
    return seconds


def main(distance_speed, n, repeats=3):
    noise = np.random.default_rng(0).normal(size=(n, n, n)).astype(np.float32)
    print("| input | 1 thread | edt | ratio | SciPy | ratio | 2 threads, wall | edt, wall | ratio |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for name, sigma, level in (("blobs", 4, 0.0), ("large particles", 16, -0.01)):
        mask = (ndimage.gaussian_filter(noise, sigma) > level).astype(np.uint8)
        with tempfile.TemporaryDirectory() as folder:
            raw, out = f"{folder}/mask.raw", f"{folder}/out.raw"
            mask.tofile(raw)
            times = []
            for _ in range(repeats):
                one = ours(distance_speed, raw, out, mask.shape, 1)[0]
                single = peer(lambda: edt.edtsq(mask, black_border=False, parallel=1))[0]
                two = ours(distance_speed, raw, out, mask.shape, 2)[1]
                both = peer(lambda: edt.edtsq(mask, black_border=False, parallel=2))[1]
                times.append((one, single, two, both))
            found = np.fromfile(out, np.float32).reshape(mask.shape)
        start = time.process_time()
        expected = ndimage.distance_transform_edt(mask)
        scipy = time.process_time() - start
        different = int((np.rint(expected**2) != found).sum())
        if different:
            sys.exit(f"{name}: {different} of {mask.size} squared distances differ from SciPy's")
        one, single, two, both = map(min, zip(*times))
        rate = lambda seconds: f"{mask.size / seconds / 1e6:.1f}"
        cells = [rate(one), rate(single), f"{single / one:.2f}", rate(scipy), f"{scipy / one:.1f}"]
        cells += [rate(two), rate(both), f"{both / two:.2f}"]
        print(f"| {name} {n}^3 | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    match sys.argv[1:]:
        case [distance_speed, side]:
            main(distance_speed, int(side))
        case _:
            sys.exit(__doc__)
