"""The generated telecom data: reproducible, with the errors of a real export and labels drawn from the hazard."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from clientela.data.demo_telecom import CUTOFF, DemoTelecom, generate_telecom
from clientela.errors import InvalidInput


@pytest.fixture(scope="module")
def telecom() -> DemoTelecom:
    return generate_telecom(customers=800)


def test_the_same_arguments_give_the_same_tables(telecom):
    again = generate_telecom(customers=800)
    for name in ("transactions", "customers", "truth"):
        assert getattr(again, name).equals(getattr(telecom, name))
    assert not generate_telecom(seed=1, customers=800).customers.equals(telecom.customers)


@pytest.mark.parametrize("wrong", [{"seed": -1}, {"customers": 49}, {"seed": True}, {"customers": 60.0}], ids=str)
def test_invalid_arguments_are_refused(wrong):
    (name,) = wrong
    with pytest.raises(InvalidInput, match=f"The {name} parameter of generate_telecom must be an integer"):
        generate_telecom(**wrong)


def test_labels_follow_the_hazard(telecom):
    customers = telecom.customers.to_pandas().drop_duplicates("customer_id").dropna(subset="churn")
    labels = customers.assign(customer_id=customers["customer_id"].astype(str)).set_index("customer_id")["churn"]
    hazard = telecom.truth.to_pandas().set_index("customer_id")["hazard"]
    both = hazard.index.intersection(labels.index)
    assert hazard.between(0, 1).all()
    assert labels[both].mean() == pytest.approx(hazard[both].mean(), abs=0.04)
    assert roc_auc_score(labels[both], hazard[both]) > 0.75


def test_customers_who_left_stop_paying_and_later_customers_have_no_hazard(telecom):
    customers = telecom.customers.to_pandas().drop_duplicates("customer_id").set_index("customer_id")
    paid = telecom.transactions.to_pandas().dropna(subset="customer_id")
    last = paid[paid["transaction_date"] != "00/00/0000"].groupby("customer_id")["transaction_date"].max()
    gone = customers.index[customers["churn"] == 1].intersection(last.index.astype(int))
    assert (last[gone.astype(float)] < "2024-12-31").all()
    later = customers["signup_date"].dropna() > CUTOFF.isoformat()
    known = set(telecom.truth["customer_id"].to_pylist())
    assert not known & set(later[later].index.astype(str))
    assert later.any()


def test_it_has_the_errors_of_a_real_export():
    telecom = generate_telecom(customers=3000)
    customers, paid = telecom.customers.to_pandas(), telecom.transactions.to_pandas()
    assert {0, 200} <= set(customers["age"].dropna())
    assert customers["age"].isna().any()
    assert customers["customer_id"].duplicated().any()
    assert customers["region"].isin(["??", "test"]).any()
    assert (paid["amount"] < 0).any()
    assert paid["customer_id"].isna().any()
    assert (paid["transaction_date"] == "00/00/0000").any()
    assert np.isnan(paid["amount"]).any()
