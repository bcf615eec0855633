"""The demo shop after a campaign of known effect, to try a measurement on."""

from pathlib import Path

import pyarrow.csv

from clientela.campaigns.register import find_campaign, read_assignment
from clientela.data.demo import generate_demo
from clientela.data.demo_campaign import SimulatedCampaign, simulate_campaign
from clientela.errors import InvalidInput
from clientela.exports import whole_file
from clientela.exports.report_files import check_folder
from clientela.exports.treatment import TREATMENT

DATASET = "demo"


def simulate(campaign: str, *, output: Path, response: float, seed: int = 0) -> SimulatedCampaign:
    """Write the demo shop's transactions with the orders that a started campaign of known effect would add.

    Args:
        campaign: name of a campaign of the demo shop, or id of its run.
        output: path of the text file (.csv) for the transactions.
        response: share of the treated customers who place one more order, in (0, 1).
        seed: random seed of the demo shop and of who responds.

    Returns:
        The transactions, and what the campaign added.

    Raises:
        InvalidInput: there is no such campaign, or the file cannot be written.
    """
    if output.suffix != ".csv":
        raise InvalidInput(f"The output parameter must be the path of a .csv file. Got {str(output)!r} instead.")
    check_folder("output", output)
    started = find_campaign(campaign, DATASET)
    arms = read_assignment(started)
    treated = arms.loc[arms["arm"] == TREATMENT, "customer_id"].tolist()
    shop = generate_demo(seed=seed).transactions
    found = simulate_campaign(shop, treated, start=started.start, days=started.days, response=response, seed=seed)
    with whole_file(output) as temporary:
        pyarrow.csv.write_csv(found.transactions, temporary)
    return found
