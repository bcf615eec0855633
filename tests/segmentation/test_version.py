"""A version's files: what is written is read back, ids open in place, nothing in them runs on load."""

import json
import os
import pickle
import shutil
import zipfile
from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import skops.io
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs
from sklearn.ensemble import RandomForestClassifier
from sklearn.preprocessing import FunctionTransformer

from clientela.contracts import CUSTOMER_FEATURES
from clientela.contracts import SEGMENTS as CONTRACT
from clientela.errors import RegistryError
from clientela.features.rfm import RfmRules
from clientela.features.scaling import make_scaler
from clientela.lookup.limits import MAX_IDS_PER_REQUEST
from clientela.segmentation import version as index
from clientela.segmentation.clustering.candidates import make_families
from clientela.segmentation.clustering.inductive import assign_noise
from clientela.segmentation.past_customers import RFM_FIT

from .versions import CUSTOMERS, RULES, SEGMENTS, VERSION, load, write


class TestWriteVersion:
    def test_the_same_input_gives_the_same_bytes(self, tmp_path, files):
        again = write(tmp_path)
        for name in ("customers", "index", "segments"):
            assert again[name].read_bytes() == files[name].read_bytes()

    def test_the_index_and_the_order_of_the_frame_leave_no_trace(self, tmp_path, files):
        frame = CUSTOMERS.set_index(pd.Index([7, 3, 5, 1, 9], name="left over"))[[*reversed(CUSTOMERS.columns)]]
        assert write(tmp_path, customers=frame)["customers"].read_bytes() == files["customers"].read_bytes()

    def test_the_frame_is_not_changed(self, tmp_path):
        frame = CUSTOMERS.copy()
        write(tmp_path, customers=frame)
        pd.testing.assert_frame_equal(frame, CUSTOMERS)

    def test_the_paths_are_named_and_lie_in_the_folder(self, tmp_path):
        paths = write(tmp_path)
        assert {name: path.name for name, path in paths.items()} == {
            "customers": "customers.arrow",
            "segments": "segments.json",
            "index": "index.arrow",
            "clustering": "clustering.skops",
        }
        assert sorted(tmp_path.iterdir()) == sorted(paths.values())

    def test_the_customers_have_the_contracts_columns_and_then_the_rules_other_features(self, files):
        with pa.memory_map(str(files["customers"])) as file:
            table = pa.ipc.open_file(file).read_all()
        assert tuple(table.column_names) == (*CONTRACT.names, "tenure_days", "since")
        assert table.schema.types == [pa.string(), pa.int32(), pa.int32(), *[pa.float64()] * 5, pa.date32()]
        assert table.schema.metadata is None
        pd.testing.assert_frame_equal(table.to_pandas(), CUSTOMERS, check_dtype=False)

    def test_the_customers_open_in_place(self, tmp_path):
        many = 50_000
        frame = pd.DataFrame({"customer_id": np.arange(many).astype(str), "segment_id": 1, "rule": 0})
        frame = frame.assign(**dict.fromkeys(index.FIGURES, 1.5))
        path = write(tmp_path, customers=frame)["customers"]
        before = pa.total_allocated_bytes()
        with pa.memory_map(str(path)) as file:
            table = pa.ipc.open_file(file).read_all()
        assert table.num_rows == many
        # a compressed file would be unpacked into memory: more than 2 MB of figures and ids
        assert pa.total_allocated_bytes() - before < 50_000

    def test_a_figure_that_is_not_known_is_null_and_not_nan(self, tmp_path):
        frame = CUSTOMERS.assign(mean_order_value=[np.nan, *CUSTOMERS["mean_order_value"][1:]])
        with pa.memory_map(str(write(tmp_path, customers=frame)["customers"])) as file:
            assert pa.ipc.open_file(file).read_all()["mean_order_value"].to_pylist()[0] is None

    def test_the_card_says_what_the_segments_and_the_rules_are(self, files):
        text = files["segments"].read_text(encoding="utf-8")
        assert "português" in text  # readable, not escaped
        assert json.loads(text) == {
            "as_of": "2024-01-31",
            "ids_a_request": MAX_IDS_PER_REQUEST,
            "figures": list(index.FIGURES),
            "last_id": 5,
            "currency": "",
            "new_customers": {"days": 28, "action": {"en": "Welcome them", "pt-BR": "Welcome them em português"}},
            "pseudonyms": None,
            "segments": SEGMENTS,
            "rules": RULES,
        }

    def test_a_card_never_holds_nan(self, tmp_path):
        with pytest.raises(ValueError, match="JSON"):
            write(tmp_path, rules=[{**RULES[0], "precision": float("nan")}])

    @pytest.mark.parametrize("column", ["customer_id", "rule", "total_spend"])
    def test_a_missing_column_is_an_error(self, tmp_path, column):
        with pytest.raises(KeyError, match=column):
            write(tmp_path, customers=CUSTOMERS.drop(columns=column))

    def test_the_figures_are_the_contracts_without_the_keys(self):
        assert index.FIGURES == ("days_since_last_purchase", "order_count", "total_spend", "mean_order_value")


