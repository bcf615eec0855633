"""The start of campaigns on a small shop: the record, the lists, other campaigns, failures, and the measurement."""

import shutil
from pathlib import Path

import mlflow
import pandas as pd
import pytest
import yaml
from mlflow.tracking import MlflowClient
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

from clientela.campaigns import register
from clientela.campaigns.holdout_group import in_holdout
from clientela.campaigns.lists import ListFiles
from clientela.errors import InvalidInput
from clientela.request import RunRequest
from clientela.settings import load_campaigns
from clientela.workflows import campaign_start
from clientela.workflows.campaign_measure import measure
from clientela.workflows.campaign_start import StartRequest, start

from .conftest import copy_shop

pytestmark = pytest.mark.slow

START = "2024-07-01"


@pytest.fixture(scope="module")
def template(tmp_path_factory, refreshed) -> Path:
    """A shop whose customers with a last digit of 9 have given no consent."""
    folder = copy_shop(refreshed, tmp_path_factory.mktemp("campaigns"))
    lines = pd.read_csv(folder / "shop.csv", dtype=str)
    ids = sorted(lines["customer_id"].dropna().unique())
    consents = pd.DataFrame({"id": ids, "mail": ["no" if one[-1] == "9" else "yes" for one in ids]})
    consents.to_csv(folder / "consents.csv", index=False)
    path = folder / "conf" / "datasets" / "shop.yaml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    settings["contact"] = {
        "source": str(folder / "consents.csv"), "customer_id": "id", "consent": {"column": "mail"}, "country": "BR",
    }  # fmt: skip
    settings["attributes"] = None
    path.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    return folder


@pytest.fixture
def shop(template, tmp_path, fresh_store):
    """A shop without campaigns, in a store of its own."""
    folder = shutil.copytree(template, tmp_path / "shop", symlinks=True)
    with fresh_store(folder):
        yield folder


def begin(shop: Path, name: str = "spring", *, as_of: str = START, seed: int = 0, **given):
    request = RunRequest(dataset="shop", conf=shop / "conf", as_of=as_of, seed=seed)
    return start(request, StartRequest(name=name, action="coupon", **given))


def ids_of(result, *arms: str) -> set[str]:
    frame = result.assignment
    return set(frame.loc[frame["arm"].isin(arms), "customer_id"])


def test_a_start_is_recorded_and_started_again_only_writes_its_lists_again(shop):
    result = begin(shop, control=0.5, files=ListFiles(output=str(shop / "list.csv")))
    written = (shop / "list.csv").read_bytes()
    (campaign,) = register.list_campaigns("shop")
    ledger = campaign.ledger
    assert sum(ledger.values()) == len(result.assignment) == campaign.customers
    assert ledger["no_consent"] > 10
    assert not result.repeated
    listed = pd.read_csv(shop / "list.csv", dtype=str)
    assert set(listed["customer_id"]) == ids_of(result, "treatment")
    assert len(listed) == ledger["treatment"] == pytest.approx(ledger["control"], abs=6)
    assert not any(one.endswith("9") for one in listed["customer_id"])
    run = MlflowClient().get_run(campaign.run_id)
    assert run.data.metrics["customers_treatment"] == ledger["treatment"]

    again = begin(shop, control=0.5, files=ListFiles(output=str(shop / "again.csv")))
    assert (again.repeated, again.campaign) == (True, campaign)
    assert (shop / "again.csv").read_bytes() == written
    assert register.list_campaigns("shop") == [campaign]

    for other in ({"seed": 1, "control": 0.5}, {"control": 0.4}, {"as_of": "2024-07-02", "control": 0.5}):
        with pytest.raises(InvalidInput, match="The name parameter must be new"):
            begin(shop, **other, files=ListFiles(output=str(shop / "other.csv")))
    assert not (shop / "other.csv").exists()

    # A later campaign for the same customers.
    second = begin(shop, "second", as_of="2024-08-01", control=0.5)
    assert second.campaign.ledger["in_another_campaign"] == len(ids_of(result, "treatment", "control"))
    assert not ids_of(second, "treatment", "control") & ids_of(result, "treatment", "control")
    # The first can be repeated although its customers are in another one now.
    assert begin(shop, control=0.5).repeated


