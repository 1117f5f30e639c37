"""What a step's losses are, in words."""

LOSSES_EXPLAINED = (
    "Numbers (losses) say how far drawn grain still is from that of the vintage pictures, or, of patches, what the "
    "generator and its judge (the discriminator) still get wrong. None need fall to 0."
)
_LOSSES = {"drift": "change of tones"}
_NETWORKS = {"_generator": " (look)", "_discriminator": " (judge)"}


def loss_in_words(name: str) -> str:
    """Return what people call a loss."""
    for ending, network in _NETWORKS.items():
        if name.endswith(ending):
            return f"{name.removesuffix(ending)}{network}"
    return _LOSSES.get(name, name.replace("_", " "))
