import json
import shutil

import pytest
import yaml
from pydantic import ValidationError

from clientela.errors import InvalidSettings
from clientela.settings import Settings, load_churn, load_promotion, load_server, load_settings, load_tracking
from clientela.settings.reading import ReadingSettings


@pytest.fixture
def conf(root, tmp_path):
    return shutil.copytree(root / "conf", tmp_path / "conf")


def edit(path, change):
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


DATASETS = [
    "demo",
    "flo",
    "groceries",
    "mall",
    "mall_customers",
    "online_retail",
    "retail_transactions",
    "shop_database",
    "superstore",
    "telecom",
    "wholesale",
]


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_data_set_of_the_project_loads(root, dataset):
    settings = load_settings(dataset, conf=root / "conf")
    assert settings.dataset.name == dataset
    assert settings.fit


def test_every_file_in_conf_is_read(root):
    # The server's stands alone: what it says, keys above all, is no part of a comparison's logged settings.
    read = set(Settings.model_fields) - {"dataset"} | {
        "server", "churn", "reading", "campaigns", "quality", "monitoring", "alerts", "privacy", "renewal",
    }  # fmt: skip
    assert {path.stem for path in (root / "conf").glob("*.yaml")} == read
    known = {path.stem for path in (root / "conf" / "datasets").glob("*.yaml")}
    assert known == set(DATASETS)


def test_settings_can_be_logged_as_plain_data(root):
    settings = load_settings("online_retail", conf=root / "conf")
    assert Settings.model_validate(json.loads(json.dumps(settings.dump()))) == settings


def test_a_data_set_may_be_a_path(conf):
    path = conf / "datasets" / "demo.yaml"
    assert load_settings(str(path), conf=conf).dataset.name == "demo"


def test_the_data_sets_own_fit_goes_before_the_default(root):
    assert set(load_settings("online_retail", conf=root / "conf").fit) == {
        "days_since_last_purchase", "order_count", "total_spend", "fading_spend", "fading_orders", "distinct_products",
    }  # fmt: skip
    assert "weekend_share" in load_settings("demo", conf=root / "conf").fit
    assert set(load_settings("groceries", conf=root / "conf").fit) == {
        "days_since_last_purchase", "order_count", "total_spend", "fading_spend", "fading_orders",
        "largest_order_value",
    }  # fmt: skip


def test_every_naming_rule_has_both_languages(root):
    for rule in load_settings("demo", conf=root / "conf").segment_names.rules:
        assert rule.name.keys() == rule.description.keys() == rule.action.keys() == {"en", "pt-BR"}


def test_settings_never_change(root):
    settings = load_settings("demo", conf=root / "conf")
    with pytest.raises(ValidationError, match="frozen"):
        settings.selection.stability = 0.1
    with pytest.raises(ValidationError, match="frozen"):
        settings.dataset.cleaning[0].prefix = "X"


def test_tracking_can_be_read_alone(root):
    assert load_tracking(conf=root / "conf").model == "customer-segments"


def test_the_limits_of_the_gate_can_be_read_alone(root):
    assert load_promotion(conf=root / "conf") == load_settings("demo", conf=root / "conf").promotion


def test_an_unknown_data_set_is_told_the_known_ones(conf):
    with pytest.raises(InvalidSettings, match="one of demo, flo, groceries, .* Got 'shop' instead"):
        load_settings("shop", conf=conf)


