"""Near duplicates among pictures, by registration and a threshold that the set itself gives."""

from valgap.auditing.twins.finding import twins_of
from valgap.auditing.twins.record import Kind, Twin, Twins

__all__ = ["Kind", "Twin", "Twins", "twins_of"]
