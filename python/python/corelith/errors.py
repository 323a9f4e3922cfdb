"""What is raised. Messages say what was wrong, where, what was expected and found."""


class CorelithError(Exception):
    """Something could not be done."""


class MapNotFoundError(CorelithError):
    """The program worked, and the answer is no: a map lies nowhere in the volume."""


class DeviceError(CorelithError, RuntimeError):
    """The wanted device is not there, or failed."""


class SettingError(CorelithError, ValueError):
    """A setting is unknown or out of its range."""


class DtypeError(CorelithError, TypeError):
    """An argument is no array of the expected type."""


class ShapeError(CorelithError, ValueError):
    """An array has another shape than expected."""
