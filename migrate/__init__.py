"""Moves a service desk out of HP Service Manager and into TOPdesk, unit by unit."""

__version__ = "0.1.0"
