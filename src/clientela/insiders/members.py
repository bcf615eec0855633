"""The list of members, as it is written for the marketing team."""

import pandas as pd

from clientela.exports.pseudonyms import pseudonyms
from clientela.exports.treatment import assign_treatment
from clientela.insiders.findings import Made
from clientela.insiders.programme import member_since

TABLE = "insiders"


def list_members(made: Made, *, control: float, key: bytes | None, seed: int) -> pd.DataFrame:
    """The members, the highest expected value first, as they are written; pseudonyms for ids where there is a key.

    `arm` draws the hold-out group: the share `control` of the members, at random by the seed.
    """
    moment, programme, member = made.contest.today.moment, made.programme, made.programme.member
    window = programme.rules.window_days
    figures, worth = moment.figures[window][member], made.worth.customers[member]
    ids = moment.customers[member].tolist()
    table = pd.DataFrame(
        {
            "customer_id": pseudonyms(ids, key) if key else ids,
            "status": ["stays" if kept else "enters" for kept in programme.kept[member].tolist()],
            "member_since": member_since(programme, ids),
            "spend": figures["spend"].to_numpy(),
            "orders": figures["orders"].to_numpy().astype(int),
            "days_since_last_purchase": figures["days"].to_numpy().astype(int),
            **{name: worth[name].to_numpy() for name in ("expected", "low", "high")},
            "arm": assign_treatment(ids, [TABLE] * len(ids), share=1 - control, seed=seed),
            "window_days": window,
            "expected_months": made.worth.months,
            "as_of": pd.Timestamp(moment.as_of).date(),
        }
    )
    order = table.assign(_expected=table["expected"].fillna(0.0)).sort_values(
        ["_expected", "spend", "customer_id"], ascending=[False, False, True], kind="stable"
    )
    return order.drop(columns="_expected").reset_index(drop=True)
