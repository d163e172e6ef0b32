"""Types of arrays."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
Floats: TypeAlias = NDArray[np.float32]
Ints: TypeAlias = NDArray[Any]
Pixels: TypeAlias = NDArray[np.uint8]
Stored: TypeAlias = NDArray[np.uint16]
"""Grey levels in 256ths, of which many are held together: see `thumbnails.levels`."""
