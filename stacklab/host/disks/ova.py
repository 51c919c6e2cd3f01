"""An OVA while it arrives: a plain tar (POSIX ustar) of a description and its files, which nothing here unpacks.

Whoever unpacks it elsewhere is spared links, devices, names that lead outside and sizes that are lies.
"""

from pathlib import Path

from stacklab.host.disks.spec import UnsafeImage

_BLOCK = 512
_READ = 1 << 20
_MOST_FILES = 256
_LONGEST = 1 << 40  # bytes of one file
_END = bytes(_BLOCK)

Bytes = bytes | bytearray | memoryview


def inspect(path: Path) -> None:
    """Raises UnsafeImage for a file that is no such archive, or not all of one."""
    archive = Archive()
    with path.open("rb") as file:
        while block := file.read(_READ):
            archive.feed(block)
    archive.end()


class Archive:
    """Fed the archive's bytes in order."""

    def __init__(self) -> None:
        self._header = bytearray()
        self._skip = 0
        self._names: set[str] = set()
        self._ended = False

    def feed(self, block: Bytes) -> None:
        """Raises UnsafeImage at the first header that is not one of a file with a plain name."""
        at = 0
        while at < len(block) and not self._ended:
            if self._skip:
                step = min(self._skip, len(block) - at)
                self._skip -= step
                at += step
                continue
            piece = block[at : at + _BLOCK - len(self._header)]
            self._header += piece
            at += len(piece)
            if len(self._header) == _BLOCK:
                self._member(bytes(self._header))
                self._header.clear()

    def end(self) -> None:
        """There is no more. Raises UnsafeImage unless the archive's own end was seen."""
        if not self._ended:
            raise UnsafeImage("The content is not an OVA, or it is cut off.")

    def _member(self, header: bytes) -> None:
        if header == _END:
            if not self._names:
                raise UnsafeImage("The archive is empty.")
            self._ended = True
            return
        size, name = self._checked(header)
        if not self._names and not name.lower().endswith(".ovf"):
            raise UnsafeImage("The first file of an OVA must be its .ovf description.")
        if name in self._names:
            raise UnsafeImage("The archive has a file twice.")
        self._names.add(name)
        if len(self._names) > _MOST_FILES:
            raise UnsafeImage(f"The archive has more than {_MOST_FILES} files.")
        self._skip = -(-size // _BLOCK) * _BLOCK

    def _checked(self, header: bytes) -> tuple[int, str]:
        """Size and name. The checksum counts its own field as blanks."""
        if header[257:262] != b"ustar" or _octal(header[148:156]) != sum(header[:148]) + sum(header[156:]) + 8 * 32:
            raise UnsafeImage("The content is not an OVA: a tar header is broken.")
        if header[156:157] not in (b"0", b"\0"):
            raise UnsafeImage("The archive has something else in it than plain files: a link, a folder, a device.")
        try:
            name = (header[:100].split(b"\0")[0]).decode("utf-8")
        except UnicodeDecodeError:
            raise UnsafeImage("The archive has a file whose name is not text.") from None
        if not name or header[345] or "/" in name or "\\" in name or name in (".", ".."):
            raise UnsafeImage("The archive has a file whose name leads somewhere else.")
        size = _octal(header[124:136])
        if size > _LONGEST:
            raise UnsafeImage("The archive has a file of an impossible size.")
        return size, name


def _octal(field: bytes) -> int:
    """Raises UnsafeImage for anything but octal digits: base-256 sizes are for files no OVA has."""
    text = field.strip(b" \0")
    if not text or text.strip(b"01234567"):
        raise UnsafeImage("The content is not an OVA: a number in a tar header is broken.")
    return int(text, 8)
