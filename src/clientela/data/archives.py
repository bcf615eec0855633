"""ZIP archives: their files are unpacked to a private folder, within the limit of the settings."""

import zipfile
import zlib
from pathlib import Path, PurePosixPath

from clientela.errors import InvalidData

MEGABYTE = 1_000_000


def unpack(path: Path, folder: Path, *, suffixes: tuple[str, ...], largest_mb: int) -> list[Path]:
    """Unpack the files of an archive that have one of some suffixes.

    Args:
        path: path of the archive.
        folder: existing folder for the files.
        suffixes: suffixes of the files to unpack, in lower case; all other files are ignored.
        largest_mb: largest total size of the files in MB.

    Returns:
        The paths of the files, in the order of their names.

    Raises:
        InvalidData: the archive is damaged or encrypted, too large, or has no such file.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = sorted(
                (member for member in archive.infolist() if _is_data(member, suffixes)), key=lambda each: each.filename
            )
            _check(path, members, suffixes, largest_mb)
            return [_write(archive, member, folder / str(number)) for number, member in enumerate(members)]
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, RuntimeError, ValueError, zlib.error) as error:
        raise InvalidData(f"The archive {path.name!r} must be an intact ZIP file ({type(error).__name__}).") from error


def _is_data(member: zipfile.ZipInfo, suffixes: tuple[str, ...]) -> bool:
    name = PurePosixPath(member.filename)
    hidden = any(part.startswith((".", "__MACOSX")) and part != ".." for part in name.parts)
    return not member.is_dir() and not hidden and name.name.lower().endswith(suffixes)


def _check(path: Path, members: list[zipfile.ZipInfo], suffixes: tuple[str, ...], largest_mb: int) -> None:
    if not members:
        raise InvalidData(
            f"The archive {path.name!r} must have a file that ends in one of {', '.join(suffixes)}. Got none."
        )
    if any(member.flag_bits & 1 for member in members):
        raise InvalidData(f"The archive {path.name!r} must not be encrypted.")
    # The sizes of the archive's own list: nothing is unpacked before they are checked, and no file may exceed its size.
    size = sum(member.file_size for member in members)
    if size > largest_mb * MEGABYTE:
        raise InvalidData(
            f"The files of the archive {path.name!r} must have at most {largest_mb:,} MB (largest_unpacked_mb). Got "
            f"{size / MEGABYTE:,.0f} MB."
        )


def _write(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> Path:
    # The member's own path is not used: it may lead out of the folder.
    target.mkdir()
    file = target / PurePosixPath(member.filename).name
    with archive.open(member) as packed, file.open("wb") as unpacked:
        while piece := packed.read(MEGABYTE):
            unpacked.write(piece)
    return file
