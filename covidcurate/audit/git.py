"""Ask git what a dataset was, without checking anything out."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from shlex import quote

from covidcurate.errors import DatasetError


class Repository:
    """The git repository that a folder is in.

    Raises
    ------
    DatasetError
        There is none, or no git.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._complaint = b""
        answer = self._ask("rev-parse", "--show-toplevel")
        if answer is None and b"dubious ownership" in self._complaint:
            raise DatasetError(
                f"{folder}: git does not open a repository that belongs to another user",
                remedy="If you trust it: git config --global --add safe.directory "
                f"{quote(str(folder.resolve()))} (or its root)",
            )
        if answer is None:
            raise DatasetError(
                f"{folder}: is in no git repository, so that there is nothing to compare with",
                remedy="Leave out --against and --staged, or run it in a clone.",
            )
        self.root = Path(os.fsdecode(answer.rstrip(b"\n")))

    def base_of(self, ref: str) -> tuple[str, str]:
        """Return the commit that a change since ``ref`` begins with, and a note if that is not sure.

        It is the last one that the current commit and ``ref`` have in common, as on the page of a pull request.

        Raises
        ------
        DatasetError
            There is no such commit here.
        """
        commit = self._ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
        if commit is None:
            name = ref.removeprefix("origin/")
            few = self._is_shallow()
            why = ", and this clone holds a part of the history alone" if few else ""
            fetch = f"git fetch --depth=1 origin {name}:refs/remotes/origin/{name}" if few else "git fetch origin"
            raise DatasetError(f"there is no commit {ref!r} here{why}", remedy=f"Get it with: {fetch}")
        tip = commit.decode().strip()
        common = self._ask("merge-base", tip, "HEAD")
        if common is not None:
            return common.decode().strip(), ""
        note = f"{ref} and this commit have no ancestor in common here, so that they are compared as they are"
        return tip, f"{note}; more history: git fetch --deepen=100" if self._is_shallow() else note

    def read(self, commit: str, path: Path, *, as_on_disk: bool = False) -> bytes | None:
        """Return a file as it is in a commit, or in the index if ``commit`` is empty; None if it is not there.

        Parameters
        ----------
        as_on_disk
            With the line ends that a checkout would give it here (``core.autocrlf``, ``.gitattributes``).
        """
        name = f"{commit}:{self.name_of(path)}"
        laid_out = self._ask("cat-file", "--filters", name) if as_on_disk else None
        return laid_out if laid_out is not None else self._ask("show", name)

    def former_place(self, commit: str, path: Path, *, in_index: bool = False) -> Path | None:
        """Return where a file was in a commit if it was renamed since; None if it was not."""
        options = ["--cached"] if in_index else []
        names = ("diff", "--name-status", "-z", "-M", "--diff-filter=R", *options, commit, "--")
        parts = (self._ask(*names, f":(glob)**/*{path.suffix}") or b"").split(b"\0")
        renamed = dict(zip(parts[2::3], parts[1::3], strict=False))
        former = renamed.get(os.fsencode(self.name_of(path)))
        return self.root / os.fsdecode(former) if former else None

    def changed_files(self, commit: str, folders: list[Path], *, in_index: bool = False) -> set[Path]:
        """Return the files under folders that are not as in a commit: changed, new, or not yet known to git."""
        outside = [self._place_of(folder) for folder in folders if not self._is_within(folder)]
        names = [*self._names_within(folders), *(path.relative_to(self.root).as_posix() for path in outside)]
        if not names:
            return set()
        options = ["--cached"] if in_index else []
        changed = self._paths(
            self._ask("diff", "--name-only", "-z", "--no-renames", *options, commit, "--", *names) or b""
        )
        for link in outside:
            # A folder that one working copy keeps on another disk is changed by no commit, unless that holds the link.
            if link not in changed:
                changed = {path for path in changed if link not in path.parents}
        return changed | (set() if in_index else self.unknown_files(folders))

    def unknown_files(self, folders: list[Path]) -> set[Path]:
        """Return the files under folders that were never added; what is ignored is kept elsewhere on purpose."""
        names = self._names_within(folders)
        options = ("--others", "--exclude-standard", "-z", "--full-name")
        return self._paths(self._ask("ls-files", *options, "--", *names) or b"") if names else set()

    def unstaged_files(self, folders: list[Path]) -> set[Path]:
        """Return the files under folders that are not as they are staged."""
        names = self._names_within(folders)
        return self._paths(self._ask("diff", "--name-only", "-z", "--", *names) or b"") if names else set()

    def has_commits(self) -> bool:
        """Whether there is a commit at all."""
        return self._ask("rev-parse", "--verify", "--quiet", "HEAD") is not None

    def empty_tree(self) -> str:
        """Return what stands for a state without any file."""
        return (self._ask("hash-object", "-t", "tree", os.devnull) or b"").decode().strip()

    def name_of(self, path: Path) -> str:
        """Return what git calls a file: its path from the root, with slashes.

        Raises
        ------
        DatasetError
            It is a link to somewhere else.
        """
        try:
            return path.resolve().relative_to(self.root.resolve()).as_posix()
        except ValueError:
            raise DatasetError(
                f"{path}: is a link out of the repository, so that git does not know what it was",
                remedy="Leave out --against and --staged, or keep the file in the repository.",
            ) from None

    def _names_within(self, folders: list[Path]) -> list[str]:
        # Images may be kept outside of the repository, behind a link; then git does not know them.
        return [self.name_of(folder) for folder in folders if self._is_within(folder)]

    def _is_within(self, folder: Path) -> bool:
        return folder.resolve().is_relative_to(self.root.resolve())

    def _place_of(self, folder: Path) -> Path:
        """Return where a folder stands, or a link to it, however the repository was reached."""
        return self.root / folder.parent.resolve().relative_to(self.root.resolve()) / folder.name

    def _paths(self, names: bytes) -> set[Path]:
        return {self.root / os.fsdecode(name) for name in names.split(b"\0") if name}

    def _is_shallow(self) -> bool:
        return (self._ask("rev-parse", "--is-shallow-repository") or b"").strip() == b"true"

    def _ask(self, *arguments: str) -> bytes | None:
        """Return what git answers; None if it says no."""
        environment = {**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}
        if "GIT_WORK_TREE" not in environment:
            # In the hooks of a further work tree git sets this alone, and then takes any folder for the root.
            environment.pop("GIT_DIR", None)
        root = getattr(self, "root", self._folder)
        try:
            done = subprocess.run(
                ["git", "-C", str(root), *arguments], capture_output=True, env=environment, check=False
            )
        except OSError as error:
            raise DatasetError(f"git cannot be run: {error.strerror}", remedy="Install git.") from error
        self._complaint = done.stderr
        return done.stdout if done.returncode == 0 else None
