"""Arrays and places as the session hands them out."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.int64]
Place = tuple[float, float]  # east and north, site metres
