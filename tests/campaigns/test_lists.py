"""The lists of a campaign: the treated customers and nobody else, and no contact details in clear."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from clientela.campaigns.contact_details import read_people
from clientela.campaigns.lists import ListFiles, check_lists, read_contacts, write_lists
from clientela.errors import InvalidData, InvalidInput
from clientela.exports.match_values import sha256

from .test_register import campaign

ASSIGNMENT = pd.DataFrame(
    {
        "campaign": "spring",
        "customer_id": ["007", "12", "13", "14", "15"],
        "segment": ["A", "A", "B", "B", "B"],
        "arm": ["treatment", "control", "holdout", "excluded", "treatment"],
        "reason": [None, None, None, "no_consent", None],
        "since": date(2024, 3, 1),
    }
)
CONTACTS = """Customer ID,E-mail,Telefone,Nome,Sobrenome,CEP,nascimento,Gender
007,Ana@Example.com ,11 98765-4321,Ana,Souza,01310-100,16/02/1997,f
12,control@example.com,,,,,,
13,holdout@example.com,,,,,,
14,excluded@example.com,,,,,,
15,bia@example.com,,,,,03/04/1990,
15,bia.second@example.com,,,,,,
15,,,,,,,
,nobody@example.com,,,,,,
"""


@pytest.fixture
def files(tmp_path):
    path = tmp_path / "contacts.csv"
    path.write_text(CONTACTS, encoding="utf-8")
    place = {name: str(tmp_path / f"{name}.csv") for name in ("output", "google", "meta")}
    return ListFiles(**place, contacts=str(path))


def write(files: ListFiles, country: str | None = "BR"):
    written = write_lists(files, campaign(), ASSIGNMENT, read_contacts(files, country=country))
    return {one.kind: one for one in written}


def test_the_list_has_the_treated_customers_with_their_segment(files):
    assert write(files)["list"].rows == 2
    table = pd.read_csv(files.output, dtype=str)
    assert table["customer_id"].tolist() == ["007", "15"]
    assert table.iloc[0].to_dict() == {
        "customer_id": "007", "segment": "A", "campaign": "spring", "action": "coupon", "arm": "treatment",
        "as_of": "2024-03-01",
    }  # fmt: skip


def test_customer_match_files_have_the_treated_customers_only(files):
    written = write(files)
    google, meta = pd.read_csv(files.google, dtype=str), pd.read_csv(files.meta, dtype=str)
    emails = {sha256(f"{name}@example.com") for name in ("ana", "bia", "bia.second")}
    assert set(google["Email"]) == set(meta["email"]) == emails
    assert google.columns.tolist() == ["Email", "Phone", "First Name", "Last Name", "Country", "Zip"]
    assert meta.columns.tolist() == ["email", "phone", "fn", "ln", "zip", "country", "dob", "gen"]
    assert written["google"].filled == {
        "Email": 3, "Phone": 1, "First Name": 1, "Last Name": 1, "Country": 1, "Zip": 1,
    }  # fmt: skip
    # The order of day and month follows from the other dates of the column.
    assert set(meta["dob"].dropna()) == {sha256("19970216"), sha256("19900403")}


def test_no_contact_detail_and_no_id_is_in_a_customer_match_file(files):
    write(files)
    for path in (files.google, files.meta):
        text = Path(path).read_text(encoding="utf-8").lower()
        for raw in ("ana,", "@", "98765-4321", "souza", "007,", "16/02", "nobody"):
            assert raw not in text, raw


def test_the_rows_do_not_follow_the_ids(files):
    write(files)
    assert pd.read_csv(files.google, dtype=str)["Email"].is_monotonic_increasing


def test_the_same_lists_have_the_same_bytes(files):
    def content():
        write(files)
        return [Path(path).read_bytes() for path in (files.output, files.google, files.meta)]

    assert content() == content()


def test_telephone_numbers_without_a_country_are_left_out(files):
    assert "Phone" not in write(files, country=None)["google"].filled


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"google": "a.csv"}, "The contacts parameter must be the contact details"),
        ({"contacts": "c.csv"}, "The contacts parameter must be given with google or meta"),
        ({"meta": "a.xlsx", "contacts": "c.csv"}, "The meta parameter must be the path of a .csv file. Got 'a.xlsx'"),
        ({"output": "list.doc"}, "The destination must end in"),
    ],
)
def test_lists_that_cannot_be_written_are_refused_first(given, says):
    with pytest.raises(InvalidInput, match=says):
        check_lists(ListFiles(**given))


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("customer_id,name", "must have a column customer_id, and email or phone. Got the columns customer_id, name"),
        ("email,phone", "must have a column customer_id"),
        ("id,email,e-mail", "must have one column for email. Got the columns 'email' and 'e-mail'"),
    ],
)
def test_contacts_without_the_needed_columns_are_refused_without_their_rows(tmp_path, header, says):
    path = tmp_path / "contacts.csv"
    path.write_text(f"{header}\n" + ",".join("secret" for _ in header.split(",")) + "\n", encoding="utf-8")
    with pytest.raises(InvalidData, match=says) as caught:
        read_people(str(path))
    assert "secret" not in str(caught.value)
