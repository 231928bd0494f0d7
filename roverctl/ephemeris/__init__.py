"""The sky: Sun, Earth, Moon, stations and the relay's halo; ranges, elevations, light time, passes."""