def test_nobody_of_the_hold_out_is_in_a_list_and_segments_are_chosen_by_name_or_id(shop):
    everybody = begin(shop, "everybody", as_of="2024-03-01", days=30)
    holdout = load_campaigns(conf=shop / "conf").holdout
    held_out = in_holdout(everybody.assignment["customer_id"].tolist(), holdout)
    assert (everybody.assignment["arm"] == "holdout").tolist() == held_out.tolist()
    assert held_out.any()
    names = everybody.assignment["segment"].unique()
    some = begin(shop, "some", as_of="2024-06-01", days=30, segments=f"{names[0].upper()}, 2")
    assert names[0] in set(some.assignment["segment"])
    assert len(set(some.assignment["segment"])) <= 2 < len(names)
    assert not ids_of(some, "treatment") & ids_of(everybody, "holdout")
    with pytest.raises(InvalidInput, match="The segments parameter must name segments of version .* Got 'Nobody'"):
        begin(shop, "none", segments="Nobody")
    with pytest.raises(InvalidInput, match="Either the list or the segments parameter must be given"):
        begin(shop, "both", segments="1", list_from="list.csv")


def test_a_start_that_fails_leaves_no_campaign_and_no_list(shop, monkeypatch):
    def fail(*_):
        raise OSError("no space left")

    with monkeypatch.context() as broken:
        broken.setattr(campaign_start, "log_start", fail)
        with pytest.raises(OSError, match="no space left"):
            begin(shop, files=ListFiles(output=str(shop / "list.csv")))
    assert register.list_campaigns() == []
    assert not (shop / "list.csv").exists()
    # After the record, before the lists: the campaign has started, and the next start writes them.
    with monkeypatch.context() as broken:
        broken.setattr(campaign_start, "write_lists", fail)
        with pytest.raises(OSError, match="no space left"):
            begin(shop, files=ListFiles(output=str(shop / "list.csv")))
    assert begin(shop, files=ListFiles(output=str(shop / "list.csv"))).repeated
    assert (shop / "list.csv").exists()


def test_a_list_is_started_and_its_measurement_is_attached(shop):
    ids = pd.read_csv(shop / "shop.csv", dtype=str)["customer_id"].dropna().unique()[:200]
    pd.DataFrame({"customer_id": [*ids, "stranger"], "segment": "VIP"}).to_csv(shop / "vip.csv", index=False)
    pd.DataFrame({"customer_id": ids, "email": [f"{one}@example.com" for one in ids]}).to_csv(
        shop / "contacts.csv", index=False
    )
    files = ListFiles(google=str(shop / "google.csv"), contacts=str(shop / "contacts.csv"))
    result = begin(shop, "vip", list_from=str(shop / "vip.csv"), control=0.5, days=60, files=files)
    assert result.campaign.model_version is None
    assert len(pd.read_csv(shop / "google.csv")) == result.campaign.ledger["treatment"]
    run = MlflowClient().get_run(result.campaign.run_id)
    assert "@" not in str(run.data.to_dictionary()).replace("Clientela <@", "")
    request = RunRequest(dataset="shop", conf=shop / "conf")
    found = measure(request, campaign="vip", cost=0.5)
    assert (found["campaign"], found["action"], found["days"]) == ("vip", "coupon", 60)
    assert (found["treated"], found["control"]) == (
        result.campaign.ledger["treatment"],
        result.campaign.ledger["control"],
    )
    (campaign,) = register.list_campaigns("shop")
    assert register.read_result(campaign) == found
    assert mlflow.get_run(str(campaign.result_run)).data.tags[MLFLOW_PARENT_RUN_ID] == campaign.run_id
    with pytest.raises(InvalidInput, match="must be its first day, 2024-07-01. Got 2024-07-02"):
        measure(RunRequest(dataset="shop", conf=shop / "conf", as_of="2024-07-02"), campaign="vip")


@pytest.mark.parametrize("name", ["", "a/b", "x" * 81, "'; drop"])
def test_names_that_cannot_be_shown_are_refused(root, name):
    with pytest.raises(InvalidInput, match="The name parameter must be 1 to 80 letters"):
        start(RunRequest(dataset="demo", conf=root / "conf"), StartRequest(name=name))
