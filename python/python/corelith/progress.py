"""How far a computation is: a callback, a tqdm bar, and the log ``corelith``."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

_LOG = logging.getLogger("corelith")

Progress = bool | Callable[[str, int, int], Any] | None
"""``None`` or ``False``: nothing; ``True``: a tqdm bar, where tqdm is installed; a function: called
as ``progress(step, done, total)`` about 20 times a second, from the thread that called. What it
raises stops the computation."""


class Listener:
    """What the native part tells about its work."""

    def __init__(self, progress: Progress) -> None:
        self._call = progress if callable(progress) else None
        self._bar_of: Callable[..., Any] | None = None
        self._bar: Any = None
        self._step = ""
        self._total = 0
        if progress is True:
            try:
                from tqdm.auto import tqdm

                self._bar_of = tqdm
            except ImportError:
                _LOG.info("no bar is shown: tqdm is not installed")

    def step(self, name: str, total: int) -> None:
        """A step of that length begins."""
        _LOG.debug("%s", name)
        self._step, self._total = name, total
        self.close()
        if self._bar_of is not None:
            self._bar = self._bar_of(desc=name, total=total, leave=False)
        if self._call is not None:
            self._call(name, 0, total)

    def done(self, count: int, remark: str) -> None:
        """So much of the step is done."""
        if self._bar is not None:
            self._bar.set_postfix_str(remark, refresh=False)
            self._bar.update(count - self._bar.n)
        if self._call is not None:
            self._call(self._step, min(count, self._total), self._total)

    def line(self, text: str) -> None:
        """Something for people: what was found, or a warning."""
        warning = text.removeprefix("warning: ")
        if warning != text:
            _LOG.warning("%s", warning)
        else:
            _LOG.info("%s", text.strip())

    def close(self) -> None:
        """The step is over."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
