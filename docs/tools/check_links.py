"""Check the built site: `python docs/tools/check_links.py out/site`.

Every link, picture, script and style sheet inside the site has to be there, with the anchor it names; nothing
may be loaded from another host. Links to other hosts are listed and not followed. Exit status 1 if one is
broken.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    """Anchors that a page has, links that lead out of it, and what it loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: set[str] = set()
        self.loaded: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.anchors |= {value for key in ("id", "name") if (value := found.get(key))}
        if tag == "a" and found.get("href"):
            self.links.add(str(found["href"]))
        loads = found.get("src") or (tag == "link" and found.get("rel") != "canonical" and found.get("href"))
        if loads:
            self.loaded.add(str(loads))


def check(site: Path) -> tuple[list[str], dict[str, list[str]]]:
    """What is broken, one line each, and the links to other hosts with the pages that have them."""
    # Files of the theme in _static are templates, not pages.
    files = [path for path in sorted(site.rglob("*.html")) if "_static" not in path.parts]
    pages = {path.resolve(): Page(path.read_text(encoding="utf-8")) for path in files}
    broken: list[str] = []
    external: dict[str, list[str]] = defaultdict(list)
    for path, page in pages.items():
        name = path.relative_to(site.resolve())
        for target in sorted(page.links | page.loaded):
            parts = urlsplit(target)
            if parts.scheme in {"mailto", "data"}:
                continue
            if parts.scheme or parts.netloc:
                external[target].append(str(name))
                if target in page.loaded:
                    broken.append(f"{name}: loads {target} from another host")
                continue
            file = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not file.is_file():
                broken.append(f"{name}: {target} is not there")
            elif parts.fragment and file in pages and unquote(parts.fragment) not in pages[file].anchors:
                broken.append(f"{name}: {target} names an anchor that is not there")
    return broken, dict(external)


def main() -> int:
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        print("usage: check_links.py SITE, the folder of a built site", file=sys.stderr)
        return 2
    site = Path(sys.argv[1])
    broken, external = check(site)
    print("\n".join([*broken, f"{len(broken)} broken links inside the site"]))
    print(f"{len(external)} links to other hosts, not followed:")
    print("\n".join(f"  {target}" for target in sorted(external)))
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
