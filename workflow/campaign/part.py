"""One of the parts that the volume of a sample is segmented and measured in."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    number: int
    of: int

    @classmethod
    def of_text(cls, text: str) -> "Part":
        """From the form of the program's `--part`: 2/4."""
        number, of = text.split("/")
        return cls(int(number), int(of))

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def record(self, stage: str) -> str:
        """The program's record of a stage of it, in the folder of its records."""
        return f"{stage}/{self.number} of {self.of}.json"

    def mark(self, stage: str) -> str:
        """The name of the mark of a stage of it."""
        return f"{stage}-{self.number}-of-{self.of}"
