"""Branch predictors: which way a branch goes, guessed from which ways branches went before.

A trace is two arrays: where each branch is (int64, one number a branch instruction), and whether
it was taken (bool). A predictor sees them one by one. It says what it expects, then learns what
happened. The loops over a trace are compiled by Numba where there is Numba.

Smith, "A study of branch prediction strategies", ISCA 1981 (two-bit counters); McFarling,
"Combining branch predictors", WRL TN-36, 1993 (gselect and gshare); Jiménez & Lin, "Dynamic branch
prediction with perceptrons", HPCA 2001.
"""

from __future__ import annotations

import numpy as np

from tern.cost.compiled import compiled
from tern.parts import part


def mispredictions(predicted: np.ndarray, taken: np.ndarray) -> int:
    """How many branches went the other way."""
    return int(np.count_nonzero(predicted != taken))


# ---- tables of counters -------------------------------------------------------------------------


def two_bit(branches: np.ndarray, taken: np.ndarray, address_bits: int = 12) -> np.ndarray:
    """What a table of two-bit counters predicts, one for each branch: bool, of the trace's length.

    A counter goes from 0 to 3 and starts at 1; from 2 on it says "taken". One surprise moves it by
    one step, so a loop's exit doesn't change what it says of the loop's next run. Branches whose
    lowest `address_bits` are the same share a counter. O(branches).
    """
    return _run_counters(branches, taken, address_bits, 0, False)


def gselect(
    branches: np.ndarray, taken: np.ndarray, address_bits: int = 7, history_bits: int = 7
) -> np.ndarray:
    """Two-bit counters chosen by the branch *and* by the last outcomes, side by side."""
    return _run_counters(branches, taken, address_bits, history_bits, False)


def gshare(
    branches: np.ndarray, taken: np.ndarray, address_bits: int = 12, history_bits: int = 12
) -> np.ndarray:
    """Two-bit counters chosen by the branch XOR the last outcomes: longer, in the same table."""
    return _run_counters(branches, taken, address_bits, history_bits, True)


def _run_counters(
    branches: np.ndarray, taken: np.ndarray, address_bits: int, history_bits: int, xor: bool
) -> np.ndarray:
    bits = max(address_bits, history_bits) if xor else address_bits + history_bits
    counters = np.ones(1 << bits, np.int8)
    predicted = np.empty(len(taken), np.bool_)
    shift = 0 if xor else address_bits
    masks = (1 << address_bits) - 1, (1 << history_bits) - 1
    compiled(_count)(branches, taken, counters, shift, *masks, predicted)
    return predicted


def _count(
    branches: np.ndarray,
    taken: np.ndarray,
    counters: np.ndarray,
    shift: int,
    address_mask: int,
    history_mask: int,
    predicted: np.ndarray,
) -> None:
    """Predict each branch by its counter, then teach it. Bit 0 of the history is the latest."""
    history = 0
    for t in range(len(branches)):
        index = (branches[t] & address_mask) ^ ((history & history_mask) << shift)
        predicted[t] = counters[index] >= 2
        if taken[t]:
            counters[index] = min(counters[index] + 1, 3)
            history = (history << 1) & history_mask | 1
        else:
            counters[index] = max(counters[index] - 1, 0)
            history = (history << 1) & history_mask


# ---- a perceptron -------------------------------------------------------------------------------


def learn(
    branches: np.ndarray,
    taken: np.ndarray,
    weights: np.ndarray,
    threshold: int,
    predicted: np.ndarray,
) -> None:
    """Predict each branch by the sign of a weighted sum of the last outcomes; adjust the weights.

    Row b of `weights` is the perceptron of the branches b, b + rows, …: a bias, and one weight for
    each outcome, the latest first. An outcome is +1 (taken) or -1.
    """
    rows, size = weights.shape
    history = np.ones(size, np.int64)  # the first stays 1: it is the bias's
    for t in range(len(branches)):
        row = weights[branches[t] % rows]
        total = 0
        for k in range(size):
            total += row[k] * history[k]
        predicted[t] = total >= 0
        outcome = 1 if taken[t] else -1
        if predicted[t] != taken[t] or abs(total) <= threshold:
            for k in range(size):
                row[k] = min(max(row[k] + outcome * history[k], -128), 127)
        for k in range(size - 1, 1, -1):
            history[k] = history[k - 1]
        history[1] = outcome


@part("cost.predict_branches", helpers=(learn,))
def predict_branches(branches: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """What a branch predictor expects of each branch of a trace: bool, of the trace's length.

    `branches` says which branch instruction each one is (int64, not negative), and `taken` which
    way it went (bool), in the order of the program. The predictor is *online*: what it expects of
    branch t may depend on branches[: t + 1] and on taken[:t], and on nothing that comes later.

    A branch that always goes one way is expected to after 20 times. The book's is a perceptron for
    each branch over the last 24 outcomes, O(branches * 24).
    """
    length = 24
    weights = np.zeros((1024, length + 1), np.int64)
    threshold = int(1.93 * length + 14)  # where learning stops: Jiménez & Lin, section 3.3
    predicted = np.empty(len(taken), np.bool_)
    compiled(learn)(branches, taken, weights, threshold, predicted)
    return predicted
