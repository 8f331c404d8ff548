"""The prompts of an application's repository: which files, what they hold, what they held."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from evaluation.ci import git
from evaluation.ci.effect import names_version
from evaluation.ci.exits import UsageError
from evaluation.ci.options import Evaluate
from registry.domain.content import Content, ContentError, digest
from registry.prompts.in_out.candidates import Candidate
from registry.prompts.in_out.files import IMPORT_LIMITS, FilesError, unpack
from registry.prompts.in_out.names import proposed_name
from registry.prompts.in_out.read_files import read_candidates

ENDINGS = ("md", "txt", "json", "yaml", "yml")


@dataclass(frozen=True)
class PromptFile:
    """A prompt in a file: its name for the registry, its text, and the text to compare with.

    `baseline` is None when there was none, or when somebody else knows it (the server);
    `against` says in words where it comes from.
    """

    name: str
    path: str
    content: Content
    baseline: Content | None = None
    against: str = ""

    @property
    def unchanged(self) -> bool:
        """Whether it is known to say what it is compared with: nothing to evaluate."""
        return self.baseline is not None and digest(self.baseline) == digest(self.content)


def find_prompts(folder: Path, asked: Evaluate) -> list[PromptFile]:
    """Return the prompts below `folder` that were asked for, in the order of their names.

    Raises UsageError, for a file that cannot be read too: a prompt is never left out silently.
    """
    paths = _paths(folder, asked)
    chosen = _changed(folder, asked)
    since = _since(folder, asked)
    found = []
    for path in paths:
        if chosen is not None and path not in chosen:
            continue
        name = _name(path, asked)
        if asked.prompt and name != asked.prompt:
            continue
        candidate = _only(path, (folder / path).read_bytes())
        found.append(
            PromptFile(
                name=name,
                path=path,
                content=_content(candidate),
                baseline=_baseline(folder, asked, path, since),
                against=f"{_ref(asked)} ({since[:8]})" if since else asked.baseline,
            )
        )
    if asked.prompt and not found and chosen is None:
        raise UsageError(f"No file of {asked.prompts} holds the prompt {asked.prompt}.")
    return found


def _paths(folder: Path, asked: Evaluate) -> list[str]:
    if asked.candidate:
        return [_inside(folder, asked.candidate)]
    if PurePosixPath(asked.prompts).is_absolute() or ".." in PurePosixPath(asked.prompts).parts:
        raise UsageError(f"{asked.prompts}: name files below this folder, such as prompts/**.")
    # On Python before 3.13 `a/**` finds folders only.
    pattern = asked.prompts + "/*" if asked.prompts.endswith("**") else asked.prompts
    paths = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.glob(pattern)
        if path.is_file() and path.suffix[1:] in ENDINGS
    )
    if not paths:
        raise UsageError(
            f"No prompt file matches {asked.prompts}. Say where they are with --prompts; they end "
            f"in {', '.join(ENDINGS)}."
        )
    return paths


def _name(path: str, asked: Evaluate) -> str:
    """Return the prompt's name: the path without its ending, below what the pattern fixes."""
    if asked.candidate:
        return asked.prompt or proposed_name(PurePosixPath(path).stem)
    fixed = []
    for part in PurePosixPath(asked.prompts).parts[:-1]:
        if any(sign in part for sign in "*?["):
            break
        fixed.append(part)
    below = PurePosixPath(path).relative_to(*fixed) if fixed else PurePosixPath(path)
    return proposed_name(str(below.with_suffix("")))


def _inside(folder: Path, path: str) -> str:
    if not (folder / path).is_file():
        raise UsageError(f"There is no file {path}.")
    return path


def _changed(folder: Path, asked: Evaluate) -> set[str] | None:
    """Return the files that count as changed, None when all do."""
    if asked.changed_files:
        listed = Path(asked.changed_files)
        if not listed.is_file():
            raise UsageError(f"There is no file {asked.changed_files} that lists what changed.")
        return {line.strip() for line in listed.read_text().splitlines() if line.strip()}
    if asked.changed_since:
        return git.changed(folder, git.merge_base(folder, asked.changed_since))
    return None


def _ref(asked: Evaluate) -> str:
    """Return the git ref whose files are the baseline, "" when files are not it."""
    if asked.baseline.startswith("ref:"):
        return asked.baseline.removeprefix("ref:")
    return "" if asked.baseline or asked.server else asked.changed_since


def _since(folder: Path, asked: Evaluate) -> str:
    """Return the commit where the work left that ref, "" without one."""
    ref = _ref(asked)
    return git.merge_base(folder, ref) if ref else ""


def _baseline(folder: Path, asked: Evaluate, path: str, since: str) -> Content | None:
    if since:
        text = git.file_at(folder, since, path)
        return None if text is None else _content(_only(path, text.encode()))
    if asked.baseline and not names_version(asked.baseline):
        named = _inside(folder, asked.baseline)
        return _content(_only(named, (folder / named).read_bytes()))
    return None


def _only(path: str, data: bytes) -> Candidate:
    """Return the one prompt of a file. Raises UsageError."""
    try:
        candidates = read_candidates(unpack([(path, data)], IMPORT_LIMITS), {})
    except FilesError as error:
        raise UsageError(f"{path}: {error}") from None
    if len(candidates) != 1:
        raise UsageError(f"{path} holds {len(candidates)} prompts; keep one in each file.")
    return candidates[0]


def _content(candidate: Candidate) -> Content:
    problems = list(candidate.problems)
    try:
        if not problems:
            return Content.from_fields(
                candidate.kind,
                candidate.body,
                candidate.config,
                candidate.output_schema,
                candidate.variables,
            )
    except ContentError as error:
        problems.append(error.message)
    raise UsageError(f"{candidate.place}: {' '.join(problems)}")
