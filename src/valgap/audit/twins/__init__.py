"""Near duplicates among pictures, by registration and a threshold that the set itself gives."""

from valgap.audit.twins.finding import twins_of
from valgap.audit.twins.record import Kind, Twin, Twins

__all__ = ["Kind", "Twin", "Twins", "twins_of"]
