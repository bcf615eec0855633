"""Failures of the machine that a person can mend, as one sentence: memory, disk, permissions, MLflow's store."""

import errno

MENDABLE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EMFILE, errno.ENFILE}
LONGEST = 300


def failure_text(error: Exception) -> str | None:
    """One sentence about a failure of the machine; None for errors of another kind, which need their stack trace."""
    names = {f"{kind.__module__.partition('.')[0]}.{kind.__name__}" for kind in type(error).__mro__}
    # Libraries are mapped into memory, too.
    unmapped = isinstance(error, ImportError) and "failed to map segment" in str(error)
    if (
        isinstance(error, MemoryError)
        or unmapped
        or names & {"duckdb.OutOfMemoryException", "_duckdb.OutOfMemoryException"}
    ):
        return "The command must have more memory than this machine or its limits allow. Use a smaller source."
    if isinstance(error, OSError) and error.errno in MENDABLE:
        place = f": {error.filename!r}" if error.filename else ""
        return f"The command must be able to write its files; it is not ({error.strerror}{place})."
    if names & {"duckdb.IOException", "_duckdb.IOException"}:
        return f"The command must be able to read and write its files; it is not. {_first_line(error)}"
    if names & {"mlflow.MlflowException", "sqlalchemy.OperationalError"} and _is_of_database(error):
        return f"The database of MLflow must be usable; it is not. {_first_line(error)}"
    return None


def _is_of_database(error: BaseException | None) -> bool:
    """Whether an error, or one that caused it, is a database's about its file, its server or its connection."""
    return error is not None and (
        "OperationalError" in f"{type(error).__name__} {error}" or _is_of_database(error.__cause__)
    )


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [""])[0][:LONGEST]
