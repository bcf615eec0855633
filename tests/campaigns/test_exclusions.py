"""Whom a campaign leaves out, and for which reason."""

from datetime import date

import duckdb
import pandas as pd
import pytest

from clientela.campaigns.contact import read_contact
from clientela.campaigns.exclusions import Earlier, concerns, exclusion_reasons
from clientela.errors import InvalidData
from clientela.settings import ContactSettings, load_settings
from clientela.settings.contact import DateColumn, FlagColumn

from .test_campaigns import SETTINGS
from .test_register import campaign

START, DAYS = date(2024, 4, 15), 30
CUSTOMERS = pd.Index(["1", "2", "3", "4", "5", "6"], name="customer_id")


def contact(**columns) -> pd.DataFrame:
    """The table of contacts, in which everybody may be contacted unless a column says otherwise."""
    free = {"consent": True, "do_not_contact": False, "last_contact": pd.NaT, "unreadable_last_contact": False}
    return pd.DataFrame({**free, **columns}, index=CUSTOMERS).astype({"last_contact": "datetime64[s]"})


def earlier(start: str, days: int, **arms: str) -> Earlier:
    """A campaign with the arm of each customer, as c1="treatment"."""
    frame = pd.DataFrame({"customer_id": [name[1:] for name in arms], "arm": list(arms.values())})
    return Earlier(campaign(start=date.fromisoformat(start), days=days), frame)


def reasons(table=None, campaigns=(), settings=SETTINGS):
    return exclusion_reasons(
        contact() if table is None else table, campaigns, settings, start=START, days=DAYS
    ).tolist()


def test_nobody_is_left_out_without_rules():
    assert reasons() == [None] * 6


def test_the_first_reason_counts():
    table = contact(
        consent=[False, True, True, True, True, True],
        do_not_contact=[True, True, False, False, False, False],
        unreadable_last_contact=[False, False, True, False, False, False],
        last_contact=pd.to_datetime([None, None, None, "2024-04-10", "2024-03-01", None]),
    )
    found = reasons(table, [earlier("2024-04-01", 90, c4="treatment", c5="control")])
    assert found == [
        "no_consent", "do_not_contact", "unreadable_last_contact", "contacted_recently", "in_another_campaign", None,
    ]  # fmt: skip


def test_a_contact_counts_for_the_days_of_the_rule():
    # 14 days between two contacts: a contact on 1 April allows one on 15 April.
    days = pd.to_datetime(["2024-04-01", "2024-04-02", "2024-04-14", "2024-04-15", "2024-05-01", None])
    found = reasons(contact(last_contact=days))
    assert found == [None, *["contacted_recently"] * 4, None]
    assert reasons(contact(last_contact=days), settings=SETTINGS.model_copy(update={"days_between_contacts": 0})) == (
        [None] * 6
    )


def test_both_arms_of_a_running_campaign_are_left_out_but_not_its_hold_out():
    running = earlier("2024-03-20", 60, c1="treatment", c2="control", c3="holdout", c4="excluded")
    assert reasons(campaigns=[running]) == ["in_another_campaign", "in_another_campaign", None, None, None, None]
    allowed = SETTINGS.model_copy(update={"exclude_running": False})
    assert reasons(campaigns=[running], settings=allowed) == [None] * 6


def test_only_treated_customers_of_a_campaign_that_is_over_were_contacted():
    over = earlier("2024-04-05", 5, c1="treatment", c2="control")
    assert reasons(campaigns=[over]) == ["contacted_recently", None, None, None, None, None]


@pytest.mark.parametrize(
    ("start", "days", "concerned"),
    [("2024-01-01", 30, False), ("2024-01-01", 106, True), ("2024-04-05", 1, True), ("2024-05-16", 30, False)],
)
def test_only_overlapping_and_recent_campaigns_concern_a_new_one(start, days, concerned):
    assert concerns(campaign(start=date.fromisoformat(start), days=days), START, DAYS, SETTINGS) is concerned


class TestContactTable:
    @pytest.fixture
    def read(self, root, tmp_path):
        """Read the contact table of a shop whose customers are 1 to 6."""
        dataset = load_settings("demo", conf=root / "conf").dataset

        def read(text: str, **given):
            path = tmp_path / "customers.csv"
            path.write_text(text, encoding="utf-8")
            settings = ContactSettings(source=str(path), customer_id="id", **given)
            with duckdb.connect() as connection:
                connection.execute("create table transactions as select unnest(['1','2','3','4','5','6']) customer_id")
                return read_contact(connection, dataset.model_copy(update={"contact": settings}), CUSTOMERS, seed=0)

        return read

    def test_consent_is_what_the_column_says_in_any_case(self, read):
        text = "id,mail\n1,Yes\n2,no\n3, TRUE \n4,\n5,sim\n9,yes\n"
        found = read(text, consent=FlagColumn(column="mail"))
        assert found["consent"].tolist() == [True, False, True, False, True, False]
        assert not found["do_not_contact"].any()

    def test_words_that_mean_yes_can_be_given(self, read):
        text = "id,mail\n1,opted in\n2,yes\n3,OPTED IN\n"
        found = read(text, consent=FlagColumn(column="mail", values=["Opted in"]))
        assert found["consent"].tolist() == [True, False, True, False, False, False]

    def test_a_customer_without_a_row_is_not_blocked(self, read):
        found = read("id,stop\n1,x\n2,\n3,no\n", do_not_contact=FlagColumn(column="stop"))
        assert found["do_not_contact"].tolist() == [True, False, False, False, False, False]
        assert found["consent"].all()

    def test_dates_of_contacts_are_read_in_their_format(self, read):
        text = "id,mailed\n1,2024-04-01\n2,2024-04-02 10:15:00\n3,\n4,soon\n"
        found = read(text, last_contact=DateColumn(column="mailed"))
        assert found["last_contact"].dt.date.tolist()[:2] == [date(2024, 4, 1), date(2024, 4, 2)]
        assert found["unreadable_last_contact"].tolist() == [False, False, False, True, False, False]
        other = read("id,mailed\n1,02/04/2024\n", last_contact=DateColumn(column="mailed", format="%d/%m/%Y"))
        assert other["last_contact"].dt.date.tolist()[0] == date(2024, 4, 2)

    def test_a_missing_column_is_named(self, read):
        with pytest.raises(InvalidData, match="newsletter"):
            read("id,mail\n1,yes\n", consent=FlagColumn(column="newsletter"))

    def test_without_settings_everybody_may_be_contacted(self, root):
        dataset = load_settings("demo", conf=root / "conf").dataset.model_copy(update={"contact": None})
        with duckdb.connect() as connection:
            found = read_contact(connection, dataset, CUSTOMERS, seed=0)
        assert found["consent"].all()
        assert exclusion_reasons(found, [], SETTINGS, start=START, days=DAYS).tolist() == [None] * 6


def test_yaml_words_for_yes_stand_for_all_of_them():
    # YAML reads yes as true, so that the text of the column cannot be told from it.
    assert "yes" in FlagColumn(column="mail", values=[True]).values
    assert FlagColumn(column="mail", values=["Ja", 1]).values == ("ja", "1")
