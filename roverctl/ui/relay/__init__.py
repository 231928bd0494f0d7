"""The way there and back on screen: passes, contacts, delays."""