@pytest.mark.parametrize(
    ("file", "change", "says"),
    [
        ("selection", lambda c: c.update(stabilty=1), "selection.yaml: stabilty: unknown key, did you mean .stability"),
        ("selection", lambda c: c.update(stability=7), "selection.yaml: stability: .* less than or equal to 1 .got 7"),
        ("promotion", lambda c: c.update(covers=1.5), "promotion.yaml: covers: .* less than or equal to 1 .got 1.5"),
        ("promotion", lambda c: c.update(seconds_to_load=0), "promotion.yaml: seconds_to_load: .* greater than 0"),
        ("promotion", lambda c: c["worse_by"].update(silhouette=-1), "worse_by.silhouette: .* or equal to 0"),
        ("promotion", lambda c: c["worse_by"].pop("stability"), "worse_by.stability: required key is missing"),
        ("selection", lambda c: c.update(segment_count=[8, 3]), "two rising numbers from 2 on; got .8, 3."),
        ("selection", lambda c: c.update(preferred_count=[1, 3]), "preferred_count must be two rising.*; got .1, 3."),
        ("segment_names", lambda c: c["rules"][0]["name"].pop("pt-BR"), r"rules.0.name: .*en and pt-BR; got \['en'\]"),
        ("segment_names", lambda c: c["rules"][1].update(id="champions"), r"different ids; \['champions'\]"),
        ("segment_names", lambda c: c["rules"][1]["name"].update(en="Champions"), r"different names in en"),
        ("features", lambda c: c["fit"].update(shoe_size={}), r"features.yaml: .*fit names \['shoe_size'\]"),
        ("features", lambda c: c["fit"]["fading_spend"].update(cap=[0.9, 0.1]), "two rising quantiles"),
        ("features", lambda c: c["fit"]["fading_spend"].update(weight=0), "features.yaml: fit.fading_spend.weight"),
        ("features", lambda c: c.update(fit={}), "at least one feature"),
        ("candidates", lambda c: c["kmeans"].pop("k"), "candidates.yaml: kmeans.k: required key is missing"),
        ("datasets/demo", lambda c: c["columns"].update(shoe="size"), r"columns maps \['shoe'\]"),
        ("datasets/demo", lambda c: c["columns"].pop("customer_id"), r"columns must map \['customer_id'\]"),
        ("datasets/demo", lambda c: c["columns"].pop("quantity"), "amount, or quantity and unit_price"),
        ("datasets/demo", lambda c: c["columns"].pop("order_id"), r"rule bad_debt needs the columns \['order_id'\]"),
        ("datasets/demo", lambda c: c["cleaning"].pop(), r"cleaning must list \['bad_price'\]"),
        ("datasets/demo", lambda c: c.update(fit={"shoe_size": {}}), r"demo.yaml: fit names \['shoe_size'\]"),
        ("datasets/demo", lambda c: c["cleaning"].append({"rule": "magic"}), "demo.yaml: cleaning.8.rule"),
        ("datasets/demo", lambda c: c["cleaning"].append({"rule": "bad_price"}), r"a rule once; \['bad_price'\] occur"),
        ("datasets/demo", lambda c: c["cleaning"][1].pop("prefix"), "cleaning.1: .*bad_debt needs a prefix"),
        ("datasets/demo", lambda c: c["cleaning"][4].pop("codes"), "cleaning.4: .*non_product needs codes"),
        ("datasets/demo", lambda c: c["cleaning"][4].update(codes=["gift_("]), "cleaning.4.codes.0: .*got 'gift_.'"),
        ("datasets/demo", lambda c: c["cleaning"].pop(0), r"cleaning must list \['unreadable_date'\]"),
        ("datasets/demo", lambda c: c["cleaning"].pop(2), r"cleaning must list \['missing_customer_id'\]"),
        ("datasets/demo", lambda c: c["columns"].pop("product_id"), r"non_product needs the columns \['product_id'\]"),
        ("datasets/demo", lambda c: c.update(name="My Shop"), "demo.yaml: name: .*got 'My Shop'"),
        ("datasets/demo", lambda c: c.update(fit={}), "demo.yaml: fit must name at least one feature"),
        ("datasets/demo", lambda c: c["attributes"].pop("customer_id"), "attributes: .*must name the id column"),
        ("datasets/demo", lambda c: c["attributes"].update(columns={}), "attributes.columns: .*at least 1 item"),
        ("datasets/demo", lambda c: c["attributes"].update(sorce="x"), "attributes.sorce: unknown key, did you mea"),
        (
            "datasets/demo",
            lambda c: c["attributes"].update(source=None, customer_id="client"),
            "whose customer_id is customer_id; got client",
        ),
        (
            "datasets/demo",
            lambda c: c["attributes"]["columns"].update(customer_id={"column": "x", "kind": "categorical"}),
            "columns must not name an attribute customer_id",
        ),
        (
            "datasets/demo",
            lambda c: c["attributes"]["columns"].update({"Age of": {"column": "x", "kind": "numeric"}}),
            "attributes.columns.Age of: must match pattern",
        ),
        (
            "datasets/demo",
            lambda c: c["attributes"]["columns"]["age"].update(range=[110, 16]),
            "attributes.columns.age: .*range must be two rising numbers; got .110.0, 16.0.",
        ),
        (
            "datasets/demo",
            lambda c: c["attributes"]["columns"]["gender"].update(range=[0, 1]),
            "range is for numeric attributes; gender is categorical",
        ),
        ("datasets/demo", lambda c: c["attributes"]["columns"]["age"].update(kind="date"), "age.kind: .*got 'date'"),
        ("datasets/retail_transactions", lambda c: c["cleaning"].pop(), r"cleaning must list \['bad_amount'\]"),
        ("features", lambda c: c["fit"]["fading_spend"].update(transform="sqrt"), "fit.fading_spend.transform: .*sqrt"),
        ("candidates", lambda c: c.update(spectral={}), "candidates.yaml: spectral: unknown key .got a mapping"),
        ("evaluation", lambda c: c.update(folds=1), "evaluation.yaml: folds: .*greater than or equal to 2 .got 1."),
        ("tracking", lambda c: c.pop("model"), "tracking.yaml: model: required key is missing"),
        ("segment_names", lambda c: c["rules"][0]["when"].update(spend=[0, 2]), "rules.0.when.spend.1: .*got 2"),
        (
            "segment_names",
            lambda c: c["rules"][0]["when"].update(spend=[0.8, 0.9]),
            "rules.0: .*champions must not shut out customers who are better in spend.* its bounds are 0.8, 0.9",
        ),
        ("segment_names", lambda c: c["rules"][0]["when"].update(spent=[0, 1]), r"rule champions bounds \['spent'\]"),
        ("segments", lambda c: c["rules"].update(fold=3), "segments.yaml: rules.fold: unknown key, did you"),
        ("segments", lambda c: c["rules"].update(most=1), "segments.yaml: rules.most: .*equal to 2 .got 1."),
        ("segments", lambda c: c["continuity"].update(least_overlap=3), "continuity.least_overlap: .*got 3"),
        ("segments", lambda c: c["backtest"].update(days_back=[]), "backtest.days_back: .*at least 1 item"),
        ("segments", lambda c: c["backtest"].update(interval=1), "backtest.interval: .*less than 1 .got 1."),
        ("segments", lambda c: c.update(typical_customers=0), "segments.yaml: typical_customers: .*got 0"),
    ],
)  # fmt: skip
def test_a_mistake_names_the_file_the_key_and_the_value(conf, file, change, says):
    edit(conf / f"{file}.yaml", change)
    with pytest.raises(InvalidSettings, match=says) as caught:
        load_settings(file.removeprefix("datasets/") if "/" in file else "demo", conf=conf)
    assert "\n" not in str(caught.value)
    assert f"{file}.yaml: " in str(caught.value)


