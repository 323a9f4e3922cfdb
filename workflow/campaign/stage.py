"""Runs one stage of one sample: the program, its log, the judgement of a model, the mark.

    python -m campaign.stage STAGE --project FILE --results FOLDER --threads N --log FILE ...
"""

import argparse
import shlex
import subprocess
import sys
from pathlib import Path

from .marks import files_of, what_it_came_to, write_mark
from .part import Part
from .problems import Refused
from .suitability import differences

STAGES = ["import", "register", "train", "part", "segment", "sums", "measure", "report"]
# Stages about a part of the volume, and the command that does them.
OF_PARTS = {"part": "segment", "sums": "measure"}
# The program's exit status where it worked and the answer is no: here, that the model does not suit.
SAID_NO = 1
HELP = (
    "help: leave `model_from` and `model` empty in the table, so that the sample learns a model of "
    "its own; or name a model of such scans; or write `go_on` in the column `unsuitable` to apply "
    "this one all the same"
)


class Failed(Refused):
    """The program has ended with another status than 0."""

    def __init__(self, text: str, status: int):
        super().__init__(text)
        self.status = status


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="campaign.stage")
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("--program", required=True, help="command line of the program")
    parser.add_argument("--project", type=Path, required=True)
    parser.add_argument("--results", type=Path, required=True, help="those of the sample")
    parser.add_argument("--device", required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--model", type=Path, help="folder of a model that was made elsewhere")
    parser.add_argument("--unsuitable", choices=["stop", "go_on"], default="stop")
    parser.add_argument("--part", type=Part.of_text, help="which part, as 2/4; with `part`, `sums`")
    return parser.parse_args()


class Program:
    """The program on one sample, with all that it says in the log."""

    def __init__(self, given: argparse.Namespace, log):
        self.given, self.log = given, log

    def run(self, stage: str, *options: str) -> None:
        """Runs a stage."""
        given = self.given
        command = shlex.split(given.program)
        command += [stage, str(given.project), "--out", str(given.results), *options]
        command += ["--device", given.device, "--threads", str(given.threads)]
        self.say("$ " + shlex.join(command))
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
            for line in running.stderr:
                self.say(line.rstrip("\n"))
            status = running.wait()
        if status != 0:
            raise Failed(f"`{shlex.join(command)}` ended with status {status}", status)

    def say(self, line: str) -> None:
        print(line, file=self.log, flush=True)
        print(line, file=sys.stderr, flush=True)


def apply_model(program: Program, given: argparse.Namespace) -> None:
    """Segments with a model that was made elsewhere, unless it does not suit the sample."""
    options = ["--forget", "--model", str(given.model), *part_options(given)]
    if given.unsuitable == "stop":
        options.append("--only-suitable")
    try:
        program.run("segment", *options)
    except Failed as reason:
        if reason.status != SAID_NO:
            raise
        raise Refused(f"the model {given.model} does not suit this sample\n{HELP}") from reason
    for differs in differences(given.results, given.part):
        program.say(f"the model does not suit the sample, which goes on all the same: {differs}")


def part_options(given: argparse.Namespace) -> list[str]:
    """What the program is told of the part that it is to see or to measure."""
    return ["--part", str(given.part)] if given.stage in OF_PARTS else []


def run_stage(program: Program, given: argparse.Namespace) -> None:
    """What was asked for by hand on the same results is forgotten: table and project files alone
    say what is done. `measure` and `report` go by the model that `segment` was asked for."""
    command = OF_PARTS.get(given.stage, given.stage)
    if given.model and given.stage == "sums":
        # Asked for again, the model would take the results from the other parts.
        program.run(command, *part_options(given))
    elif given.model and command == "segment":
        apply_model(program, given)
    elif given.model and command in ("measure", "report"):
        apply_model(program, given)
        program.run(command)
    else:
        program.run(command, "--forget", *part_options(given))


def mark_done(given: argparse.Namespace) -> None:
    """Marks the stage, or that of a part, as done."""
    if given.stage in OF_PARTS:
        files = files_of([given.results / "stages" / given.part.record(given.stage)])
        write_mark(given.results, given.part.mark(given.stage), files)
    else:
        write_mark(given.results, given.stage, what_it_came_to(given.results, given.stage))


def main() -> int:
    given = arguments()
    given.log.parent.mkdir(parents=True, exist_ok=True)
    with given.log.open("w", encoding="utf-8") as log:
        program = Program(given, log)
        try:
            run_stage(program, given)
            mark_done(given)
        except (Refused, OSError, ValueError) as reason:
            program.say(f"error: {reason}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
