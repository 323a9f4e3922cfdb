"""Result tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


class Table(dict[str, "np.ndarray[Any, Any]"]):
    """A table by columns: a dictionary of arrays of equal length, with units in the names.

    Data frames take it as the dictionary that it is: ``pandas.DataFrame(table)``,
    ``polars.DataFrame(table)``. Others get it by the Arrow C interface, for which pyarrow must be
    installed. NaN stands for an empty cell.

    >>> import numpy as np
    >>> table = Table({"id": np.array([1, 2]), "volume_um3": np.array([8.0, 27.0])})
    >>> table
    Table of 2 rows: id, volume_um3
    >>> table["volume_um3"].sum()
    np.float64(35.0)
    """

    @classmethod
    def of(cls, columns: Mapping[str, Any]) -> Table:
        """Of columns, of which text may be a list."""
        return cls({name: np.asarray(values) for name, values in columns.items()})

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(next(iter(self.values()), ()))

    def to_pandas(self) -> Any:
        """As a ``pandas.DataFrame``."""
        import pandas

        return pandas.DataFrame(dict(self))

    def to_arrow(self) -> Any:
        """As a ``pyarrow.Table``."""
        import pyarrow

        return pyarrow.table(dict(self))

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        return f"Table of {self.rows} rows: {', '.join(self)}"
