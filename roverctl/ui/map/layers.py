"""What the map is chosen to show: the ground and its light, layers over it in order, names and the rest. Plain data."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from roverctl.core.times import SECOND_NS, format_utc
from roverctl.session.api.map import GROUND, SHADOW, MapInfo, ProductInfo, Sheet
from roverctl.session.api.values import Place
from roverctl.ui.map.tiles import Coat

# The Sun moves 0.13 degrees in a quarter of an hour: less cannot be seen.
_SUN_STEP_NS = 900 * SECOND_NS
_SPAN_STEP_NS = 86_400 * SECOND_NS  # of products over a whole lunar day
_MOST_LAYERS = 64
START_OPACITY = 0.6


class Light(StrEnum):
    """Where the ground's light comes from."""

    DRAWN = "drawn"
    NOW = "now"
    CHOSEN = "chosen"


@dataclass(frozen=True, slots=True)
class Layer:
    """A product over the ground; kept also while the session has no such product."""

    name: str
    shown: bool = False
    opacity: float = START_OPACITY


@dataclass(slots=True)
class MapChoice:
    """Layers from the topmost down, and what else is chosen."""

    layers: list[Layer] = field(default_factory=list)
    ground: bool = True
    light: Light = Light.DRAWN
    light_ns: int = 0  # the chosen time; 0 until one is
    names: bool = True
    graticule: bool = True
    minimap: bool = True

    def know(self, products: tuple[ProductInfo, ...]) -> None:
        """Take in the products there are; new ones go below those that are known."""
        known = {layer.name for layer in self.layers}
        self.layers += [Layer(product.name) for product in products if product.name not in known]

    def change(self, name: str, *, shown: bool | None = None, opacity: float | None = None) -> None:
        """Show or hide a layer, or let it through more or less."""
        for i, layer in enumerate(self.layers):
            if layer.name == name:
                shown = layer.shown if shown is None else shown
                self.layers[i] = replace(layer, shown=shown, opacity=layer.opacity if opacity is None else opacity)

    def order(self, names: list[str]) -> None:
        """Bring layers into an order, topmost first; those not named follow as they were."""
        place = {name: i for i, name in enumerate(names)}
        self.layers.sort(key=lambda layer: place.get(layer.name, len(place)))


def light_time(choice: MapChoice, now_ns: int) -> int:
    """The time of the ground's light, in steps that can be seen; 0 for the draughtsman's."""
    if choice.light is Light.DRAWN:
        return GROUND.t_ns
    t_ns = now_ns if choice.light is Light.NOW or choice.light_ns == 0 else choice.light_ns
    return round(t_ns / _SUN_STEP_NS) * _SUN_STEP_NS


def light_line(choice: MapChoice, now_ns: int) -> str:
    """Where the light comes from, for the caption."""
    t_ns = light_time(choice, now_ns)
    if t_ns == GROUND.t_ns:
        return "light drawn from the north-west"
    return f"light of the Sun at {format_utc(t_ns, 0)[:16].replace('T', ' ')} UTC"


def sheet_for(product: ProductInfo, choice: MapChoice, now_ns: int, rover_m: Place) -> Sheet:
    """The sheet of a product: made for the light's time, or for now; seen from the rover."""
    t_ns = 0
    if product.needs & {"sun", "relay", "sun_span"}:
        t_ns = light_time(choice, now_ns) or light_time(replace(choice, light=Light.NOW), now_ns)
        if "sun_span" in product.needs:
            t_ns = t_ns // _SPAN_STEP_NS * _SPAN_STEP_NS
    point = (float(round(rover_m[0])), float(round(rover_m[1]))) if "point" in product.needs else None
    return Sheet(product.name, t_ns, point)


def coats_for(
    choice: MapChoice, info: MapInfo, now_ns: int, rover_m: Place, before: tuple[Coat, ...]
) -> tuple[Coat, ...]:
    """The coats to lay on, the ground first. What was shown of the same product ``before`` stands in for the new."""
    earlier = {coat.sheet.product: coat.sheet for coat in before}

    def coat(sheet: Sheet, opacity: float = 1.0, *others: Sheet) -> Coat:
        was = earlier.get(sheet.product)
        if was == sheet:  # nothing new: what stood in goes on doing so until all has come
            kept = next(c.stand_ins for c in before if c.sheet == sheet)
            return Coat(sheet, opacity, kept)
        stand_ins = [other for other in (was, *others) if other is not None and other != sheet]
        return Coat(sheet, opacity, tuple(dict.fromkeys(stand_ins)))

    coats = []
    t_ns = light_time(choice, now_ns)
    if choice.ground:
        coats.append(coat(Sheet(t_ns=t_ns), 1.0, GROUND))
        if t_ns != GROUND.t_ns:
            coats.append(coat(Sheet(SHADOW, t_ns)))
    products = {product.name: product for product in info.products}
    for layer in reversed(choice.layers):
        product = products.get(layer.name)
        if product is not None and layer.shown and layer.opacity > 0.0:
            coats.append(coat(sheet_for(product, choice, now_ns, rover_m), layer.opacity))
    return tuple(coats)


def to_plain(choice: MapChoice) -> dict[str, Any]:
    """For the file of the window's state."""
    return {
        "layers": [[layer.name, layer.shown, round(layer.opacity, 2)] for layer in choice.layers],
        "ground": choice.ground,
        "light": choice.light.value,
        "light_ns": choice.light_ns,
        "names": choice.names,
        "graticule": choice.graticule,
        "minimap": choice.minimap,
    }


def from_plain(content: object) -> MapChoice:
    """Read it back; what is missing or wrong is left at its default."""
    choice = MapChoice()
    if not isinstance(content, dict):
        return choice
    for name in ("ground", "names", "graticule", "minimap"):
        if isinstance(content.get(name), bool):
            setattr(choice, name, content[name])
    if content.get("light") in list(Light):
        choice.light = Light(content["light"])
    light_ns = content.get("light_ns")
    if isinstance(light_ns, int) and 0 <= light_ns < 2**62:
        choice.light_ns = light_ns
    layers = content.get("layers")
    for row in layers[:_MOST_LAYERS] if isinstance(layers, list) else []:
        match row:
            case [str(name), bool(shown), int() | float() as opacity] if 0.0 <= opacity <= 1.0:
                if name not in {layer.name for layer in choice.layers}:
                    choice.layers.append(Layer(name, shown, float(opacity)))
            case _:
                continue
    return choice
