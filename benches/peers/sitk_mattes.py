#!/usr/bin/env python3
"""Time a sample and pose of scoring a map in a volume: ours and SimpleITK's Mattes mutual information.

    pip install SimpleITK numpy scipy
    cargo build --release -p corelith-registration --example pose_speed
    sitk_mattes.py target/release/examples/pose_speed [--threads 1]

Both get the same volume of blobs and the same section through it, and score every pixel of the
section. SimpleITK's time is that of an iteration of its optimiser
(value and gradient of an affine transform: what its searches pay a pose), from the difference of a
long and a short run, so that what it prepares once does not count; ours that of a histogram and its
information (our search needs no gradient). SimpleITK takes no 2D map in a 3D volume, so the section
is a volume of one slice. Its time is processor time shared equally among the threads, so that other
programs do not count against it. Turns are taken, the fastest of five counts.
"""

import argparse
import pathlib
import subprocess
import tempfile
import time

import numpy as np
import SimpleITK as sitk
from scipy.ndimage import gaussian_filter

SIDE = 128
MAP = 96
ITERATIONS = 200


def method(transform):
    registration = sitk.ImageRegistrationMethod()
    registration.SetMetricAsMattesMutualInformation(32)
    registration.SetInterpolator(sitk.sitkLinear)
    registration.SetInitialTransform(transform, inPlace=False)
    return registration


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(arguments.threads)

    rng = np.random.default_rng(1)
    field = gaussian_filter(rng.standard_normal((SIDE,) * 3), 5)
    classes = np.digitize(field, np.quantile(field, [0.6, 0.8, 0.9])).astype(np.uint8)
    greys = np.array([40, 120, 170, 200])[classes] + rng.normal(0, 8, classes.shape)
    volume = gaussian_filter(greys, 0.8).clip(0, 248).astype(np.uint8)
    low = (SIDE - MAP) // 2
    section = np.ascontiguousarray(classes[SIDE // 2, low : low + MAP, low : low + MAP])

    moving = sitk.GetImageFromArray(volume.astype(np.float32))
    fixed = sitk.GetImageFromArray(section[None].astype(np.float32))
    fixed.SetOrigin((low, low, SIDE // 2))
    transform = sitk.AffineTransform(3)
    samples = section.size

    def iterate(count):
        registration = method(transform)
        # Steps too short to leave the pose, and no end before the last iteration.
        registration.SetOptimizerAsGradientDescent(
            1e-9, count, 1e-30, count + 1, registration.Never
        )
        began = time.process_time()
        registration.Execute(fixed, moving)
        assert registration.GetOptimizerIteration() == count
        return (time.process_time() - began) / arguments.threads

    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "volume").write_bytes(volume.tobytes())
        (folder / "map").write_bytes(section.tobytes())
        command = [arguments.program, folder / "volume", *[str(SIDE)] * 3]
        command += [folder / "map", str(MAP), str(MAP), "200"]
        environment = {"RAYON_NUM_THREADS": str(arguments.threads)}
        ours, long, short = [], [], []
        for _ in range(5):
            run = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
            ours.append(float(run.stdout.split()[0]))
            long.append(iterate(2 * ITERATIONS))
            short.append(iterate(ITERATIONS))
    ours, iteration = min(ours), 1e9 * (min(long) - min(short)) / ITERATIONS / samples
    print(f"{arguments.threads} thread(s), {samples} samples, ns a sample and pose")
    print(f"ours, value:             {ours:8.2f}")
    print(f"SimpleITK, iteration:    {iteration:8.2f}   ratio {iteration / ours:6.1f}")


if __name__ == "__main__":
    main()
