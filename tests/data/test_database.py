from clientela.data.database import open_database


def test_nothing_but_results_goes_to_stdout():
    with open_database() as connection:
        assert connection.execute("select current_setting('enable_progress_bar')").fetchall() == [(False,)]
