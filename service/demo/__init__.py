"""The main job on real input: everything on this machine, walked through with an operator's own commands."""
