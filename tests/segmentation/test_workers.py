import joblib

from clientela.segmentation.workers import warm_up


def test_as_many_workers_start_as_are_asked_for():
    with joblib.parallel_config("threading"):
        assert len(list(warm_up(3))) == 3


def test_no_worker_starts_where_this_process_does_the_work():
    assert list(warm_up(1)) == []
