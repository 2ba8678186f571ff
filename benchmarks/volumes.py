"""A series of 300 x 512 x 512 to .nii.gz, as whole processes, against dcm2niix, SimpleITK and dicom2nifti.

    python benchmarks/volumes.py --peers FOLDER_OF_A_VIRTUAL_ENVIRONMENT [--rounds 5]

Peers that are not there are said to be missing; install them into an environment of their own.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from measure import run_in_turn
from synthetic_ct import make_series

SIMPLEITK = """
import sys, SimpleITK as itk
reader = itk.ImageSeriesReader()
reader.SetFileNames(reader.GetGDCMSeriesFileNames(sys.argv[1]))
itk.WriteImage(reader.Execute(), sys.argv[2])
"""
DICOM2NIFTI = "import sys, dicom2nifti; dicom2nifti.dicom_series_to_nifti(sys.argv[1], sys.argv[2])"


def find_commands(series: Path, out: Path, peers: Path | None) -> dict[str, list[str]]:
    ours = str(Path(sys.executable).with_name("covidcurate"))
    home = ["-d", str(out / "home")]
    commands = {
        "covidcurate": [ours, "convert", str(series), str(out / "ours.nii.gz"), "--overwrite", "-q", *home],
        "covidcurate .nii": [ours, "convert", str(series), str(out / "ours.nii"), "--overwrite", "-q", *home],
        "covidcurate, zlib": [
            sys.executable, "-c",
            "import sys; sys.modules['isal'] = None; from covidcurate.cli.main import main; main(sys.argv[1:])",
            "convert", str(series), str(out / "zlib.nii.gz"), "--overwrite", "-q", *home,
        ],
    }  # fmt: skip
    folder = peers / "bin" if peers else None
    dcm2niix = shutil.which("dcm2niix", path=str(folder) if folder else None)
    if dcm2niix:
        for name, options in {"-z i": ["-z", "i"], "-z i -1": ["-1", "-z", "i"], "-z n": ["-z", "n"]}.items():
            target = ["-w", "1", "-b", "n", "-o", str(out), "-f", f"dcm2niix{name}".replace(" ", "_")]
            commands[f"dcm2niix {name}"] = [dcm2niix, *options, *target, str(series)]
    else:
        print("dcm2niix is not here")
    for name, script, module in (("SimpleITK", SIMPLEITK, "SimpleITK"), ("dicom2nifti", DICOM2NIFTI, "dicom2nifti")):
        if folder and list((folder.parent / "lib").glob(f"python*/site-packages/{module}")):
            commands[name] = [str(folder / "python"), "-c", script, str(series), str(out / f"{name}.nii.gz")]
        else:
            print(f"{name} is not here")
    return commands


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", type=Path, help="a virtual environment with the peers")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--slices", type=int, default=300)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        series, out = Path(scratch, "series"), Path(scratch, "out")
        make_series(series, arguments.slices)
        (out / "home").mkdir(parents=True)
        (out / "home" / "metadata.csv").write_text("filename\n", encoding="utf-8")
        commands = find_commands(series, out, arguments.peers)
        measured = run_in_turn(commands, arguments.rounds)
        for name in ("ours.nii.gz", "ours.nii", "zlib.nii.gz"):
            assert (out / name).is_file(), f"covidcurate wrote no {name}"
        ours = measured["covidcurate"].median
        files = {path.name.replace("dcm2niix-z", "dcm2niix -z"): path.stat().st_size for path in out.glob("*.nii*")}
        print(f"{'program':20} {'s':>6} {'ours / it':>10} {'peak MB':>8}")
        for name, result in measured.items():
            print(f"{name:20} {result.median:6.2f} {ours / result.median:10.2f} {result.peak:8.0f}")
        for name, size in sorted(files.items()):
            print(f"{name:30} {size / 1e6:7.1f} MB")


if __name__ == "__main__":
    main()
