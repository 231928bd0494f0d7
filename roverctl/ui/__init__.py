"""The window. Only here Qt and pyqtgraph."""
