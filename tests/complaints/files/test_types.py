"""What may be attached and what may not, by content alone (RELIABILITY 3, T12). No database, no web."""

import io
import os
import resource
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from complaints.file_types import IMAGES, FileType, Picture, Unfit, inspect, name_for, redraw, tidy_name
from complaints.file_types.limits import LONGEST_NAME, LONGEST_SIDE, MEGABYTE, THUMBNAIL_SIDE
from tests.data.upload_corpus import GOOD, HOSTILE, TAMED, Good, Hostile
from tests.data.uploads import SCRIPT, exif_jpeg, image

LONGEST_SECONDS, MOST_MEMORY = 2.0, 200 * MEGABYTE


@contextmanager
def bounded() -> Iterator[None]:
    """Fails what needs more than 2 s of processor or 200 MB of address space on top of what the process has."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    now = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    began = time.process_time()
    resource.setrlimit(resource.RLIMIT_AS, (now + MOST_MEMORY, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
    assert time.process_time() - began <= LONGEST_SECONDS


def take(content: bytes, name: str, tmp_path: Path) -> tuple[FileType, Picture | None]:
    path = tmp_path / "file"
    path.write_bytes(content)
    size = len(content)
    del content
    with path.open("rb") as stream, bounded():
        found = inspect(stream, size=size, name=name)
        picture = redraw(stream, found) if found in IMAGES else None
    return (picture.found if picture else found), picture


def test_the_corpus_is_large_enough() -> None:
    """T12: at least 60 files."""
    assert len(HOSTILE) >= 60
    assert len({one.label for one in HOSTILE}) == len(HOSTILE)


@pytest.mark.parametrize("sample", GOOD, ids=lambda one: one.name)
def test_an_allowed_file_is_recognised_by_its_content(sample: Good, tmp_path: Path) -> None:
    found, _picture = take(sample.make(), sample.name, tmp_path)
    assert found is sample.found


@pytest.mark.parametrize("sample", HOSTILE, ids=lambda one: one.label)
def test_a_hostile_file_is_refused_for_its_reason_within_time_and_memory(sample: Hostile, tmp_path: Path) -> None:
    """T12: no decoder blow-up; the refusal names the remedy."""
    with pytest.raises(Unfit) as refused:
        take(sample.make(), sample.name, tmp_path)
    assert refused.value.problem is sample.problem
    assert "%(" not in refused.value.message


@pytest.mark.parametrize("sample", TAMED, ids=lambda one: one.name)
def test_an_image_keeps_its_pixels_and_nothing_else(sample: Good, tmp_path: Path) -> None:
    """EXIF, GPS, comments, profiles, private chunks and everything behind the image are gone."""
    found, picture = take(sample.make(), sample.name, tmp_path)
    assert found is sample.found
    assert picture is not None
    for content in (picture.content, picture.thumbnail):
        drawn = Image.open(io.BytesIO(content))
        drawn.load()
        assert not drawn.getexif()
        assert set(drawn.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert not zipfile.is_zipfile(io.BytesIO(content))
        assert not any(word in content for word in (b"<script", b"<?php", b"Exif", b"Camera", b"ICC_PROFILE", SCRIPT))
    assert max(picture.width, picture.height) <= LONGEST_SIDE
    assert max(Image.open(io.BytesIO(picture.thumbnail)).size) <= THUMBNAIL_SIDE


def test_the_sample_photo_really_carries_a_place() -> None:
    assert Image.open(io.BytesIO(exif_jpeg())).getexif().get_ifd(0x8825)


@pytest.mark.parametrize(
    ("orientation", "size"), [(1, (120, 80)), (3, (120, 80)), (6, (80, 120)), (8, (80, 120)), (99, (120, 80))]
)
def test_a_photo_is_turned_the_way_the_camera_was_held(orientation: int, size: tuple[int, int]) -> None:
    picture = redraw(io.BytesIO(exif_jpeg(orientation)), FileType.JPEG)
    assert (picture.width, picture.height) == size


def test_every_orientation_gives_the_same_upright_picture() -> None:
    """As Pillow's own rotation would."""
    for orientation in range(1, 9):
        source = exif_jpeg(orientation, size=(96, 64))
        wanted = ImageOps.exif_transpose(Image.open(io.BytesIO(source)))
        drawn = Image.open(io.BytesIO(redraw(io.BytesIO(source), FileType.JPEG).content))
        assert drawn.size == wanted.size
        corners = [(0, 0), (wanted.width - 1, wanted.height - 1)]
        for at in corners:
            got, want = drawn.convert("L").getpixel(at), wanted.convert("L").getpixel(at)
            assert isinstance(got, int)
            assert isinstance(want, int)
            assert abs(got - want) < 12, orientation


def test_a_large_photo_is_scaled_and_a_small_one_is_not() -> None:
    large = redraw(io.BytesIO(image(size=(4000, 3000))), FileType.JPEG)
    small = redraw(io.BytesIO(image(size=(300, 200))), FileType.JPEG)
    assert (large.width, large.height) == (LONGEST_SIDE, LONGEST_SIDE * 3 // 4)
    assert (small.width, small.height) == (300, 200)


def test_a_sixteen_bit_picture_is_not_washed_out() -> None:
    picture = redraw(io.BytesIO(image("PNG", mode="I;16")), FileType.PNG)
    assert Image.open(io.BytesIO(picture.content)).mode == "L"


@pytest.mark.parametrize(
    ("original", "shown"),
    [
        ("移交函.pdf", "移交函.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\王\\照片.jpg", "照片.jpg"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("a\u200bb\ufeff.txt", "ab.txt"),
        ("a\x00b\r\nc.txt", "ab c.txt"),
        ('<img src=x onerror="a">.png', "_img src=x onerror=_a__.png"),
        ("CON.txt", "_CON.txt"),
        ("   ..  ", "附件"),
        ("", "附件"),
        ("/", "附件"),
        ("\ud800.txt", "txt"),
        ("é.txt", "é.txt"),
    ],
)
def test_a_name_is_tidied_for_display(original: str, shown: str) -> None:
    assert tidy_name(original) == shown


def test_a_long_name_keeps_its_suffix() -> None:
    name = tidy_name("照" * 300 + ".jpeg")
    assert len(name) == LONGEST_NAME
    assert name.endswith("照.jpeg")
    assert len(tidy_name("a." + "b" * 300)) <= LONGEST_NAME


@pytest.mark.parametrize(
    ("original", "found", "shown"),
    [
        ("a.JPEG", FileType.JPEG, "a.JPEG"),
        ("a.exe", FileType.JPEG, "a.exe.jpg"),
        ("a.php.jpg", FileType.JPEG, "a.php.jpg"),
        ("a.html", FileType.PNG, "a.html.png"),
        ("微信图片.png", FileType.JPEG, "微信图片.png.jpg"),
        ("长" * 200 + ".exe", FileType.PDF, "长" * 96 + ".pdf"),
    ],
)
def test_a_shown_name_ends_as_the_content_says(original: str, found: FileType, shown: str) -> None:
    assert name_for(original, found) == shown
