"""Listening for http and https in threads of this process."""

from dataverse_emulator.server.listening import CannotListen, PortInUse, RunningServer

__all__ = ["CannotListen", "PortInUse", "RunningServer"]
