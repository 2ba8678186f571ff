"""covidcurate convert."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from covidcurate.cli.options import Settings, common_options, format_option, jobs_option, report_option
from covidcurate.cli.output import progress_bar, write_output

if TYPE_CHECKING:
    from covidcurate.convert import Wish


@click.command("convert", short_help="Make PNG, JPEG or NIfTI of DICOM and other images.")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.argument("output", type=click.Path(path_type=Path), metavar="OUTPUT")
@click.option(
    "--to",
    type=click.Choice(["png", "jpg", "nii.gz", "nii", "dcm-info"]),
    help="What to make; by default .nii.gz of a series of slices, PNG of anything else, or what OUTPUT ends in.",
)
@click.option(
    "--window",
    default="auto",
    show_default=True,
    metavar="auto|lung|mediastinum|bone|C,W|full",
    help="Which values become black and white, in HU for CT; auto is as the file says.",
)
@click.option("--bits", type=click.Choice(["8", "16"]), help="Bits a grey level; by default 8, or what a raster has.")
@click.option("--max-size", type=click.IntRange(min=1), default=None, help="Most pixels along the longer side.")
@click.option("--quality", type=click.IntRange(1, 100), default=95, show_default=True, help="Quality of JPEG.")
@click.option("--series", default="", metavar="UID", help="Only the series with this SeriesInstanceUID.")
@click.option("--frame", type=click.IntRange(min=1), help="Only this frame of an image with several.")
@click.option("--invert", is_flag=True, help="Swap black and white, of an image whose header is wrong about it.")
@click.option("--overlays", is_flag=True, help="Draw the overlays of DICOM in white.")
@click.option(
    "--resample", is_flag=True, help="Put slices on a regular grid where some are missing or their distance varies."
)
@click.option(
    "--tilt",
    type=click.Choice(["keep", "shear"]),
    default="keep",
    show_default=True,
    help="Slices of a tilted gantry: keep their values with a sheared affine, or shear them upright by interpolation.",
)
@click.option(
    "--plane",
    type=click.Choice(["axial", "coronal", "sagittal"]),
    default="axial",
    show_default=True,
    help="Plane of pictures of a NIfTI volume.",
)
@click.option(
    "--slice", "which", default="mosaic", show_default=True, metavar="mosaic|middle|all|N", help="Which slices of it."
)
@click.option("--volume", type=click.IntRange(min=1), default=1, show_default=True, help="Which volume of a 4D NIfTI.")
@click.option("--level", type=click.IntRange(0, 9), help="Compression of .nii.gz, 0 to 9 (0 to 3 with igzip).")
@jobs_option
@click.option("--private", is_flag=True, help="For your own use: convert what a license forbids to change, too.")
@click.option("--overwrite", is_flag=True, help="Replace outputs that are there.")
@click.option("--dry-run", is_flag=True, help="Say what would become of each input and write nothing.")
@format_option("text", "json")
@report_option("--report")
@common_options
@click.pass_obj
def command(
    settings: Settings,
    /,
    inputs: tuple[str, ...],
    output: Path,
    dry_run: bool,
    format_: str,
    report: Path | None,
    **options: Any,
) -> int:
    """Convert images: DICOM films and NIfTI volumes to PNG or JPEG, DICOM series to NIfTI, raster images to each other.

    INPUT is a file, a folder, a pattern or a zip or tar archive; OUTPUT a folder, or a file if there is one output.
    Nothing of a header but geometry and values reaches an output, and no name of an output holds what a header says of
    the patient; which input became which output is printed and kept in .covidcurate/convert.jsonl. Slices that make no
    regular grid are refused with the reason, unless --resample is given.
    """
    from covidcurate.convert import RENDERERS, convert, exit_code_of, plan_outputs, unpacked_inputs
    from covidcurate.convert.render import write_journal
    from covidcurate.dataset.folder import state_folder_in

    wish = _wish(output, options)
    key, lasts = settings.find_key(make=not dry_run)
    with unpacked_inputs(inputs, output) as sources:
        items = plan_outputs(sources, output, wish, key)
        if not dry_run:
            with progress_bar(settings, "converting", len(items)) as advance:
                try:
                    for _ in convert(items, wish):
                        advance()
                finally:
                    write_journal(state_folder_in(settings.find_home()[0]), items)
    write_output(RENDERERS[format_](items), report)
    if not dry_run:
        settings.note("Pixels were not looked at for burned-in text.")
    else:
        names = "" if lasts else " There is no key here yet, so that a run gives other pseudonyms."
        settings.note(f"Nothing was written (--dry-run).{names}")
    return exit_code_of(items)


def _wish(output: Path, options: dict[str, Any]) -> Wish:
    """Return what the options ask for, as one object."""
    from covidcurate.convert import Wish
    from covidcurate.convert.plan import ENDINGS
    from covidcurate.errors import UsageError
    from covidcurate.imaging.dicom.build import Grids, Tilt
    from covidcurate.imaging.dicom.render import Look
    from covidcurate.imaging.picture import Encoding
    from covidcurate.imaging.planes import Cut, Plane
    from covidcurate.imaging.window import WindowChoice

    which = options["which"]
    if which not in {"mosaic", "middle", "all"} and not (which.isascii() and which.isdigit()):
        raise UsageError(f"--slice {which!r} is neither mosaic, middle, all, nor a number from 1")
    of_name = "" if output.is_dir() else next((to for end, to in ENDINGS.items() if output.name.endswith(end)), "")
    to = options["to"] or of_name
    if of_name and to != of_name:
        raise UsageError(f"{output}: its name asks for {of_name}, --to for {to}", remedy="Leave out --to.")
    bits = int(options["bits"] or 0)
    if to == "jpg" and bits == 16:
        raise UsageError("a JPEG has 8 bits a grey level", remedy="Use --to png.")
    window = WindowChoice.parse(options["window"])
    return Wish(
        to=to,
        look=Look(window, bits or 8, options["overlays"], options["invert"]),
        encoding=Encoding("png", bits, options["max_size"] or 0, options["quality"]),
        grids=Grids(options["resample"], Tilt(options["tilt"])),
        cut=Cut(Plane(options["plane"]), which, options["volume"], window, bits or 8),
        series=options["series"],
        frame=options["frame"] or 0,
        level=options["level"],
        overwrite=options["overwrite"],
        private=options["private"],
        workers=options["jobs"],
    )
