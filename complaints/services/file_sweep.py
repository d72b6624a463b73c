"""Rows and files agree (invariant 29): leftovers of crashes go, what is missing is told, the rest stays."""

import hashlib
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path

from complaints.models import Attachment
from complaints.services import file_store
from complaints.services.files import reference

BATCH = 500
Owner = Callable[[set[uuid.UUID]], set[uuid.UUID]]
_owners: list[Owner] = []


def register_owner(owner: Owner) -> None:
    """Lets an app above keep files of its own in the store: ``owner(uids)`` returns those that are its."""
    _owners.append(owner)


@dataclass
class Swept:
    """What a sweep did and found. ``missing`` and ``changed`` name files by order number and identifier."""

    temporary: int = 0
    orphans: int = 0
    missing: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)


def sweep(now: datetime, *, verify: bool = False, dry_run: bool = False) -> Swept:
    """Removes temporary files and files without a row once they are a day old; reports rows whose file is missing or
    of another size. ``verify`` also reads every file and compares its hash. Running it twice or late does no harm."""
    found = Swept()
    for path in list(file_store.leftovers(now)):
        found.temporary += _remove(path, dry_run)
    for batch in _batches(file_store.stored(now)):
        uids = {uid for uid, _ in batch}
        known = set(Attachment.objects.filter(uid__in=uids).values_list("uid", flat=True))
        known = known.union(*(owner(uids) for owner in _owners))
        found.orphans += sum(_remove(path, dry_run) for uid, path in batch if uid not in known)
    for file in Attachment.objects.select_related("order").order_by("id").iterator(chunk_size=BATCH):
        _compare(file, found, verify=verify)
    return found


def _remove(path: Path, dry_run: bool) -> int:
    if not dry_run:
        file_store.remove(path)
    return 1


def _batches(pairs: Iterable[tuple[uuid.UUID, Path]]) -> Iterator[list[tuple[uuid.UUID, Path]]]:
    rest = iter(pairs)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _compare(file: Attachment, found: Swept, *, verify: bool) -> None:
    try:
        if file.is_image:
            file_store.open_stored(file.uid, thumbnail=True).close()
        with file_store.open_stored(file.uid) as stream:
            size = stream.seek(0, 2)
            stream.seek(0)
            same = size == file.size and (
                not verify or hashlib.file_digest(stream, "sha256").hexdigest() == file.sha256
            )
    except FileNotFoundError:
        found.missing.append(reference(file))
        return
    if not same:
        found.changed.append(reference(file))
