"""Models with known parameters, and customers simulated under them."""

import numpy as np
import pandas as pd
import pytest

from clientela.clv import BetaGeometricNBD, GammaGamma, ModifiedBetaGeometricNBD, ParetoNBD

TRUTHS = {
    "bg": BetaGeometricNBD().with_parameters(0.6, 6.0, 0.8, 3.0),
    "mbg": ModifiedBetaGeometricNBD().with_parameters(0.6, 6.0, 0.8, 3.0),
    "pareto": ParetoNBD().with_parameters(0.6, 8.0, 0.6, 12.0),
}


@pytest.fixture(params=list(TRUTHS))
def truth(request):
    return TRUTHS[request.param]


@pytest.fixture
def spend():
    return GammaGamma().with_parameters(6.0, 4.0, 15.0)


@pytest.fixture
def simulated(truth, spend) -> pd.DataFrame:
    """1,500 customers of the true model who came in the first of two years, in weeks."""
    rng = np.random.default_rng(1)
    customers = truth.simulate(rng.uniform(52, 104, 1_500), rng)
    spends = spend.simulate(customers["frequency"].to_numpy(), rng)
    return customers.assign(monetary_value=spends, customer_id=[f"c{i}" for i in range(len(customers))])
