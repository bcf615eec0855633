"""Customers whom a campaign leaves out, each with the first reason that applies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from clientela.campaigns.campaign import Campaign
from clientela.campaigns.contact import BLOCKED, CONSENT, LAST_CONTACT, UNREADABLE
from clientela.exports.treatment import CONTROL, TREATMENT
from clientela.settings import CampaignSettings

NO_CONSENT, RECENT, ELSEWHERE = "no_consent", "contacted_recently", "in_another_campaign"
REASONS = (NO_CONSENT, BLOCKED, UNREADABLE, RECENT, ELSEWHERE)  # the first that applies counts


@dataclass(frozen=True)
class Earlier:
    """A campaign that was started before, with its assignment (columns `ASSIGNMENT`)."""

    campaign: Campaign
    assignment: pd.DataFrame

    def customers(self, *arms: str) -> pd.Index:
        """Ids of the customers in some of its arms."""
        return pd.Index(self.assignment.loc[self.assignment["arm"].isin(arms), "customer_id"])


def concerns(campaign: Campaign, start: date, days: int, settings: CampaignSettings) -> bool:
    """Whether the customers of an earlier campaign may have to be left out of a new one.

    Args:
        campaign: the earlier campaign.
        start: first day of the new campaign.
        days: length of the new campaign (days).
        settings: rules of running campaigns and contacts.
    """
    return _runs(campaign, start, days, settings) or _contacts(campaign, start, settings)


def exclusion_reasons(
    contact: pd.DataFrame, earlier: Sequence[Earlier], settings: CampaignSettings, *, start: date, days: int
) -> np.ndarray:
    """The reason why each customer is left out.

    A customer of a running campaign is left out in both of its arms: a control customer who got another campaign would
    be no control. Only treated customers were contacted.

    Args:
        contact: the frame of `read_contact`; rows are the customers.
        earlier: campaigns of the same data set.
        settings: rules of running campaigns and contacts.
        start: first day of the new campaign.
        days: length of the new campaign (days).

    Returns:
        One of REASONS per customer, or None; (customers,).
    """
    applies = {
        NO_CONSENT: ~contact[CONSENT].to_numpy(),
        BLOCKED: contact[BLOCKED].to_numpy(),
        UNREADABLE: contact[UNREADABLE].to_numpy(),
        RECENT: _contacted_recently(contact, earlier, settings, start),
        ELSEWHERE: _in_running(contact.index, earlier, settings, start, days),
    }
    return _first_reason(applies, len(contact))


def _first_reason(applies: Mapping[str, np.ndarray], customers: int) -> np.ndarray:
    found = np.full(customers, None, dtype=object)
    for reason in reversed(REASONS):
        found[applies[reason]] = reason
    return found


def _contacted_recently(
    contact: pd.DataFrame, earlier: Sequence[Earlier], settings: CampaignSettings, start: date
) -> np.ndarray:
    if not settings.days_between_contacts:
        return np.zeros(len(contact), dtype=bool)
    # A later day in the table is a contact that is planned, or a mistake; either way the customer is not free.
    first_free_day = pd.Timestamp(start - timedelta(days=settings.days_between_contacts))
    found = (contact[LAST_CONTACT] > first_free_day).to_numpy()
    for one in earlier:
        if _contacts(one.campaign, start, settings):
            found = found | contact.index.isin(one.customers(TREATMENT))
    return found


def _in_running(
    customers: pd.Index, earlier: Sequence[Earlier], settings: CampaignSettings, start: date, days: int
) -> np.ndarray:
    found = np.zeros(len(customers), dtype=bool)
    for one in earlier:
        if _runs(one.campaign, start, days, settings):
            found |= customers.isin(one.customers(TREATMENT, CONTROL))
    return found


def _runs(campaign: Campaign, start: date, days: int, settings: CampaignSettings) -> bool:
    return settings.exclude_running and campaign.overlaps(start, days)


def _contacts(campaign: Campaign, start: date, settings: CampaignSettings) -> bool:
    return abs((campaign.start - start).days) < settings.days_between_contacts
