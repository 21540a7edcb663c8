"""Listening for http and https in threads of this process."""

from dataverse_emulator.server.listening import RunningServer
from dataverse_emulator.server.sockets import CannotListen, PortInUse

__all__ = ["CannotListen", "PortInUse", "RunningServer"]