# Three crowds of customers and a few who stand alone; some have no gap between orders, and prices are the same for
# all. As a data set leaves them.
COLUMNS = {
    "days_since_last_purchase": SimpleNamespace(standardise=True, transform="log", cap=(0.01, 0.99), weight=1.0),
    "order_count": SimpleNamespace(standardise=True, transform="none", cap=(0.0, 1.0), weight=2.0),
    "total_spend": SimpleNamespace(standardise=True, transform="yeo-johnson", cap=(0.01, 0.99), weight=1.0),
    "mean_days_between_orders": SimpleNamespace(standardise=True, transform="none", cap=(0.01, 0.99), weight=0.5),
}
GRIDS = {
    "kmeans": {"k": [3], "n_init": 2},
    "gaussian_mixture": {"k": [3], "covariance_type": ["full", "diag", "tied", "spherical"], "n_init": 1},
    "agglomerative": {"k": [3], "linkage": ["ward", "average", "complete"]},
    "hdbscan": {"min_cluster_share": [0.1]},
    "dbscan": {"eps_quantile": [0.9], "min_samples": 5},
}


def shop() -> pd.DataFrame:
    crowds, _ = make_blobs([100, 100, 100], centers=np.array([[40, 5, 30, 20], [90, 30, 60, 5], [160, 15, 90, 40]]),
                           cluster_std=4.0, random_state=0)  # fmt: skip
    alone = np.random.default_rng(1).uniform(1, 200, size=(9, 4))
    features = pd.DataFrame(np.vstack([crowds, alone]).clip(0.1), columns=list(COLUMNS))
    features.loc[::7, "mean_days_between_orders"] = np.nan
    features.insert(0, "customer_id", [f"C{row}" for row in range(len(features))])
    return features.reindex(columns=CUSTOMER_FEATURES.names)


def fitted(family) -> tuple[index.SegmentsVersion, pd.DataFrame]:
    """A version whose clustering is of one family, its segments in another order than its labels."""
    features, columns = shop(), RFM_FIT if family.is_baseline else COLUMNS
    scaler = make_scaler(columns)
    matrix = scaler.fit_transform(features[list(columns)])
    model = family.fit(matrix, seed=0)[0]
    labels, predictor = assign_noise(matrix, model.labels, model.predictor)
    segment_id_of = {label: 20 - place for place, label in enumerate(np.unique(labels).tolist())}
    customers = features[["customer_id"]].assign(segment_id=[segment_id_of[label] for label in labels.tolist()], rule=0)
    customers = customers.assign(**{name: features[name].fillna(0.0) for name in index.FIGURES})
    clustering = {"scaler": scaler, "predictor": predictor, "segment_id_of": segment_id_of}
    return replace(VERSION, customers=customers, clustering=clustering), features


FAMILIES = make_families(GRIDS)
each_family = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.candidates[0].name)


@pytest.fixture(scope="module")
def of_kmeans(tmp_path_factory):
    """A version that can assign, and the folder with its files."""
    version, features = fitted(next(family for family in FAMILIES if family.algorithm == "kmeans"))
    folder = tmp_path_factory.mktemp("kmeans")
    index.write_version(folder, version)
    return folder, version, features


@pytest.fixture
def folder(of_kmeans, tmp_path):
    """Its files, to be spoilt."""
    copy = tmp_path / "version"
    shutil.copytree(of_kmeans[0], copy)
    return copy


