"""Expectations over a customer's unknown chance to drop out, by Gaussian quadrature.

The closed forms of these models contain Gauss's hypergeometric function 2F1, which SciPy evaluates slowly, and not at
all for customers with hundreds of purchases. Each is the integral of a smooth positive function, computed here.
"""

import numpy as np
from scipy.linalg import eigvalsh_tridiagonal

# Upper end of a range of horizons (in units of alpha + T), and the nodes that keep the relative error below 1e-6. The
# tests check up to 500 purchases, and up to 50 for horizons longer than ten times alpha + T.
NODES = ((0.5, 10), (2.0, 20), (10.0, 56), (30.0, 128), (np.inf, 400))
SMALLEST = 1e-15  # smallest node; eigenvalues below it are rounding errors
CELLS = 30_000  # rows x nodes at a time, so that the arrays fit a processor's cache


def beta_nodes(a: float, b: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Gauss-Jacobi nodes and weights for expectations over p ~ Beta(a, b), by Golub & Welsch (1969).

    The nodes are eigenvalues of the Jacobi matrix. Each weight is the inverse of the sum of the squared orthonormal
    polynomials at its node, for which no eigenvectors are needed.

    Args:
        a: first parameter of the beta distribution, positive.
        b: second parameter, positive; (rows,).
        count: number of nodes.

    Returns:
        Nodes in (0, 1) and weights, both (rows, count); the weights of a row sum to 1.

    Example:
        >>> nodes, weights = beta_nodes(2.0, np.array([3.0]), 5)
        >>> round(float((nodes * weights).sum()), 12)  # the mean, a / (a + b)
        0.4
    """
    diagonal, off = _recurrence(a, np.asarray(b, dtype=float)[:, None], count)
    values = np.array([eigvalsh_tridiagonal(*row) for row in zip(diagonal, off, strict=True)])
    before, current = np.zeros_like(values), np.ones_like(values)
    squares, reach = np.ones_like(values), np.zeros((len(values), 1))
    with np.errstate(over="ignore", invalid="ignore"):
        for k in range(count - 1):
            following = ((values - diagonal[:, k : k + 1]) * current - reach * before) / off[:, k : k + 1]
            before, current, reach = current, following, off[:, k : k + 1]
            squares += current**2
    # Nodes whose polynomials overflow have a weight of 0 in double precision.
    return np.maximum((1 + values) / 2, SMALLEST), np.where(np.isfinite(squares), 1 / squares, 0.0)


def _recurrence(a: float, b: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Diagonals (rows, count) and their neighbours (rows, count - 1) of the Jacobi matrices on [-1, 1]."""
    left, right = a - 1.0, b - 1.0
    i = np.arange(1, count)
    total = 2 * i + left + right
    diagonal = np.empty((len(b), count))
    diagonal[:, :1] = (left - right) / (left + right + 2)
    diagonal[:, 1:] = (left - right) * (left + right) / (total * (total + 2))
    # The first entry is written apart: its general form is 0 / 0 where a + b = 1.
    squares = np.empty((len(b), count - 1))
    squares[:, :1] = 4 * (1 + left) * (1 + right) / ((2 + left + right) ** 2 * (3 + left + right))
    j, t = i[1:], total[:, 1:]
    squares[:, 1:] = 4 * j * (j + left) * (j + right) * (j + left + right) / (t**2 * (t + 1) * (t - 1))
    return diagonal, np.sqrt(squares)


def mean_until_dropout(a: float, b: np.ndarray, shape: np.ndarray, horizons: np.ndarray) -> np.ndarray:
    """E[(1 - (1 + p u)^-s) / p] over p ~ Beta(a, b): expected purchases until u of a customer who is alive at 0.

    Let p be the chance to drop out after a purchase and lambda ~ Gamma(s, 1) the purchase rate. Then a customer buys
    (1 - exp(-lambda p u)) / p times on average until u, and the expectation over lambda has a closed form. For a != 1
    the result equals (a + b - 1) / (a - 1) * (1 - (1 + u)^-s 2F1(s, b; a + b - 1; u / (1 + u))), the numerator of
    equation 10 of Fader, Hardie & Lee (2005).

    Args:
        a: first parameter of the chance to drop out.
        b: second parameter of the chance to drop out; (rows,).
        shape: shape s of the purchase rate; (rows,).
        horizons: horizons u >= 0 in units of 1 / scale of the purchase rate; (rows, horizons).

    Returns:
        Expected purchases; (rows, horizons).
    """
    result = np.empty(horizons.shape)
    lower, longest = -1.0, horizons.max(axis=1, initial=0.0)
    for upper, count in NODES:
        rows = np.flatnonzero((longest > lower) & (longest <= upper))
        lower = upper
        if len(rows) == 0:
            continue
        kinds, which = np.unique(b[rows], return_inverse=True)
        nodes, weights = beta_nodes(a, kinds, count)
        for part in np.array_split(np.arange(len(rows)), len(rows) * count // CELLS + 1):
            at, kind = rows[part], which[part]
            result[at] = _until_dropout(nodes[kind], weights[kind], shape[at, None], horizons[at])
    return result


def _until_dropout(p: np.ndarray, weights: np.ndarray, shape: np.ndarray, horizons: np.ndarray) -> np.ndarray:
    weights /= p
    columns = []
    for horizon in horizons.T:
        reached = p * horizon[:, None]
        np.log1p(reached, out=reached)
        reached *= -shape
        np.expm1(reached, out=reached)
        columns.append(-np.einsum("ij,ij->i", reached, weights))
    return np.column_stack(columns)