@pytest.mark.parametrize(
    ("file", "change", "got"),
    [
        ("segments", lambda c: c["backtest"].update(days_back=[120, 89]), "got 89 and 90"),
        ("evaluation", lambda c: c.update(horizon_days=91), "got 90 and 91"),
    ],
)
def test_a_cut_off_whose_period_is_not_over_names_both_files_and_values(conf, file, change, got):
    edit(conf / f"{file}.yaml", change)
    with pytest.raises(InvalidSettings, match=got) as caught:
        load_settings("demo", conf=conf)
    for part in (str(conf), "backtest.days_back in segments.yaml", "horizon_days in evaluation.yaml"):
        assert part in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_cut_off_of_exactly_the_horizon_is_taken(conf):
    edit(conf / "segments.yaml", lambda c: c["backtest"].update(days_back=[90]))
    assert load_settings("demo", conf=conf).segments.backtest.days_back == (90,)


@pytest.mark.parametrize("content", ["", "- a\n- b\n", "only words"])
def test_a_file_that_holds_no_keys_is_told(conf, content):
    (conf / "selection.yaml").write_text(content)
    with pytest.raises(InvalidSettings, match="selection.yaml: the file: must be a mapping of keys to values"):
        load_settings("demo", conf=conf)


def test_a_file_in_another_encoding_is_told(conf):
    path = conf / "datasets" / "demo.yaml"
    path.write_bytes("title: Armazém São João\n".encode("latin-1"))
    with pytest.raises(InvalidSettings, match=r"demo.yaml: is not YAML .*utf-8"):
        load_settings("demo", conf=conf)


def test_a_file_that_is_not_yaml_is_told_in_one_line(conf):
    (conf / "selection.yaml").write_text("a: [1,\nb: 2")
    with pytest.raises(InvalidSettings, match="selection.yaml: is not YAML") as caught:
        load_settings("demo", conf=conf)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("customer_id", [None, "customer_id"])