class TestReadVersion:
    def test_it_gives_back_what_was_written(self, of_kmeans):
        folder, written, _ = of_kmeans
        read = index.read_version(folder)
        pd.testing.assert_frame_equal(read.customers, written.customers, check_dtype=False)
        assert (read.as_of, read.last_id) == (date(2024, 1, 31), 5)
        assert (read.segments, read.rules) == (SEGMENTS, RULES)
        assert read.clustering.keys() == written.clustering.keys()
        # the labels are integers again, which JSON would have made text
        assert read.clustering["segment_id_of"] == written.clustering["segment_id_of"]

    def test_what_is_not_known_is_nan_in_the_frame_again(self, tmp_path):
        write(tmp_path, customers=CUSTOMERS.assign(tenure_days=[np.nan, 1.0, 2.0, 3.0, 4.0]))
        assert index.read_version(tmp_path).customers["tenure_days"].isna().tolist() == [True, *[False] * 4]

    def test_written_again_it_is_the_same(self, of_kmeans, tmp_path):
        index.write_version(tmp_path, index.read_version(of_kmeans[0]))
        for name in ("customers.arrow", "index.arrow", "segments.json"):
            assert (tmp_path / name).read_bytes() == (of_kmeans[0] / name).read_bytes()

    def test_it_needs_its_folder_no_longer(self, folder, of_kmeans):
        read = index.read_version(folder)
        shutil.rmtree(folder)
        pd.testing.assert_frame_equal(read.customers, of_kmeans[1].customers, check_dtype=False)

    def test_it_writes_nothing(self, folder):
        def state():
            return {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir()}

        before = state()
        index.read_version(folder).assign(shop())
        assert state() == before

    @pytest.mark.parametrize("name", ["customers.arrow", "segments.json", "clustering.skops"])
    def test_a_missing_file(self, folder, name):
        (folder / name).unlink()
        assert name in refused(folder)

    @pytest.mark.parametrize("name", ["customers.arrow", "segments.json", "clustering.skops"])
    @pytest.mark.parametrize("content", [b"", b"\xff\xfe no such form", b"[]", b"{}", b"null"], ids=repr)
    def test_a_file_of_another_form(self, folder, name, content):
        (folder / name).write_bytes(content)
        refused(folder)

    @pytest.mark.parametrize("name", ["customers.arrow", "segments.json", "clustering.skops"])
    def test_a_file_that_is_cut_short(self, folder, name):
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: len(content) // 2])
        refused(folder)

    def test_an_archive_that_is_no_clustering(self, folder):
        with zipfile.ZipFile(folder / "clustering.skops", "w") as archive:
            archive.writestr("readme.txt", "nothing of ours")
        refused(folder)

    @pytest.mark.parametrize("key", ["rules", "last_id", "segments", "as_of"])
    def test_a_card_of_an_older_make(self, folder, key):
        card = json.loads((folder / "segments.json").read_text(encoding="utf-8"))
        del card[key]
        (folder / "segments.json").write_text(json.dumps(card), encoding="utf-8")
        assert repr(key) in refused(folder)

    @pytest.mark.parametrize("as_of", [None, 20240131, "31/01/2024"])
    def test_a_card_with_an_invalid_date_is_refused(self, folder, as_of):
        card = json.loads((folder / "segments.json").read_text(encoding="utf-8"))
        (folder / "segments.json").write_text(json.dumps({**card, "as_of": as_of}), encoding="utf-8")
        refused(folder)


def refused(folder) -> str:
    with pytest.raises(RegistryError) as caught:
        index.read_version(folder)
    message = str(caught.value)
    assert message.startswith(
        "The version must hold customers, segments and a clustering as this release writes them ("
    )
    assert message.endswith(". A comparison (the main entry point) registers one that does.")
    return message


class Runs:
    """What a pickle does when it is loaded: here, it leaves a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


class TestTrust:
    def test_a_foreign_type_is_refused_by_its_name(self, folder):
        forest = RandomForestClassifier(2, random_state=0).fit([[0.0], [1.0]], [0, 1])
        skops.io.dump({"predictor": forest}, folder / "clustering.skops")
        with pytest.raises(RegistryError) as caught:
            index.read_version(folder)
        message = str(caught.value)
        assert message.startswith("The version's clustering must hold known types only. ")
        assert "sklearn.tree._tree.Tree" in message

    def test_a_function_is_not_called(self, folder, tmp_path):
        skops.io.dump({"scaler": FunctionTransformer(os.mkdir)}, folder / "clustering.skops")
        with pytest.raises(RegistryError, match="mkdir"):
            index.read_version(folder)

    def test_a_pickle_in_its_place_is_not_loaded(self, folder, tmp_path):
        (folder / "clustering.skops").write_bytes(pickle.dumps(Runs(tmp_path / "ran")))
        refused(folder)
        assert not (tmp_path / "ran").exists()

    def test_a_pickle_inside_the_archive_is_not_loaded(self, folder, tmp_path):
        class Array:
            """An array of objects in NumPy's format is a pickle."""

            payload = np.array([Runs(tmp_path / "ran")], dtype=object)

        path = folder / "clustering.skops"
        skops.io.dump({"predictor": np.arange(3.0)}, path)
        with zipfile.ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        (array,) = [name for name in parts if name.endswith(".npy")]
        np.save(tmp_path / "bad.npy", Array.payload, allow_pickle=True)
        parts[array] = (tmp_path / "bad.npy").read_bytes()
        with zipfile.ZipFile(path, "w") as archive:
            for name, part in parts.items():
                archive.writestr(name, part)
        refused(folder)
        assert not (tmp_path / "ran").exists()

    def test_reading_a_version_never_unpickles(self, of_kmeans, monkeypatch):
        def fail(*_, **__):
            pytest.fail("a pickle was loaded")

        for name in ("load", "loads", "Unpickler"):
            monkeypatch.setattr(pickle, name, fail)
        index.read_version(of_kmeans[0])

    @each_family
    def test_no_family_needs_more_than_what_is_trusted(self, family, tmp_path):
        path = index.write_version(tmp_path, fitted(family)[0])["clustering"]
        assert set(skops.io.get_untrusted_types(file=path)) <= set(index.TRUSTED)

    def test_all_that_is_trusted_is_needed(self, tmp_path):
        # what nobody needs would only open the door wider
        needed = set()
        for family in FAMILIES:
            path = index.write_version(tmp_path, fitted(family)[0])["clustering"]
            needed |= set(skops.io.get_untrusted_types(file=path))
        # The RFM rules stay their own predictor where customers are in all ten cells; here they are not.
        skops.io.dump(RfmRules().fit(np.arange(30.0).reshape(10, 3)), tmp_path / "rules.skops")
        needed |= set(skops.io.get_untrusted_types(file=tmp_path / "rules.skops"))
        assert needed == set(index.TRUSTED)


