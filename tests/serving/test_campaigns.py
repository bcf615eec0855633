"""Campaigns on the production server: from the runs to the list and to the arms of a customer."""

import json
from datetime import date

import pandas as pd
import pytest

from clientela import tracking
from clientela.campaigns.campaign import Campaign
from clientela.campaigns.measure import ResultRow
from clientela.campaigns.published import campaigns_state, convert_arms, fetch_campaigns, totals_of
from clientela.campaigns.register import ASSIGNMENT_FILE, STAGE, write_campaign
from clientela.serving.campaigns import ARMS_FILE, open_campaigns
from clientela.serving.schemas import Campaigns, CustomerArm

from .test_asgi import Client

ARMS = {"7": "treatment", "8": "control", "9": "holdout", "10": "excluded"}


def start(name, first_day, *, dataset="shop", days=30):
    campaign = Campaign(
        name=name, dataset=dataset, action="coupon", start=date.fromisoformat(first_day), days=days, control=0.1,
        seed=0, model_version=None, ledger={"treatment": 1, "control": 1, "holdout": 1, "no_consent": 1}, digest="",
    )  # fmt: skip
    rows = pd.DataFrame({"customer_id": list(ARMS), "arm": list(ARMS.values())})
    with tracking.open_run("campaigns", name=name, stage=STAGE):
        write_campaign(campaign, rows.assign(campaign=name, segment="A", reason=None, since=campaign.start))


@pytest.fixture(scope="module")
def served(tmp_path_factory, fresh_store):
    """The campaigns of a shop with one that runs in June, one before, one after, and one of another shop."""
    folder = tmp_path_factory.mktemp("store")
    with fresh_store(folder):
        states = [campaigns_state("shop")]
        for name, day in (("june", "2024-06-01"), ("spring", "2024-03-01"), ("autumn", "2024-09-01")):
            start(name, day)
            states.append(campaigns_state("shop"))
        start("other", "2024-06-01", dataset="other")
        assert campaigns_state("shop") == states[-1]
        assert len(set(states)) == 4
        into = tmp_path_factory.mktemp("files")
        files = fetch_campaigns("shop", into, convert=lambda function, own: function(own))
    return open_campaigns(states[-1], files)


def test_the_list_has_dates_states_and_counts_and_no_other_shop(served):
    found = served.describe("2024-06-15")
    assert [(one["campaign"], one["state"]) for one in found["campaigns"]] == [
        ("autumn", "planned"), ("june", "running"), ("spring", "over"),
    ]  # fmt: skip
    assert found["campaigns"][1]["end"] == "2024-06-30"
    assert found["campaigns"][1]["customers"] == {"treatment": 1, "control": 1, "holdout": 1, "no_consent": 1}
    assert Campaigns.model_validate(found)


@pytest.mark.parametrize(("customer", "arm"), list(ARMS.items())[:3])
def test_a_customer_has_an_arm_in_the_campaigns_that_run(served, customer, arm):
    found = served.arms_of(customer, "2024-06-15")
    assert found == [{"campaign": "june", "action": "coupon", "arm": arm, "since": "2024-06-01"}]
    assert CustomerArm.model_validate(found[0])
    assert served.arms_of(customer, "2024-07-01") == []


@pytest.mark.parametrize("customer", ["10", "nobody", None])
def test_who_was_left_out_or_is_unknown_has_no_arm(served, customer):
    assert served.arms_of(customer, "2024-06-15") == []


def test_a_file_with_another_arm_is_refused(tmp_path):
    own = tmp_path / "0"
    own.mkdir()
    (tmp_path / "campaigns.json").write_text("[]")
    pd.DataFrame({"customer_id": ["1"], "arm": ["vip"]}).to_parquet(own / ASSIGNMENT_FILE)
    convert_arms(own)
    with pytest.raises(ValueError, match="arms of a campaign must be"):
        open_campaigns("1", tmp_path)
    (own / ARMS_FILE).write_bytes(b"damaged")
    with pytest.raises(Exception, match=r".+"):
        open_campaigns("1", tmp_path)


def test_a_measured_campaign_has_its_lift(served):
    row = {**dict.fromkeys(ResultRow.__required_keys__, 1.0), "group": "all", "outcome": "spend", "verdict": "more"}
    lift = totals_of({"level": 0.9, "ratio": {"is_off": True}, "rows": [row, {**row, "group": "A"}]})
    assert lift["is_reliable"] is False
    assert list(lift["outcomes"]) == ["spend"]
    listed = {**served.describe("2024-06-15")["campaigns"][0], "lift": lift}
    assert Campaigns.model_validate({"as_of": "2024-06-15", "campaigns": [listed]})


class TestRoutes:
    """The addresses, on a server without a socket."""

    @pytest.fixture
    def client(self, files, tmp_path, monkeypatch):
        monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
        client = Client({"1": files["index"].parent}, tmp_path)
        client.follower.check()
        return client

    def test_campaigns_need_a_key_and_answer_503_before_they_are_read(self, client):
        assert client.ask("GET", "/campaigns", x_api_key=None).status == 401
        answer = client.ask("GET", "/campaigns")
        assert (answer.status, answer.headers["retry-after"]) == (503, "10")
        assert answer.json["message"].startswith("The campaigns are not loaded yet")

    def test_the_list_and_the_arm_in_the_details(self, client, tmp_path):
        known, other = client.follower.serving.lookup.index.customers["customer_id"].to_pylist()[:2]
        as_of = client.follower.serving.as_of
        files = tmp_path / "campaigns"
        (files / "0").mkdir(parents=True)
        campaign = {"campaign": "now", "action": "call", "start": as_of, "end": as_of, "customers": {}, "lift": None}
        (files / "campaigns.json").write_text(json.dumps([campaign]))
        pd.DataFrame({"customer_id": [known], "arm": ["control"]}).to_parquet(files / "0" / ASSIGNMENT_FILE)
        convert_arms(files / "0")
        client.app._routes._campaigns_serving = lambda: open_campaigns("1", files)
        listed = client.ask("GET", "/campaigns")
        assert listed.json == {"as_of": as_of, "campaigns": [{**campaign, "state": "running"}]}
        arm = {"campaign": "now", "action": "call", "arm": "control", "since": as_of}
        assert client.ask("GET", f"/customers/{known}").json["detail"]["campaigns"] == [arm]
        assert client.ask("GET", f"/customers/{other}").json["detail"]["campaigns"] == []
        assert (
            "campaigns"
            not in client.post({"inputs": [known], "params": {"detail": True}}).json["predictions"][0]["detail"]
        )

    def test_the_detail_has_null_before_campaigns_are_read(self, client):
        known = client.follower.serving.lookup.index.customers["customer_id"][0].as_py()
        assert client.ask("GET", f"/customers/{known}").json["detail"]["campaigns"] is None
