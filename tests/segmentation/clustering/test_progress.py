"""The progress bar counts fits of several processes."""

import joblib
import pytest

from clientela.segmentation.clustering.candidates import make_families
from clientela.segmentation.clustering.evaluation import (
    ClusteringInput,
    EvaluationData,
    evaluate_family,
    fit_count,
    refit_family,
)
from clientela.segmentation.clustering.progress import fit_progress
from clientela.segmentation.clustering.scores import distance_matrix


def test_fits_of_all_processes_are_counted(capsys):
    with fit_progress(30) as counter:
        joblib.Parallel(n_jobs=2)(joblib.delayed(counter.add)(3) for _ in range(10))
        assert counter.count == 30
    shown = capsys.readouterr().err
    assert "30/30 fits in " in shown
    assert " left" in shown


@pytest.mark.parametrize("bootstraps", [1, 2])
def test_an_evaluation_counts_as_many_fits_as_were_announced(blobs, bootstraps):
    families = make_families(
        {"kmeans": {"k": [2, 3], "n_init": 2}, "agglomerative": {"k": [2, 3], "linkage": ["ward"]}}, limit=1000
    )
    inputs = ClusteringInput(blobs, blobs)
    sample = list(range(len(blobs)))
    data = EvaluationData(inputs, sample, distance_matrix(blobs), inputs, abs(blobs[:, 0]))
    counted, refits = [], []
    for family in families:
        evaluations = evaluate_family(family, data, folds=2, seed=0, on_fit=counted.append)
        options = {"bootstraps": bootstraps, "bootstrap_size": 50, "seed": 0}
        refit_family(family, evaluations, inputs, **options, on_fit=refits.append)
    assert sum(counted) == fit_count(families, has_past=True)
    assert sum(refits) == bootstraps * fit_count(families, has_past=False)
