"""What a comparison looks at before any clustering: the quality of the data, and what they look like."""

import duckdb

from clientela.exploration.explore import SMALLEST_GROUP, Exploration, explore
from clientela.loading import ShopData
from clientela.quality.report import QualityReport
from clientela.quality.texts import quality_text
from clientela.reporting.words import Words
from clientela.request import Echo
from clientela.settings import Settings
from clientela.shop import shop_quality


def look_at_data(
    connection: duckdb.DuckDBPyConnection, settings: Settings, data: ShopData, *, echo: Echo
) -> tuple[QualityReport, Exploration]:
    """Check and explore the loaded data; the findings are printed.

    Args:
        connection: DuckDB connection with the tables of the data, and `net_lines` as of their date.
        settings: settings of the comparison.
        data: what was loaded.
        echo: function that prints the findings.

    Returns:
        The quality report and the exploration.
    """
    dataset = settings.dataset
    quality = shop_quality(connection, dataset, data)
    echo(quality_text(quality, Words("en", currency=dataset.currency)) + "\n")
    exploration = explore(
        connection if data.has_transactions else None,
        data.features,
        fit=list(settings.fit),
        as_of=data.as_of,
        smallest=dataset.privacy.smallest_group if dataset.privacy else SMALLEST_GROUP,
    )
    return quality, exploration
