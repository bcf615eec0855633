"""Texts about measured rates, in the language of a report."""

from clientela.holdout.rates import Rate
from clientela.reporting.words import Words


def rate_text(rate: Rate, words: Words) -> str:
    """The rate with its label: "10% (assumed)" or "12% (measured in 3 campaigns, 90% interval: 8% to 16%)"."""
    share = words.percent(rate["value"])
    if not rate["campaigns"]:
        return words.text("rate.assumed", share=share)
    own = "" if rate["is_own"] else "_others"
    return words.text(
        f"rate.measured{own}",
        share=share,
        campaigns=words.count("campaigns", rate["campaigns"]),
        level=words.percent(rate["level"], 0),
        low=words.percent(rate["low"]),
        high=words.percent(rate["high"]),
    )
