"""Uses the program as people do, on images that name somebody; keeps all it says.

Every command is a process of its own, with a log at debug level, core files allowed by
the shell, and a home, a working folder and a folder of temporary files of their own:
all of them are looked into afterwards.
"""

import csv
import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from canary_planting import Planted

HERE = Path(__file__).parent
PROJECT = HERE.parents[1]
LIMIT_S = 600


@dataclass
class Stage:
    """Folders of one performance, and what was run."""

    root: Path
    planted: Planted
    commands: list[str] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)
    """Commands that failed and should not, or that should have failed."""

    @property
    def home(self) -> Path:
        """Where the program keeps what it keeps."""
        return self.root / "home"

    @property
    def out(self) -> Path:
        """Where the user saves things, and what commands print."""
        return self.root / "out"

    def roots(self) -> list[Path]:
        """Return everything that the program can have written to."""
        return [self.root / name for name in ("home", "out", "work", "tmp")]

    def make(self) -> "Stage":
        """Make the folders, private as a user's home."""
        for folder in self.roots():
            folder.mkdir(parents=True, mode=0o700)
        return self

    def environment(self) -> dict[str, str]:
        """Return the variables of a command."""
        return os.environ | {
            "CBMIR_HOME": str(self.home),
            "CBMIR_LOG_LEVEL": "DEBUG",
            "HOME": str(self.root / "work"),
            "MPLCONFIGDIR": str(self.root / "tmp"),
            "PYTHONPATH": f"{PROJECT}{os.pathsep}{HERE}",
            "PYTHONWARNINGS": "default",
            "QT_QPA_PLATFORM": "offscreen",
            "TMPDIR": str(self.root / "tmp"),
        }

    def run(self, *words: str, status: int | None = 0) -> None:
        """Run a command of the program; what it prints is kept."""
        self.python("-m", "cbmir_gui", *words, status=status)

    def python(self, *words: str, status: int | None = 0) -> None:
        """Run Python, as a user with an ordinary umask and core files allowed.

        `status` is the one that should come; None: any.
        """
        number = len(self.commands)
        self.commands.append(" ".join(words))
        with (
            _private(self.out / f"{number:02d}.stdout") as stdout,
            _private(self.out / f"{number:02d}.stderr") as stderr,
        ):
            done = subprocess.run(
                [sys.executable, *words],
                cwd=self.root / "work",
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                preexec_fn=_like_a_shell,
                timeout=LIMIT_S,
                check=False,
            )
        if status not in (None, done.returncode):
            command = " ".join(Path(word).name for word in words[:6])
            self.surprises.append(f"{number:02d} {done.returncode} {command}")


def _private(path: Path) -> "subprocess._FILE":
    path.touch(mode=0o600)
    return path.open("wb")


def _like_a_shell() -> None:
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    os.umask(0o022)


def play(stage: Stage, is_short: bool = False) -> None:
    """Do everything: libraries, searches, exports, the window, a training."""
    images, out = str(stage.planted.folder), stage.out
    dicom = [path for path in stage.planted.good if path.suffix == ".dcm"]
    query, broken = str(dicom[0]), [str(path) for path in stage.planted.broken]
    stage.run("index", "mine", images, "--model", "raw-pixels", "--json")
    stage.run("index", "mine", images)
    stage.run("search", "mine", query, "--json")
    stage.run("search", "mine", query, "--hide", "same-patient,near-duplicates")
    for path in broken[:2] if is_short else broken:
        picture = out / f"broken-{Path(path).stem}.png"
        stage.run("search", "mine", path, status=None)
        stage.run("render", path, str(picture), status=None)
    stage.run("render", query, str(out / "query.png"), "--json")
    for path in stage.planted.typed:
        name = f"{path.stem}.png"
        stage.run("search", "mine", str(path), "--json")
        stage.run("render", str(path), str(out / name), "--window", "voi:2", "--json")
    stage.run("look", images, "--json")
    stage.run("look", images)
    archive = str(_archive(stage))
    stage.run("look", archive, "--json")
    stage.run("index", "zipped", archive, "--model", "raw-pixels", "--json")
    stage.run("library", "info", "mine", "--json")
    stage.run("library", "list")
    stage.run("library", "verify", "mine", "--json")
    stage.run("library", "export", "mine", str(out / "mine.csv"))
    stage.run("library", "export-index", "mine", str(out / "mine.json"))
    stage.run("library", "import-index", str(out / "mine.json"), "again")
    _damage(stage.home)
    stage.run("library", "verify", "again", "--repair", "--images", images)
    stage.run("library", "verify", "mine", "--repair", "--json")
    stage.run("library", "compact", "mine")
    files = [str(path) for path in stage.planted.good]
    words = (*files, *broken, "--out", str(out / "shared"), "--json")
    stage.run("deidentify", *words)
    stage.run("doctor", "--json")
    stage.python(str(HERE / "killed_decoder.py"), *files[:6])
    stage.python(str(HERE / "unexpected_errors.py"), query, status=1)
    typed = [str(path) for path in stage.planted.typed]
    words = (images, query, archive, str(out), str(len(typed)), *typed, *broken)
    stage.python(str(HERE / "window_round.py"), *words)
    if is_short:
        return
    classes = str(stage.planted.folder / "good")
    stage.run("index", "classes", classes, "--model", "lbp", "--split", "train,val")
    manifest = out / "manifest.csv"
    with _text(manifest) as stream:
        writer = csv.writer(stream)
        writer.writerow(("file", "class", "split"))
        for number, path in enumerate(stage.planted.good):
            split = ("train", "train", "val", "test")[number // 2 % 4]
            writer.writerow((path, path.parent.name, split))
    stage.run("evaluate", "--library", "mine", "--queries", str(manifest), "--json")
    stage.run(
        *("train", str(manifest), "--arch", "autoencoder", "--epochs", "1"),
        *("--name", "canary", "--batch-size", "4", "--json"),
    )
    stage.run("models", "show", "canary", "--json")
    stage.run("models", "export", "canary", str(out / "canary.cbmir"))
    stage.run("index", "learned", images, "--model", "canary")


def _archive(stage: Stage) -> Path:
    """Pack all images, beside what the program writes."""
    path = stage.root / "given.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for image in sorted(stage.planted.folder.rglob("*.dcm")):
            archive.write(image, str(image.relative_to(stage.planted.folder)))
    return path


def _damage(home: Path) -> None:
    """Take a segment of a library away, so that there is something to repair."""
    next((home / "feature_db" / "again").rglob("*.h5")).unlink()


def _text(path: Path) -> "csv._writer":
    path.touch(mode=0o600)
    return path.open("w", encoding="utf-8", newline="")


def core_files(stage: Stage) -> list[Path]:
    """Return what crashed processes left."""
    return [path for root in stage.roots() for path in root.rglob("core*")]
