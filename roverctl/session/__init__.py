"""The one owner of state: live and replay, the engine's process, the operation folder."""
