"""What is usual: deciles of those known, nothing where they are few, and which wanted class a caller resembles."""

import numpy as np
import pytest

from wurao.detection.daily.usual import LEAST, Range, compare, nearest_wanted, place_of, ranges


def test_what_is_usual_are_the_first_and_the_ninth_decile_of_a_class() -> None:
    values = np.arange(101, dtype=np.float32)
    x = np.stack([values, np.where(values < LEAST - 1, values, np.nan)], axis=1)
    found = ranges(["courier"] * 101, x, ("cells", "lunch"))
    assert found == {"courier": {"cells": Range(10.0, 90.0)}}, "a feature known of too few says nothing"
    assert ranges([None] * 101, x, ("cells", "lunch")) == {}


@pytest.mark.parametrize(
    ("value", "place"), [(0.1, "below"), (0.2, "inside"), (0.4, "inside"), (0.5, "above"), (None, "unknown")]
)
def test_a_value_lies_somewhere(value: float | None, place: str) -> None:
    assert place_of(value, Range(0.2, 0.4)) == place
    assert place_of(value, None) == "unknown"


def test_the_wanted_class_that_a_caller_resembles_is_never_a_nuisance() -> None:
    usual = {
        "fraud": {"new": Range(0.8, 1.0), "cells": Range(1, 1)},
        "courier": {"new": Range(0.7, 1.0), "cells": Range(5, 30)},
        "person": {"new": Range(0.0, 0.3), "cells": Range(2, 8)},
    }
    values = {"new": 0.9, "cells": 1.0, "lunch": None}
    assert nearest_wanted(values, usual) == "courier"
    assert nearest_wanted({"lunch": 1.0}, usual) is None
    told = {one.name: one for one in compare(values, usual["fraud"], usual["courier"])}
    assert (told["cells"].own, told["cells"].wanted, told["cells"].place) == (Range(1, 1), Range(5, 30), "inside")
    assert told["lunch"].place == "unknown"
