"""`huashu touch simulate`: the coming days at full speed, on the mock WeCom server."""

from bot.simulate.simulation import Simulation, simulate

__all__ = ["Simulation", "simulate"]
