"""The console's end of the file service: science products by CFDP class 2."""
