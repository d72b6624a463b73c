"""Every limit of attachments, in one place. They bound what the machine must bear, so they are no business numbers."""

from datetime import timedelta

MEGABYTE = 1024 * 1024
MEGAPIXEL = 1_000_000

MAX_FILE_BYTES = 20 * MEGABYTE
MAX_FILES_PER_ORDER = 50
# One submission: as many files as Django takes, and less than the longest body the front door lets in.
MAX_FILES_AT_ONCE = 20
MAX_BYTES_AT_ONCE = 60 * MEGABYTE

# Pixels before decoding. Decoders differ: JPEG is read at reduced scale, a progressive one keeps all coefficients,
# PNG is held whole twice (premultiplied alpha), WebP four times. Each limit stays below 200 MB and 2 s.
MAX_PIXELS = {
    "JPEG": 51 * MEGAPIXEL,
    "JPEG progressive": 40 * MEGAPIXEL,
    "PNG": 12 * MEGAPIXEL,
    "WEBP": 10 * MEGAPIXEL,
}
MAX_JPEG_SCANS = 30  # an ordinary progressive photo has ten; each one is a pass over the whole picture
LONGEST_SIDE = 2560
THUMBNAIL_SIDE = 320

MAX_ZIP_ENTRIES = 2000
MAX_ZIP_UNPACKED = 100 * MEGABYTE
LONGEST_ZIP_NAME = 200
LONGEST_NAME = 100

# The disk is refused before it is full: the database may live on the same one.
FREE_BYTES_KEPT = 500 * MEGABYTE
LEFTOVERS_KEPT = timedelta(hours=24)
