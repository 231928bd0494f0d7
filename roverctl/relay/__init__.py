"""The way between console and rover: hops, rates, frames, light time."""