def test_attributes_of_the_transactions_own_source_need_no_id(conf, customer_id):
    edit(conf / "datasets" / "demo.yaml", lambda c: c["attributes"].update(source=None, customer_id=customer_id))
    attributes = load_settings("demo", conf=conf).dataset.attributes
    assert attributes.source is None
    assert attributes.columns["age"].range == (16, 110)


def test_a_missing_file_is_named(conf):
    (conf / "evaluation.yaml").unlink()
    with pytest.raises(InvalidSettings, match="evaluation.yaml: cannot be read"):
        load_settings("demo", conf=conf)


KEY = {"name": "crm", "sha256": "0" * 64}


def test_the_server_starts_with_keys_or_openly(conf):
    edit(conf / "server.yaml", lambda c: c.update(keys=[KEY]))
    assert load_server(conf=conf).keys[0].name == "crm"
    edit(conf / "server.yaml", lambda c: c.update(keys=[], open=True))
    assert load_server(conf=conf).open


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({}, "at least one key .*clientela key new NAME.* got no keys and open: false"),
        ({"keys": [KEY], "open": True}, "open must be false where there are keys"),
        ({"keys": [KEY, KEY]}, "different names; got .'crm', 'crm'."),
        ({"keys": [{"name": "crm", "sha256": "secret"}]}, "keys.0.sha256"),
        ({"open": True, "workers": 0}, "workers: .*got 0"),
        ({"open": True, "limits": {}}, "limits.body_bytes: required key is missing"),
    ],
)
def test_a_mistake_in_the_servers_settings_names_the_key(conf, change, says):
    edit(conf / "server.yaml", lambda c: c.update(change))
    with pytest.raises(InvalidSettings, match=says):
        load_server(conf=conf)


def test_churn_takes_the_data_sets_own_costs_and_window(root, conf):
    _, general = load_churn("telecom", conf=root / "conf")
    dataset, own = load_churn("online_retail", conf=root / "conf")
    assert own.costs == dataset.churn.costs != general.costs
    assert own.label == general.label
    edit(conf / "datasets" / "demo.yaml", lambda content: content.update(churn={"window_days": "auto"}))
    assert load_churn("demo", conf=conf)[1].label.window_days == "auto"


@pytest.mark.parametrize(
    "change, says",
    [
        (lambda c: c["costs"].update(share_of_yearly_spend=0.2), "value_saved or share_of_yearly_spend, and not both"),
        (lambda c: c["costs"].pop("value_saved"), "value_saved or share_of_yearly_spend, and not both"),
        (lambda c: c["bands"].update(medium=0.9), "must leave some customers low"),
        (lambda c: c.update(models={}), "at least one model"),
        (lambda c: c["models"]["logistic_regression"].update(C=[]), "models.logistic_regression.C"),
        (lambda c: c["models"].update(xgboost={}), "models.xgboost"),
        (lambda c: c["label"].update(window_days=0), "label.window_days"),
        (lambda c: c["leakage"].update(model_auc=0.4), "leakage.model_auc"),
    ],
)
def test_a_mistake_in_the_churn_settings_names_the_file_and_the_key(conf, change, says):
    edit(conf / "churn.yaml", change)
    with pytest.raises(InvalidSettings, match=says) as caught:
        load_churn("telecom", conf=conf)
    assert "churn.yaml" in str(caught.value)


@pytest.mark.parametrize(
    "change, says",
    [
        (lambda c: c["customers"]["columns"].pop("customer_id"), "columns must map customer_id"),
        (lambda c: c["customers"].update(ages=[110, 16]), "ages must be two rising numbers"),
        (lambda c: c["customers"]["columns"].update(income="income"), "customers.columns.income"),
    ],
)
def test_a_mistake_in_the_table_of_customers_names_the_key(conf, change, says):
    edit(conf / "datasets" / "telecom.yaml", change)
    with pytest.raises(InvalidSettings, match=says):
        load_churn("telecom", conf=conf)


@pytest.mark.parametrize("limit", ["60", "100%", "0GB", "4 apples", "-1GB"])
def test_a_memory_limit_is_a_share_or_a_size(limit):
    with pytest.raises(ValidationError, match="memory_limit"):
        ReadingSettings(memory_limit=limit)


def test_a_data_set_has_its_own_memory_limit_or_the_default(root):
    defaults = load_settings("demo", conf=root / "conf").dataset
    assert defaults.memory_limit == "60%"
    assert ReadingSettings(memory_limit="1.5GB").memory_limit == "1.5GB"
