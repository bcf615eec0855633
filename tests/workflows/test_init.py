import pytest
import yaml

from clientela.errors import InvalidInput
from clientela.workflows.init import PARTS, init


def test_it_writes_settings_a_project_and_a_gitignore(root, tmp_path):
    assert init(tmp_path / "shop" / "deep") == [tmp_path / "shop" / "deep" / part for part in PARTS]
    assert (tmp_path / "shop" / "deep" / "conf" / "gunicorn.py").read_bytes() == (
        root / "conf/gunicorn.py"
    ).read_bytes()
    assert "/mlruns/" in (tmp_path / "shop" / "deep" / ".gitignore").read_text().splitlines()


def test_its_project_has_the_same_entry_points_on_the_installed_command(root, tmp_path):
    init(tmp_path)
    text = (tmp_path / "MLproject").read_text(encoding="utf-8")
    ours, theirs = yaml.safe_load((root / "MLproject").read_text(encoding="utf-8")), yaml.safe_load(text)
    assert theirs.keys() == {"name", "entry_points"}
    for point, definition in ours["entry_points"].items():
        assert theirs["entry_points"][point]["parameters"] == definition["parameters"]
        name = {"main": "segment", "try_api": "try-api"}.get(point, point.replace("campaign_", "campaign "))
        assert theirs["entry_points"][point]["command"].startswith(f"clientela {name} ")
    assert "PYTHONPATH" not in text
    assert "experiments" not in text


@pytest.mark.parametrize("part", PARTS)
def test_nothing_is_overwritten(tmp_path, part):
    (tmp_path / part).write_text("mine")
    with pytest.raises(InvalidInput, match=rf"nothing is overwritten\. .* holds {part}\."):
        init(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [part]
    assert (tmp_path / part).read_text() == "mine"


def test_a_failure_in_the_middle_leaves_nothing(tmp_path, monkeypatch):
    def fail():
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("clientela.workflows.init.project_file", fail)
    with pytest.raises(InvalidInput, match="must be writable; .* is not .No space left on device"):
        init(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInput, match="The folder must be writable"):
        init(tmp_path / "file" / "folder")
