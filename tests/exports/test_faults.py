"""A full disk and closed folders: one error, the old file stays, and nothing half-written is left."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clientela.errors import InvalidInput
from clientela.exports import write_table

NOBODY = 65534
KINDS = ["out.csv", "out.csv.gz", "out.parquet", "out.xlsx", "out.db"]


def table(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame({"customer_id": [f"{n:08d}" for n in range(rows)], "value": rng.random(rows)})


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 256 KB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    done = mount and subprocess.run([mount, "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)], capture_output=True)
    if not done or done.returncode:
        pytest.skip("needs the right to mount a tmpfs")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.parametrize("name", KINDS)
def test_on_a_full_disk_the_old_file_stays(small_disk, name):
    write_table(table(10), str(small_disk / name))
    before = (small_disk / name).read_bytes()
    with pytest.raises(InvalidInput, match="cannot be written"):
        write_table(table(30_000), str(small_disk / name))
    assert (small_disk / name).read_bytes() == before
    assert [path.name for path in small_disk.iterdir()] == [name]


def test_what_a_killed_process_left_is_deleted_by_the_next_write(tmp_path):
    code = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from clientela.exports import whole_file\n"
        "with whole_file(Path(sys.argv[1])) as temporary:\n"
        "    temporary.write_text('customer_id')\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "out.csv")], check=False)
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".clientela-")
    write_table(table(1), str(tmp_path / "out.csv"))
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


@pytest.mark.parametrize("name", KINDS)
def test_a_folder_without_permission_is_named(name):
    if os.getuid() != 0:
        pytest.skip("needs root, to become another user")
    place = Path(tempfile.mkdtemp())  # pytest's own folders are closed to other users
    place.chmod(0o555)
    code = (
        "import os, sys, pandas as pd\n"
        "from clientela.errors import InvalidInput\n"
        "from clientela.exports import write_table\n"
        f"os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})\n"
        "try:\n"
        f"    write_table(pd.DataFrame({{'customer_id': ['1']}}), {str(place / name)!r})\n"
        "except InvalidInput as error:\n"
        "    print(error)\n"
    )
    try:
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout == f"The destination's folder must be writable. Got {str(place)!r} instead.\n"
        assert list(place.iterdir()) == []
    finally:
        shutil.rmtree(place)