class TestAssign:
    @each_family
    def test_the_fitted_customers_keep_their_registered_segment(self, family, tmp_path):
        version, features = fitted(family)
        assert version.customers["segment_id"].nunique() >= 2
        index.write_version(tmp_path, version)
        read = index.read_version(tmp_path)
        ids = read.assign(features)
        np.testing.assert_array_equal(ids, read.customers["segment_id"])
        assert ids.dtype == np.int32

    @each_family
    def test_each_row_has_its_segment_whatever_stands_beside_it(self, family):
        version, features = fitted(family)
        backwards = features.iloc[::-1].set_index(pd.Index(["x"] * len(features)))
        np.testing.assert_array_equal(version.assign(backwards)[::-1], version.assign(features))
        np.testing.assert_array_equal(version.assign(features.iloc[[5]]), version.assign(features)[[5]])

    def test_new_customers_get_one_of_the_segments(self, of_kmeans):
        _, version, features = of_kmeans
        new = features.iloc[:4].assign(order_count=[1e9, 0.0, 3.0, 7.0], mean_days_between_orders=np.nan)
        new.loc[0, "mean_days_between_orders"] = 3.0  # the source has it, if not for everybody
        assert set(version.assign(new)) <= set(version.customers["segment_id"])

    def test_the_columns_order_does_not_count_and_the_frame_is_not_changed(self, of_kmeans):
        _, version, features = of_kmeans
        before = features.copy(deep=True)
        ids = version.assign(features[[*reversed(features.columns)]])
        np.testing.assert_array_equal(ids, version.assign(features))
        pd.testing.assert_frame_equal(features, before)

    def test_features_that_the_source_cannot_fill_are_named(self, of_kmeans):
        _, version, features = of_kmeans
        with pytest.raises(RegistryError) as caught:
            version.assign(features.assign(mean_days_between_orders=np.nan).drop(columns="order_count"))
        assert str(caught.value) == (
            "The version's clusters need the features order_count, mean_days_between_orders, which this source cannot "
            "fill."
        )

    def test_features_that_the_clusters_do_not_know_may_be_empty(self, of_kmeans):
        _, version, features = of_kmeans
        assert features["evening_share"].isna().all()
        assert len(version.assign(features.drop(columns=["evening_share", "customer_id"]))) == len(features)


def test_a_version_never_changes():
    with pytest.raises(AttributeError):
        VERSION.last_id = 7


def test_kmeans_alone_needs_no_trust(tmp_path):
    skops.io.dump({"predictor": KMeans(2, n_init=1).fit([[0.0], [1.0]])}, tmp_path / "x.skops")
    assert skops.io.get_untrusted_types(file=tmp_path / "x.skops") == []


def test_the_detail_has_the_membership_where_it_is_known(tmp_path):
    members = [True, False, None, True, False]
    model = load(write(tmp_path, customers=CUSTOMERS.assign(insider=pd.Series(members, dtype=object))))
    answers = model.predict(None, pd.DataFrame({"customer_id": CUSTOMERS["customer_id"]}), {"detail": True})
    assert [answer["detail"]["customer"]["insider"] for answer in answers] == members
    assert index.read_version(tmp_path).customers["insider"].tolist() == members
