"""Keep napari from a crash of Mesa's, in windows that Mesa draws on the processor."""

from __future__ import annotations

from functools import cache, wraps

from vispy.gloo import gl, glir

_RENDERERS = ("llvmpipe", "softpipe")


@cache
def keep_programs() -> None:
    """Have Mesa's software renderers keep the programs of layers that are removed, a few kilobytes each.

    What they draw after a program was deleted may end napari's process, as ``scripts/show_mesa_crash.py`` shows
    without this plugin; and its previews are layers that come and go. Other drivers delete programs as before.
    """
    delete = glir.GlirProgram.delete

    @wraps(delete)
    def delete_elsewhere(program: glir.GlirProgram) -> None:
        if not any(name in gl.glGetParameter(gl.GL_RENDERER) for name in _RENDERERS):
            delete(program)

    glir.GlirProgram.delete = delete_elsewhere
