"""What goes on beside the computation: other threads, Ctrl-C, progress, memory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import corelith

LARGE = {"shape_vox": [64, 240, 240]}


def test_other_threads_go_on() -> None:
    ticks = []
    over = threading.Event()

    def tick() -> None:
        while not over.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.002)

    thread = threading.Thread(target=tick)
    thread.start()
    began = time.perf_counter()
    corelith.phantom(settings=LARGE, seed=1)
    ended = time.perf_counter()
    over.set()
    thread.join()
    inside = [t for t in ticks if began < t < ended]
    # With the lock held there would be none but at both ends.
    assert len(inside) > 20
    assert max(np.diff(inside)) < 0.5 * (ended - began)


def test_ctrl_c_stops(tmp_path: Path) -> None:
    code = textwrap.dedent(
        """
        import corelith
        print("begins", flush=True)
        try:
            corelith.phantom(settings={"shape_vox": [2000, 400, 400]}, seed=1)
        except KeyboardInterrupt:
            print("stopped", flush=True)
        """
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        # A shell starts what is in the background deaf to Ctrl-C, and children with it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "begins\n"
    time.sleep(1.0)
    began = time.perf_counter()
    child.send_signal(signal.SIGINT)
    out, _ = child.communicate(timeout=60)
    assert out == "stopped\n" and child.returncode == 0
    assert time.perf_counter() - began < 30


def test_what_the_callback_raises_stops_the_work() -> None:
    class Enough(Exception):
        pass

    def stop(step: str, done: int, total: int) -> None:
        raise Enough(step)

    with pytest.raises(Enough):
        corelith.phantom(settings=LARGE, seed=1, progress=stop)


def test_progress_tells_steps_in_order() -> None:
    told: list[tuple[str, int, int]] = []
    corelith.phantom(settings=LARGE, seed=1, progress=lambda *what: told.append(what))
    steps = list(dict.fromkeys(step for step, _, _ in told))
    assert "imaging the phantom" in steps
    counts = [done for step, done, _ in told if step == steps[-1]]
    assert counts == sorted(counts) and len(counts) > 1
    assert all(0 <= done <= total for _, done, total in told)


def test_tqdm_shows_a_bar(capsys: pytest.CaptureFixture[str]) -> None:
    corelith.phantom(settings={"shape_vox": [24, 48, 48]}, seed=1, progress=True)
    assert "imaging the phantom" in capsys.readouterr().err


def resident_bytes() -> int:
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux's /proc")
def test_memory_stays_over_a_thousand_calls(rng: np.random.Generator) -> None:
    volume = (rng.random((16, 48, 48)) > 0.7).astype(np.uint8)

    def calls(count: int) -> None:
        for _ in range(count):
            labels, _ = corelith.label(volume)
            corelith.statistics(labels)

    calls(100)
    before = resident_bytes()
    calls(1000)
    # A leak of one result a call would be 150 MB.
    assert resident_bytes() - before < 20e6


def most_resident_bytes(volume: np.ndarray) -> int:
    """Memory that labelling a volume takes at most beside what there was."""
    before = highest = resident_bytes()

    def watch(*_: object) -> None:
        nonlocal highest
        highest = max(highest, resident_bytes())

    _, count = corelith.label(volume, progress=watch)
    assert count == 0
    return highest - before


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux's /proc")
def test_a_contiguous_array_is_not_copied() -> None:
    # 0.3 GB that are never written: a copy makes them resident, reading does not.
    volume = np.zeros((300, 1000, 1000), dtype=np.uint8)
    corelith.label(volume[:1])
    assert most_resident_bytes(volume) < 0.15e9
    assert most_resident_bytes(volume.transpose(0, 2, 1)) > 0.25e9
