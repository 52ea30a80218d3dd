#!/usr/bin/env python3
"""Man pages and completions of winnow and winnowd, made from what their --help prints.

commands.py BIN OUT   BIN has both programs; OUT gets man1, man8, bash, zsh and fish.

Help is made from the tables of commands, in one form: what does not have it is an error here, not a page with a hole.
"""

import concurrent.futures
import gzip
import pathlib
import re
import subprocess
import sys

# Where the right column of help begins.
INDENT = 30


class Command:
    """A command as its help describes it."""

    def __init__(self, path, text):
        self.path = path
        # The summary and the paragraphs end where the usage begins; headings and their rows follow.
        before, found, after = text.partition("\nUsage: ")
        if not found:
            sys.exit(f"{' '.join(path)} --help has no usage")
        self.usage, _, rest = after.partition("\n")
        head, *self.details = [" ".join(part.split()) for part in before.strip().split("\n\n")]
        name = " ".join(path) + ": "
        if not head.startswith(name):
            sys.exit(f"{' '.join(path)} --help begins with {head!r}")
        self.summary = head[len(name) :].rstrip(".")
        self.sections = {}
        for section in rest.strip("\n").split("\n\n"):
            heading, *lines = section.split("\n")
            if not heading.endswith(":") or heading.startswith(" "):
                sys.exit(f"{' '.join(path)} --help has a heading {heading!r}")
            self.sections[heading[:-1]] = rows(lines, path)

    @property
    def name(self):
        return "-".join(self.path)

    @property
    def subcommands(self):
        return self.sections.get("Commands", [])

    @property
    def flags(self):
        """Rows of all flags, with their headings left out."""
        return [row for heading, rows in self.sections.items() if heading not in ("Commands", "Arguments") for row in rows]


def rows(lines, path):
    """Label and text of each row: a label that is too long for its column stands alone."""
    found = []
    for line in lines:
        if line.startswith(" " * INDENT) and found:
            found[-1][1] = (found[-1][1] + " " + line.strip()).strip()
        elif re.match(r"  \S", line):
            is_alone = len(line) <= INDENT or line[INDENT - 2 : INDENT] != "  "
            found.append([line.strip(), ""] if is_alone else [line[:INDENT].strip(), line[INDENT:].strip()])
        else:
            sys.exit(f"{' '.join(path)} --help has a line {line!r}")
    return [tuple(row) for row in found]


def flag_names(label):
    """The words that a label stands for: `--[no-]json`, `--k N`, `--help, -h`."""
    word = label.split(" ")[0].rstrip(",")
    if word.startswith("--[no-]"):
        return ["--" + word[7:], "--no-" + word[7:]]
    return [word]


def value_of(label):
    """The placeholder of a flag's value; None: it takes none."""
    if label.startswith("--[no-]") or label.startswith(("--help", "--version")):
        return None
    return label.split(" ", 1)[1]


def words_of(placeholder):
    """The words of which a value is one, and whether it is a path."""
    is_choice = placeholder and re.fullmatch(r"[a-z0-9-]+(\|[a-z0-9-]+)+", placeholder)
    is_path = bool(placeholder) and re.match(r"(FILE|DIR|DIRECTORY|PATH)\b", placeholder)
    return (placeholder.split("|") if is_choice else []), bool(is_path)


def read(program):
    """All commands of a program, the program itself first."""

    def ask(path):
        words = [program, *path[1:], "--help"]
        done = subprocess.run(words, capture_output=True, text=True, timeout=120)
        if done.returncode:
            sys.exit(f"{' '.join(words)} ended with {done.returncode}: {done.stderr}")
        return Command(path, done.stdout)

    commands, level = [], [ask([pathlib.Path(program).name])]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        while level:
            commands += level
            level = list(pool.map(ask, [c.path + [name] for c in level for name, _ in c.subcommands]))
    return commands


# --- Man pages ---


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text[:1] in (".", "'") else text


def man_page(command, section, version, known):
    title = command.name.upper()
    lines = [f'.TH "{roff(title)}" "{section}" "" "{roff(version)}" "Winnow"', ".SH NAME"]
    lines += [f"{roff(command.name)} \\- {roff(command.summary[0].lower() + command.summary[1:])}"]
    lines += [".SH SYNOPSIS", f".B {roff(command.usage)}"]
    if command.details:
        lines += [".SH DESCRIPTION"]
        for place, text in enumerate(command.details):
            lines += ([".PP"] if place else []) + [roff(text)]
    for heading, entries in command.sections.items():
        lines += [f".SH {roff(heading.upper())}"]
        for label, text in entries:
            lines += [".TP", f".B {roff(label)}", roff(text) or "\\&"]
    beside = [other for other in known if other.path == command.path[:-1] or other.path[:-1] == command.path]
    if beside:
        lines += [".SH SEE ALSO", ",\n".join(f".BR {roff(other.name)} ({section})" for other in beside).replace(",\n", "\n")]
    return "\n".join(lines) + "\n"


# --- Completions ---


