"""Ships conf/ and the MLproject in the wheel, as clientela/shipped, so that each has one copy in the repository."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithDefaults(build_py):
    """Copies the defaults beside the modules; an editable install reads them where they are."""

    def run(self) -> None:
        """Build the modules and copy the defaults."""
        super().run()
        if self.editable_mode:
            return
        target = Path(self.build_lib) / "clientela" / "shipped"
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree("conf", target / "conf", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy("MLproject", target)


setup(cmdclass={"build_py": BuildWithDefaults})
