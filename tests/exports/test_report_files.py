"""Files that a user asks for: refused early where they cannot be written, written whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from clientela.errors import InvalidInput
from clientela.exports.report_files import check_folder, write_whole


def refused(path: Path) -> str:
    with pytest.raises(InvalidInput) as caught:
        check_folder("report", path)
    return str(caught.value)


class TestCheckFolder:
    def test_a_file_that_is_not_there_and_one_that_is(self, tmp_path):
        check_folder("report", tmp_path / "new.html")
        assert not list(tmp_path.iterdir())
        (tmp_path / "old.html").write_text("old")
        check_folder("report", tmp_path / "old.html")
        assert (tmp_path / "old.html").read_text() == "old"

    def test_a_name_alone_is_in_the_working_folder(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        check_folder("report", Path("report.html"))

    def test_a_folder(self, tmp_path):
        assert refused(tmp_path) == (
            f"The report parameter must be the path of a file. Got the folder {str(tmp_path)!r} instead."
        )

    def test_no_name_is_the_working_folder(self):
        assert "Got the folder '.' instead." in refused(Path())

    def test_a_folder_that_is_not_there(self, tmp_path):
        path = tmp_path / "not there" / "report.html"
        assert refused(path) == (
            f"The report parameter must be a path in a folder that exists. Got {str(path)!r} instead; create the "
            f"folder {str(path.parent)!r} first."
        )
        assert not list(tmp_path.iterdir())

    def test_a_file_in_the_place_of_the_folder(self, tmp_path):
        (tmp_path / "file").write_text("x")
        message = refused(tmp_path / "file" / "report.html")
        assert "in a folder that exists" in message
        assert "create" not in message

    def test_a_folder_that_cannot_be_written(self, tmp_path, monkeypatch):
        # root may write everywhere, so the system's answer is replaced
        monkeypatch.setattr(os, "access", lambda path, mode: not (path == tmp_path and mode & os.W_OK))
        path = tmp_path / "report.html"
        assert refused(path) == f"The report parameter must be a path that can be written. Got {str(path)!r} instead."

    def test_a_device_which_would_be_replaced_by_a_file(self):
        assert refused(Path(os.devnull)) == (
            f"The report parameter must be the path of a file. Got the device {os.devnull!r} instead."
        )

    def test_a_pipe_is_none_either(self, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        assert "must be the path of a file" in refused(tmp_path / "pipe")

    def test_the_parameter_is_named(self, tmp_path):
        with pytest.raises(InvalidInput, match="^The rejected parameter must"):
            check_folder("rejected", tmp_path)


class TestWriteWhole:
    def test_the_text_is_written_as_utf_8_and_stands_alone(self, tmp_path):
        write_whole(tmp_path / "report.html", "açúcar €\n")
        assert (tmp_path / "report.html").read_bytes() == "açúcar €\n".encode()
        assert [path.name for path in tmp_path.iterdir()] == ["report.html"]

    def test_the_old_file_is_replaced_and_keeps_its_mode(self, tmp_path):
        path = tmp_path / "report.html"
        path.write_text("a much longer text than the new one")
        path.chmod(0o640)
        write_whole(path, "new")
        assert path.read_text() == "new"
        assert stat.S_IMODE(path.stat().st_mode) == 0o640

    @pytest.mark.parametrize("old", ["old", None])
    def test_where_the_write_fails_the_old_file_stays_and_nothing_beside_it(self, tmp_path, monkeypatch, old):
        path = tmp_path / "report.html"
        if old:
            path.write_text(old)

        def full(self, text, **_):
            self.write_bytes(text[:3].encode())
            raise OSError("No space left on device")

        monkeypatch.setattr(Path, "write_text", full)
        with pytest.raises(OSError, match="No space left"):
            write_whole(path, "a new report")
        assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == (
            [("report.html", "old")] if old else []
        )

    def test_a_text_that_cannot_be_encoded_leaves_the_old_file(self, tmp_path):
        path = tmp_path / "report.html"
        path.write_text("old")
        with pytest.raises(UnicodeEncodeError):
            write_whole(path, "a lone surrogate \ud800")
        assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("report.html", "old")]

    def test_a_reader_sees_the_old_file_until_all_is_written(self, tmp_path, monkeypatch):
        path, seen = tmp_path / "report.html", []
        path.write_text("old")
        write_text = Path.write_text

        def look(self, text, **kwargs):
            write_text(self, text[:3], **kwargs)
            seen.append(path.read_text())
            return write_text(self, text, **kwargs)

        monkeypatch.setattr(Path, "write_text", look)
        write_whole(path, "a new report")
        assert (seen, path.read_text()) == (["old"], "a new report")
