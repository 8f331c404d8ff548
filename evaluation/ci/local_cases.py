"""Golden cases from a file of a repository, read as the import page reads them."""

from pathlib import Path

from evaluation.ci.exits import UsageError
from evaluation.offline import import_csv, import_json
from evaluation.offline.cases import NewCase
from evaluation.offline.columns import IGNORE, VARIABLE, guess, to_cases, variable_name
from evaluation.offline.tables import Table, TableError, decode
from registry.domain.content import Content
from registry.domain.rendering import prepare

SHOWN = 10


def cases_in(folder: Path, path: str, content: Content) -> tuple[NewCase, ...]:
    """Return the cases of a CSV, JSON or JSONL file.

    A column that is called like a variable of the prompt gives its values. Raises UsageError
    with the first faults and where they are.
    """
    try:
        text = decode((folder / path).read_bytes())
    except OSError:
        raise UsageError(f"There is no file {path} with golden cases.") from None
    except TableError as error:
        raise UsageError(f"{path}: {error}") from None
    try:
        table = (import_csv if path.lower().endswith(".csv") else import_json).read(text)
    except TableError as error:
        raise UsageError(f"{path}: {error}") from None
    reading = to_cases(table, _columns(table, content))
    if reading.faults:
        shown = [f"{fault.place}: {fault.message}" for fault in reading.faults[:SHOWN]]
        more = len(reading.faults) - len(shown)
        rest = f" And {more} more." if more else ""
        raise UsageError(f"{path} cannot be used. {' '.join(shown)}{rest}")
    return reading.cases


def _columns(table: Table, content: Content) -> dict[str, str]:
    known = prepare(content).known
    chosen = guess(table.columns)
    for column, target in chosen.items():
        if target == IGNORE and variable_name(column) in known:
            chosen[column] = VARIABLE
    return chosen
