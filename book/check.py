"""Checks the book and the other documents of the repository.

Every chapter is in SUMMARY.md and every entry there exists; every local link, anchor, picture and
include leads somewhere; sections that are named in words exist; every key of the project file has a
row. Where CORELITH names a program, the generated pages equal what it prints. Exit status 1 where
something is wrong. Needs Python's standard library alone.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import unquote

BOOK = Path(__file__).resolve().parent
SRC = BOOK / "src"
ROOT = BOOK.parent
PICTURE_BYTES = 150_000

INCLUDE = re.compile(r"\{\{#include ([^}:\s]+)(?::(\d*)(?::(\d*))?)?\}\}")
# The text may hold one level of brackets, as a picture within a link does.
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\[\]]*\](?:\([^()]*\))?)*)\]\(([^()\s]+)(?:\s+\"[^\"]*\")?\)")
SECTION_IN_WORDS = re.compile(r"`([\w./-]+\.md)`,\s+(\"[^\"`]+\"(?:\s+and\s+\"[^\"`]+\")*)")

problems = []


def problem(path, text):
    problems.append(f"{path.relative_to(ROOT)}: {text}")


def expanded(path):
    """The text of a chapter with its includes in place."""

    def included(match):
        file, first, last = match.groups()
        target = (path.parent / file).resolve()
        if not target.is_file():
            problem(path, f"includes {file}, which is not there")
            return ""
        lines = target.read_text(encoding="utf-8").splitlines()
        if first is not None:
            end = int(last) if last else (None if last is not None else int(first or 1))
            lines = lines[int(first or 1) - 1 : end]
        if not any(line.strip() for line in lines):
            problem(path, f"includes nothing of {file}")
        return "\n".join(lines)

    return INCLUDE.sub(included, path.read_text(encoding="utf-8"))


def without_code(text):
    """Fenced blocks and code within lines blanked, so that nothing in them is taken for a link."""
    kept, fence = [], None
    for line in text.splitlines():
        mark = re.match(r"\s*(`{3,}|~{3,})", line)
        if fence is None and mark:
            fence = mark.group(1)
            kept.append("")
        elif fence is not None:
            if mark and mark.group(1).startswith(fence) and line.strip() == mark.group(1):
                fence = None
            kept.append("")
        else:
            kept.append(line)
    return re.sub(r"(`+)(?:(?!\1).)+?\1", "", "\n".join(kept))


def headings(text):
    fence = False
    for line in text.splitlines():
        if re.match(r"\s*(```|~~~)", line):
            fence = not fence
        found = None if fence else re.match(r"#{1,6}\s+(.*?)\s*#*$", line)
        if found:
            yield found.group(1)


def anchors(text):
    """Ids of the headings as mdBook and GitHub make them."""
    seen, ids = {}, set(re.findall(r"<a (?:id|name)=\"([^\"]+)\"", text))
    for heading in headings(text):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        plain = re.sub(r"[`*]", "", plain)
        base = "".join(
            "-" if c.isspace() else c.lower() for c in plain if c.isalnum() or c.isspace() or c in "_-"
        )
        count = seen.get(base, 0)
        seen[base] = count + 1
        ids.add(base if count == 0 else f"{base}-{count}")
    return ids


def check_summary(chapters):
    listed = [target for _, _, target in LINK.findall((SRC / "SUMMARY.md").read_text(encoding="utf-8"))]
    for target in {t for t in listed if listed.count(t) > 1}:
        problem(SRC / "SUMMARY.md", f"lists {target} twice")
    listed = {(SRC / target).resolve() for target in listed}
    for path in sorted(listed - set(chapters)):
        problem(SRC / "SUMMARY.md", f"lists {path.relative_to(SRC)}, which is not there")
    for path in sorted(set(chapters) - listed):
        problem(path, "is not in SUMMARY.md")


def check_links(texts, used):
    for path, text in texts.items():
        in_book = SRC in path.parents
        for _, _, target in LINK.findall(without_code(text)):
            if re.match(r"[a-z][a-z0-9+.-]*:", target):
                continue
            file, _, anchor = unquote(target).partition("#")
            to = (path.parent / file).resolve() if file else path
            used.add(to)
            if in_book and SRC not in to.parents:
                problem(path, f"links to {target}, which is not part of the book")
            elif not to.exists():
                problem(path, f"links to {target}, which is not there")
            elif anchor and to.suffix == ".md":
                if to not in texts:
                    texts_of = to.read_text(encoding="utf-8")
                else:
                    texts_of = texts[to]
                if anchor not in anchors(texts_of):
                    problem(path, f"links to {target}, but no heading there is called so")


def check_sections(texts):
    """Sections that are named in words: `benches/RESULTS.md`, "The demo"."""
    for path, text in texts.items():
        for file, names in SECTION_IN_WORDS.findall(text):
            target = ROOT / file
            if not target.is_file():
                problem(path, f"names {file}, which is not there")
                continue
            known = set(headings(target.read_text(encoding="utf-8")))
            for name in re.findall(r"\"([^\"]+)\"", names):
                if " ".join(name.split()) not in known:
                    problem(path, f"names the section \"{name}\" of {file}, which is not there")


def check_pictures(used):
    for path in sorted((SRC / "images").iterdir()):
        if path.stat().st_size > PICTURE_BYTES:
            problem(path, f"has {path.stat().st_size} bytes, at most {PICTURE_BYTES} are allowed")
        if path not in used:
            problem(path, "is shown nowhere")


def check_keys():
    """Every key of the sections of the project file has a row in the reference."""
    source = (ROOT / "crates/io/src/project.rs").read_text(encoding="utf-8")
    page = SRC / "reference/project.md"
    rows = page.read_text(encoding="utf-8")
    for struct in ("CtSection", "SemMap", "SemSection"):
        body = re.search(rf"pub struct {struct} \{{(.*?)\n\}}", source, re.S)
        if body is None:
            problem(page, f"cannot be held against {struct}, which project.rs does not have")
            continue
        for key in re.findall(r"^    pub (\w+):", body.group(1), re.M):
            # These two are named after their tables.
            if key in ("rules", "maps"):
                continue
            if not re.search(rf"^\|[^|]*`{key}`", rows, re.M):
                problem(page, f"has no row for the key `{key}` of {struct}")


def check_generated():
    program = os.environ.get("CORELITH")
    if not program:
        print("generated pages not checked: CORELITH names no program")
        return
    with tempfile.TemporaryDirectory() as folder:
        command = ["bash", str(BOOK / "make_reference.sh"), folder]
        subprocess.run(command, check=True, env={**os.environ, "CORELITH": program})
        for name in ("settings.md", "commands.md"):
            page = SRC / "reference" / name
            if (Path(folder) / name).read_bytes() != page.read_bytes():
                problem(page, "is not what the program prints: run `bash book/make_reference.sh`")


def main():
    chapters = [path for path in SRC.rglob("*.md") if path.name != "SUMMARY.md"]
    others = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", ROOT / "CODE_STYLE.md", ROOT / "CHANGELOG.md"]
    others += [ROOT / "python/README.md", ROOT / "benches/RESULTS.md"]
    others += sorted(ROOT.glob("crates/*/README.md")) + sorted(ROOT.glob("workflow/README.md"))
    texts = {path.resolve(): expanded(path) for path in sorted(chapters)}
    texts |= {path.resolve(): path.read_text(encoding="utf-8") for path in others}
    used = set()
    check_summary([path.resolve() for path in chapters])
    check_links(texts, used)
    check_sections(texts)
    check_pictures(used)
    check_keys()
    check_generated()
    for text in problems:
        print(text, file=sys.stderr)
    print(f"{len(texts)} documents, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
