"""The default features of the fit predict the next quarter at least as well as log RFM."""

import duckdb
import pytest
from fits import LOG_RFM, explained_by_fit

from clientela.features.build import default_as_of
from clientela.loading import read_transactions
from clientela.settings import load_settings

pytestmark = pytest.mark.slow

SOURCES = {"online_retail": "online_retail.parquet", "retail_transactions": "retail_data_transactions.csv"}


@pytest.mark.parametrize("days_back", [90, 150])
@pytest.mark.parametrize("name", ["cdnow", "online_retail", "retail_transactions", "demo"])
def test_the_default_fit_explains_at_least_as_much_as_log_rfm(root, request, read_cdnow, name, days_back):
    default = load_settings("groceries", conf=root / "conf").fit  # a data set without a fit of its own
    with duckdb.connect() as connection:
        if name == "cdnow":
            read_cdnow(connection)
        else:
            source = request.getfixturevalue("shared_data") / SOURCES[name] if name in SOURCES else None
            dataset = load_settings(name, conf=root / "conf").dataset
            read_transactions(connection, dataset, source=str(source) if source else None, seed=0)
        fits = {"default": default, "log RFM": LOG_RFM}
        shares = explained_by_fit(connection, fits, as_of=default_as_of(connection), days_back=days_back)
    assert max(shares["default"]) >= max(shares["log RFM"])


def test_the_default_fit_needs_no_products_and_no_times(root):
    fit = load_settings("groceries", conf=root / "conf").fit
    assert fit.keys().isdisjoint({"mean_item_price", "items_per_order", "distinct_products", "evening_share"})