def bash(programs):
    lines = ["# Completion of winnow and winnowd for bash, made from their help.", ""]
    lines += ["# What may follow the command at $1: commands; with a flag in $2 the words of its value.", "_winnow_words() {", "  case $1 in"]
    for commands in programs:
        for command in commands:
            names = [name for name, _ in command.subcommands]
            flags = [flag for label, _ in command.flags for flag in flag_names(label)]
            lines += [f"    '{' '.join(command.path)}')", "      case $2 in"]
            for label, _ in command.flags:
                words, is_path = words_of(value_of(label))
                if value_of(label) is None:
                    continue
                answer = " ".join(words) if words else ":file" if is_path else ":any"
                lines += [f"        {flag_names(label)[0]}) echo '{answer}' ;;"]
            lines += [f"        '') echo '{' '.join(names) or ':file'}' ;;"]
            lines += [f"        flags) echo '{' '.join(flags)}' ;;", "      esac", "      ;;"]
    lines += ["  esac", "}", ""]
    lines += [
        "_winnow() {",
        "  local path=${COMP_WORDS[0]##*/} word place answer",
        "  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}",
        "  COMPREPLY=()",
        "  for ((place = 1; place < COMP_CWORD; place++)); do",
        "    word=${COMP_WORDS[place]}",
        '    case " $(_winnow_words "$path" "") " in *" $word "*) path+=" $word" ;; esac',
        "  done",
        "  if [[ $before == --* ]]; then answer=$(_winnow_words \"$path\" \"$before\"); fi",
        "  if [ -z \"$answer\" ]; then",
        "    if [[ $current == -* ]]; then answer=$(_winnow_words \"$path\" flags); else answer=$(_winnow_words \"$path\" \"\"); fi",
        "  fi",
        "  case $answer in",
        "    :any) ;;",
        "    :file) mapfile -t COMPREPLY < <(compgen -f -- \"$current\") ;;",
        "    *) mapfile -t COMPREPLY < <(compgen -W \"$answer\" -- \"$current\") ;;",
        "  esac",
        "}",
        "complete -o filenames -F _winnow winnow winnowd",
    ]
    return "\n".join(lines) + "\n"


def zsh(programs):
    def quoted(text):
        return text.replace("'", "'\\''")

    def described(text):
        return quoted(re.sub(r"([\[\]:\\])", r"\\\1", text.split(" [")[0]))

    lines = ["#compdef winnow winnowd", "# Completion of winnow and winnowd for zsh, made from their help.", ""]
    lines += ["local place=${words[1]:t} depth=0 word", "local -a names", "while true; do", "  names=()", "  case $place in"]
    for commands in programs:
        for command in commands:
            if command.subcommands:
                names = " ".join(f"'{quoted(name)}:{described(text)}'" for name, text in command.subcommands)
                lines += [f"    '{' '.join(command.path)}') names=({names}) ;;"]
    lines += [
        "  esac",
        "  word=${words[depth + 2]}",
        "  (( depth + 2 < CURRENT )) && [[ -n ${names[(r)$word:*]} ]] || break",
        '  place+=" $word"',
        "  (( depth += 1 ))",
        "done",
        "words=(${words[depth + 1,-1]})",
        "(( CURRENT -= depth ))",
        "if (( $#names )) && [[ ${words[CURRENT]} != -* ]]; then",
        "  _describe command names",
        "  return",
        "fi",
        "case $place in",
    ]
    for commands in programs:
        for command in commands:
            lines += [f"  '{' '.join(command.path)}')", "    _arguments -S \\"]
            for label, text in command.flags:
                placeholder = value_of(label)
                words, is_path = words_of(placeholder)
                for flag in flag_names(label):
                    spec = f"{flag}[{described(text)}]"
                    if placeholder is not None:
                        action = f"({' '.join(words)})" if words else "_files" if is_path else " "
                        spec += f":{described(placeholder.split(' ')[0])}:{action}"
                    lines += [f"      '*{spec}' \\"]
            lines += ["      '*:argument:_files'", "    ;;"]
    return "\n".join(lines + ["esac"]) + "\n"


def fish(programs):
    def quoted(text):
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"

    lines = ["# Completion of winnow and winnowd for fish, made from their help.", ""]
    paths = " ".join(quoted(" ".join(c.path)) for commands in programs for c in commands)
    lines += [
        "# Whether the command line has come to this command.",
        "function __winnow_at",
        f"    set -l known {paths}",
        "    set -l tokens (commandline -opc)",
        "    set -l place (basename $tokens[1])",
        "    for token in $tokens[2..]",
        '        if contains -- "$place $token" $known',
        '            set place "$place $token"',
        "        end",
        "    end",
        '    test "$place" = "$argv[1]"',
        "end",
        "",
    ]
    for commands in programs:
        for command in commands:
            begin = f"complete -c {command.path[0]} -n {quoted('__winnow_at ' + quoted(' '.join(command.path)))}"
            for name, text in command.subcommands:
                lines += [f"{begin} -f -a {name} -d {quoted(text)}"]
            for label, text in command.flags:
                placeholder = value_of(label)
                words, is_path = words_of(placeholder)
                value = "" if placeholder is None else f" -x -a {quoted(' '.join(words))}" if words else " -r" if is_path else " -x"
                for flag in flag_names(label):
                    lines += [f"{begin} -l {flag[2:]}{value} -d {quoted(text.split(' [')[0])}"]
    return "\n".join(lines) + "\n"


def main():
    folder, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    programs = [read(str(folder / name)) for name in ("winnow", "winnowd")]
    version = subprocess.run([folder / "winnow", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    for commands, section in zip(programs, (1, 8)):
        pages = out / f"man{section}"
        pages.mkdir(parents=True, exist_ok=True)
        for command in commands:
            page = man_page(command, section, version, commands).encode()
            # Without a time, so that the same help makes the same bytes.
            (pages / f"{command.name}.{section}.gz").write_bytes(gzip.compress(page, mtime=0))
    for name, text in (("bash", bash), ("zsh", zsh), ("fish", fish)):
        (out / name).write_text(text(programs))
    print(f"{sum(map(len, programs))} commands")


if __name__ == "__main__":
    main()
