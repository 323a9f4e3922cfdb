"""What is wrong with a campaign, and what to do about it."""


class Refused(Exception):
    """Something that the user has to mend before the campaign can run."""


def refuse(problems: list[str], where: str) -> None:
    """Raises all problems at once, a line each; none is no problem."""
    if problems:
        raise Refused(f"{where} cannot be used:\n" + "\n".join(f"  {p}" for p in problems))
