"""One of the parts that the volume of a sample is segmented in."""

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

    @property
    def record(self) -> str:
        """The program's record of it, in the folder of its records."""
        return f"part/{self.number} of {self.of}.json"

    @property
    def mark(self) -> str:
        """The name of its mark."""
        return f"part-{self.number}-of-{self.of}"
