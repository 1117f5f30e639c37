"""The same work on the workers of a Dask cluster, if there is one.

What every part needs (graph, settings, how to open the arrays) is one task's result, which each worker fetches once;
what the parts of a plane share is another's. Both can be made again wherever a worker is lost.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TypeVar

from napari_retrogan.core.output.parts import Part, with_halo
from napari_retrogan.core.output.styling import Styling, style_part

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from napari_retrogan.core.output.pyramid import Shrinking

_TASKS_A_THREAD = 3
_LOOK_SECONDS = 0.2
Same = TypeVar("Same")


def active_client() -> Any | None:
    """Return the client of Dask's distributed scheduler that is active, without importing it for that."""
    distributed = sys.modules.get("distributed")
    if distributed is None:
        return None
    try:
        return distributed.get_client()
    except ValueError:
        return None


def style_on_cluster(
    client: Any,
    styling: Styling,
    parts: Iterable[Part],
) -> Generator[str | None, None, None]:
    """Style and write parts on the workers, which must see the files under the same paths.

    Closing the iterator ends the work.

    Parameters
    ----------
    client
        Of the cluster.
    styling
        What to do; its arrays are opened by the workers if they lie on disk.
    parts
        Taken from the iterable as workers become free.

    Yields
    ------
    str or None
        The name of each part that is written, and None a few times a second, for who wants to end the work.
    """
    shared = client.submit(_same, styling, pure=False)
    records: dict[int, Any] = {}

    def submit(part: Part) -> Any:
        if part.number not in records:
            records.clear()
            records[part.number] = _submit_record(client, styling, shared, part)
        values = _values(client, styling, part)
        return client.submit(style_part, shared, part, records[part.number], values, pure=False)

    yield from _follow(client, submit, parts)


def shrink_on_cluster(client: Any, shrinking: Shrinking, parts: Iterable[Part]) -> Generator[str | None, None, None]:
    """Make and write parts of a coarser level on the workers, as `style_on_cluster` does those of the largest."""
    shared = client.submit(_same, shrinking, pure=False)
    yield from _follow(client, lambda part: client.submit(_shrink, shared, part, pure=False), parts)


def _follow(client: Any, submit: Callable[[Part], Any], parts: Iterable[Part]) -> Generator[str | None, None, None]:
    """Keep the workers busy with a bounded number of tasks until all are done."""
    import distributed

    waiting, more = iter(parts), True
    pending: set[Any] = set()
    try:
        while more or pending:
            yield None
            room = max(_TASKS_A_THREAD * sum(client.nthreads().values()), 1) - len(pending)
            for _ in range(room if more else 0):
                part = next(waiting, None)
                if part is None:
                    more = False
                    break
                pending.add(submit(part))
            if not pending:
                break
            try:
                finished = distributed.wait(pending, timeout=_LOOK_SECONDS, return_when="FIRST_COMPLETED").done
            except distributed.TimeoutError:
                continue
            pending -= finished
            for future in finished:
                yield future.result()
    finally:
        client.cancel(list(pending))


def _submit_record(client: Any, styling: Styling, shared: Any, part: Part) -> Any:
    """Return what the parts of a picture share, read by a worker if the picture lies on disk."""
    if styling.record_source.on_disk:
        return client.submit(Styling.record, shared, part.index, pure=False)
    return client.submit(_same, styling.record(part.index), pure=False)


def _values(client: Any, styling: Styling, part: Part) -> Any:
    """Return a part's pixels with their halo where a worker can't read them by itself."""
    source = styling.source
    if source.on_disk:
        return None
    region = with_halo(part.region, styling.settings.outer_halo, source.layout.plane_shape)
    values = source.lazy_region(part.index, region)
    return client.compute(values) if source.is_dask else values


def _same(value: Same) -> Same:
    """Return what the tasks share."""
    return value


def _shrink(shrinking: Shrinking, part: Part) -> str:
    """Make a part of a coarser level."""
    return shrinking.write(part)
