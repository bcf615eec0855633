"""The default features of the fit predict the next quarter at least as well as log RFM."""

import pytest
from fits import LOG_RFM, explained_by_fit

from clientela.features.build import default_as_of

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("days_back", [90, 150])
@pytest.mark.parametrize("name", ["cdnow", "online_retail", "retail_transactions", "demo"])
def test_the_default_fit_explains_at_least_as_much_as_log_rfm(open_shop, settings_of, name, days_back):
    default = settings_of("groceries").fit  # a data set without a fit of its own
    with open_shop(name) as connection:
        fits = {"default": default, "log RFM": LOG_RFM}
        shares = explained_by_fit(connection, fits, as_of=default_as_of(connection), days_back=days_back)
    assert max(shares["default"]) >= max(shares["log RFM"])


def test_the_default_fit_needs_no_products_and_no_times(settings_of):
    fit = settings_of("groceries").fit
    assert fit.keys().isdisjoint({"mean_item_price", "items_per_order", "distinct_products", "evening_share"})
