"""Take the front end's third-party files from npm: exact versions, their licences, and a list of hashes.

Run by a developer when a version changes, never at run time: `python static/vendor.py` with `npm` on the path and
`fonttools[woff]` importable. It writes `static/vendor/` and the test-only `tests/browser/vendor/`.
"""

import hashlib
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
TARGET = HERE / "vendor"
TEST_TARGET = HERE.parent / "tests/browser/vendor"

PACKAGES = {
    "htmx.org": "4.0.1",
    "lucide-static": "1.62.0",
    "@fontsource-variable/atkinson-hyperlegible-next": "5.3.0",
    "@fontsource-variable/atkinson-hyperlegible-mono": "5.3.0",
    "axe-core": "4.14.1",
}
COPIES = {"htmx.org/dist/htmx.min.js": "htmx.min.js", "htmx.org/dist/ext/hx-sse.min.js": "hx-sse.min.js"}
TEST_COPIES = {"axe-core/axe.min.js": "axe.min.js", "axe-core/LICENSE": "axe-core.LICENSE"}
FONTS = {
    # source -> target, characters, the part of the weight axis that the style sheet uses
    "next": (
        "atkinson-next.woff2",
        "U+0020-007E,U+00A0,U+00B7,U+00D7,U+2013,U+2014,U+2018-201D,U+2026,U+2192",
        "400:800",
    ),
    "mono": ("atkinson-mono.woff2", "U+0020-007E,U+00A0,U+00B7,U+2026", "400:600"),
}
# fmt: off
ICONS = [
    "archive", "braces", "check", "chevron-down", "chevrons-up-down", "circle-alert", "circle-check", "circle-stop",
    "circle-user-round", "circle-x", "clock", "copy", "disc", "download", "external-link", "folder", "gauge", "globe",
    "key-round", "loader-circle", "lock", "log-out", "mail", "map-pin", "menu", "monitor", "play", "plus", "power",
    "radio", "refresh-cw", "rotate-cw", "search", "server", "share-2", "shield", "smartphone", "sun-moon", "terminal",
    "trash-2", "triangle-alert", "undo-2", "upload", "users",
]
# fmt: on


def main() -> None:
    """Install into a temporary directory, copy what is used, and write the hashes."""
    for directory in (TARGET, TEST_TARGET):
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as scratch:
        wanted = [f"{name}@{version}" for name, version in PACKAGES.items()]
        subprocess.run(["npm", "install", "--no-save", "--ignore-scripts", "--prefix", scratch, *wanted], check=True)
        modules = Path(scratch) / "node_modules"
        for source, name in COPIES.items():
            (TARGET / name).write_text(_without_map((modules / source).read_text()))
        for source, name in TEST_COPIES.items():
            shutil.copy(modules / source, TEST_TARGET / name)
        (TARGET / "icons.svg").write_text(sprite(modules / "lucide-static/icons"))
        for family in FONTS:
            font(modules, family)
        licences(modules)
    _hashes()


def sprite(icons: Path) -> str:
    """One SVG with a `<symbol>` for each icon; the strokes come from the style sheet."""
    symbols = []
    for name in ICONS:
        inside = re.search(r"<svg[^>]*>(.*)</svg>", (icons / f"{name}.svg").read_text(), re.DOTALL)
        assert inside, name
        shapes = " ".join(inside[1].split())
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{shapes}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def font(modules: Path, family: str) -> None:
    """Subset the Latin face to the characters and weights in use; other scripts come from the reader's system."""
    name, characters, weights = FONTS[family]
    package = f"@fontsource-variable/atkinson-hyperlegible-{family}/files"
    source = modules / package / f"atkinson-hyperlegible-{family}-latin-wght-normal.woff2"
    narrowed = modules / f"{family}.ttf"
    subprocess.run(["fonttools", "varLib.instancer", source, f"wght={weights}", "-o", narrowed], check=True)
    options = [f"--unicodes={characters}", "--layout-features=kern,tnum,liga", "--flavor=woff2"]
    subprocess.run(["fonttools", "subset", narrowed, *options, f"--output-file={TARGET / name}"], check=True)


def licences(modules: Path) -> None:
    """Each package's own licence text, beside what was taken from it."""
    for name in PACKAGES:
        if name != "axe-core":
            label = name.rsplit("/", 1)[-1]
            shutil.copy(modules / name / "LICENSE", TARGET / f"{label}.LICENSE")


def _without_map(script: str) -> str:
    return re.sub(r"\n?//# sourceMappingURL=\S+\s*$", "\n", script)


def _hashes() -> None:
    versions = [f"# {name} {version}" for name, version in PACKAGES.items() if name != "axe-core"]
    sums = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}"
        for path in sorted(TARGET.iterdir())
        if path.name != "SHA256SUMS"
    ]
    (TARGET / "SHA256SUMS").write_text("\n".join([*versions, *sums]) + "\n")


if __name__ == "__main__":
    main()
