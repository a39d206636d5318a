"""Notices what a learner saves: by the system's events, and by looking now and then.

What counts is the look: names, sizes and times of the files, to the nanosecond. An
event only says that it is time for one. So nothing is lost where events do not come (a
folder of Windows in WSL, a network drive), and two saves within a second are two, which
they are not for the polling of watchfiles.
"""

from __future__ import annotations

import contextlib
import os
import re
import threading
import time
from fnmatch import translate
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType

import watchfiles

# Seconds between two looks: where events come, and where they may not.
SELDOM, OFTEN = 1.0, 0.25
# Milliseconds: how long watchfiles waits for more, and how long at most.
QUIET, LONGEST = 20, 500

# Where the system tells nothing of what another machine, or Windows, writes.
SILENT = (
    "9p drvfs virtiofs vboxsf prl_fs vmhgfs nfs nfs4 cifs smb2 smb3 smbfs afs ncpfs "
    "fuse.vmhgfs-fuse fuse.sshfs fuse.rclone fuse.s3fs fuse.grpcfuse fuse.osxfs"
).split()

OURS_AT_ROOT = {"env", "media", "staticfiles", "venv"} | {
    *("board.html", "github_issues.py", "tasks.csv", "tasks.ics")
}
OURS_ANYWHERE = {"__pycache__", "htmlcov", "node_modules"}
KEPT_DOT_FOLDERS = {".devcontainer", ".github"}
NOISE = re.compile(
    "|".join(
        translate(pattern)
        for pattern in (
            "*.py[cod] *.sqlite3 *.sqlite3-* *.log *.pid *.rdb celerybeat-schedule* "
            ".coverage* coverage.xml .DS_Store Thumbs.db "
            # What editors and path.py itself write beside the file that they save.
            "*~ *.swp *.swo *.swx *.swpx 4913 .#* #*# *___jb_tmp___ *___jb_old___ "
            "*.kate-swp *.crswap *.tmp *.bak *.part .goutputstream-*"
        ).split()
    ),
    re.IGNORECASE,
)

Look = dict[str, tuple[int, int, int]]


def is_noise(name: str) -> bool:
    """Whether a file of that name is no work of the learner's."""
    return NOISE.match(name) is not None


def look(root: Path) -> tuple[Look, frozenset[str]]:
    """The learner's files, each with time, size and number; and their folders.

    The paths of the files are relative to ``root``, those of the folders are whole.
    """
    files: Look = {}
    folders: list[str] = [str(root)]
    for folder in folders:  # it grows meanwhile
        try:
            entries = list(os.scandir(folder))
        except OSError:
            continue
        at_root = folder == folders[0]
        for entry in entries:
            try:
                if at_root and entry.name in OURS_AT_ROOT:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    if is_theirs(entry):
                        folders.append(entry.path)
                elif not is_noise(entry.name):
                    # Not entry.stat(): on Windows that may be the one before.
                    found = Path(entry.path).stat()
                    name = os.path.relpath(entry.path, root)
                    files[name] = found.st_mtime_ns, found.st_size, found.st_ino
            except OSError:
                continue
    return files, frozenset(folders)


def is_theirs(folder: os.DirEntry[str]) -> bool:
    """Whether a learner works in that folder."""
    name = folder.name
    if name in OURS_ANYWHERE:
        return False
    if name.startswith(".") and name not in KEPT_DOT_FOLDERS:
        return False
    return not Path(folder.path, "pyvenv.cfg").exists()


def needs_looking(root: Path, mounts: str = "/proc/self/mounts") -> bool:
    """Whether the file system is one whose events do not come, or not from all sides.

    ``WATCHFILES_FORCE_POLLING`` decides it, where it is set.
    """
    if given := os.environ.get("WATCHFILES_FORCE_POLLING"):
        return given.lower() not in ("false", "disable", "disabled")
    try:
        lines = Path(mounts).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    place, kind = Path(), ""
    for line in lines:
        words = line.split()
        if len(words) < 3:
            continue
        # Spaces stand there as \040.
        mount = Path(re.sub(r"\\([0-7]{3})", lambda m: chr(int(m[1], 8)), words[1]))
        if root.is_relative_to(mount) and len(mount.parts) >= len(place.parts):
            place, kind = mount, words[2]
    return kind in SILENT


class Saves:
    """What was saved since it was last taken note of.

    Attributes:
        polls: whether it only looks and does not wait for events.
    """

    def __init__(self, root: Path, *, poll: bool) -> None:
        self.root = root
        self.polls = poll or needs_looking(root)
        self._seen, self._folders = look(root)
        self._looked = time.monotonic()
        # No threading.Event: its wait may break where a signal ends the process.
        self._events: SimpleQueue[None] = SimpleQueue()
        self._moved = self._closed = False
        self._listener = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Saves:
        if not self.polls:
            self._listener.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closed = True
        if self._listener.is_alive():
            self._listener.join(2)

    def wait(self, seconds: float) -> None:
        """Waits for an event, but no longer than that."""
        with contextlib.suppress(Empty):
            self._events.get(timeout=seconds)
            self._events.put(None)

    def changed(self) -> bool:
        """Whether something was saved since ``take``; it looks only when it is time."""
        if self._events.empty():
            pause = OFTEN if self.polls else SELDOM
            if time.monotonic() - self._looked < pause:
                return False
        return bool(self.changes())

    def changes(self) -> list[str]:
        """The files that were saved, made or removed since ``take``."""
        now = self._look()
        if now != self._seen and self.polls:
            # Events come when it is quiet; here that is waited for.
            for _ in range(LONGEST // QUIET):
                time.sleep(QUIET / 1000)
                before, now = now, self._look()
                if before == now:
                    break
        both = self._seen.items() ^ now.items()
        return sorted({name for name, _ in both})

    def take(self, *names: str) -> None:
        """Takes note of what there is now, or of those files only."""
        now = self._look()
        if not names:
            self._seen = now
        for name in names:
            self._seen.pop(name, None)
            if name in now:
                self._seen[name] = now[name]

    def _look(self) -> Look:
        with contextlib.suppress(Empty):
            while True:
                self._events.get_nowait()
        files, folders = look(self.root)
        self._looked = time.monotonic()
        if folders != self._folders:
            self._folders = folders
            self._moved = True
        return files

    def is_set(self) -> bool:
        """Whether watchfiles is to stop: at the end, or to listen to other folders."""
        return self._closed or self._moved

    def _listen(self) -> None:
        """Wakes the look whenever the system tells of a change."""
        while not self._closed:
            self._moved = False
            try:
                for _ in watchfiles.watch(
                    *self._folders,
                    watch_filter=lambda _, name: not is_noise(Path(name).name),
                    debounce=LONGEST,
                    step=QUIET,
                    stop_event=self,
                    force_polling=False,
                    recursive=False,
                    ignore_permission_denied=True,
                ):
                    self._events.put(None)
            except FileNotFoundError:  # a folder went while it was asked for
                time.sleep(QUIET / 1000)
                self._events.put(None)
            except Exception:  # above all: the system allows no more watches
                self.polls = True
                return
