"""Forests as ONNX: converted by onnxmltools, served by ONNX Runtime on one thread, apart from what learnt them.

ONNX computes in float32: a probability differs from LightGBM's by rounding only (tested below 1e-6).
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from wurao.core.errors import VerificationError
from wurao.detection.scoring.learning import library
from wurao.detection.scoring.trees import Forest, Inputs, booster

Floats = npt.NDArray[np.float64]
_INPUT = "features"
_TINY = 1e-7
"""Float32 can't tell a probability nearer to 0 or 1 from them: the log-odds end at ±16.1."""


def to_onnx(forest: Forest) -> bytes:
    """Return the forest as ONNX bytes, [rows, features] float32 → label, probabilities [rows, classes]."""
    kinds = library("onnxmltools.convert.common.data_types")
    convert = library("onnxmltools").convert_lightgbm
    shape = [(_INPUT, kinds.FloatTensorType([None, len(forest.names)]))]
    model = convert(booster(forest.text), initial_types=shape, zipmap=False)
    model.producer_name = "wurao"
    model.graph.name = "forest"  # else a random one: the same forest is the same bytes
    content: bytes = model.SerializeToString(deterministic=True)
    return content


class Served:
    """A forest at work in ONNX Runtime."""

    def __init__(self, content: bytes, where: str = "model") -> None:
        runtime = library("onnxruntime")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session: Any = runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # noqa: BLE001 - the runtime's errors have no common base
            reason = str(error).splitlines()[0][:120]
            raise VerificationError(f"no usable ONNX model ({reason})", where=where, mend="train it again") from None

    def probabilities(self, x: Inputs) -> Floats:
        """Return [rows, classes] for features in the order that the forest learnt them."""
        told = self._session.run(["probabilities"], {_INPUT: np.ascontiguousarray(x, np.float32)})[0]
        return np.asarray(told, np.float64)

    def log_odds(self, x: Inputs) -> Floats:
        """Return for each row the log-odds of the second of two classes."""
        p = np.clip(self.probabilities(x)[:, 1], _TINY, 1 - _TINY)
        return np.log(p) - np.log1p(-p)


def sigmoid(log_odds: Floats) -> Floats:
    """Return the probabilities of log-odds."""
    bounded = np.clip(log_odds, -_MOST, _MOST)
    return 1 / (1 + np.exp(-bounded))


_MOST = -math.log(_TINY)
