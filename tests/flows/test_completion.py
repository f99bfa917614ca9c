"""bash completion against the programs: what it offers is what they take."""

import re
import subprocess

import pytest

from tests.house.house import BIN, ROLES, ROOT

GROUPS = ("recipients", "audit", "mail", "clock", "keys")  # commands only with a second word
FOLDER = ROOT / "packaging/completion"


def offered(program, *words):
    """What bash offers after these words; the last one is the one under the cursor."""
    script = f'source "{FOLDER / program}"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); ' \
             f'_{program.replace("-", "_")}; printf "%s\\n" "${{COMPREPLY[@]}}"'
    done = subprocess.run(["bash", "-c", script, "bash", program, *words], capture_output=True, text=True, check=True)
    assert not done.stderr
    return set(done.stdout.split())


def help_of(program, *words):
    done = subprocess.run([BIN / program, *words, "--help"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def subcommands(text):
    return set(re.findall(r"^  ([a-z-]+) ", text[text.index("Subcommands:"):], re.M)) if "Subcommands:" in text else set()


def options(text):
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text.split("Subcommands:")[0]))


def options_of_command(text):
    """Those with a line of their own; others are only spoken of."""
    return set(re.findall(r"^  (?:-\w,)?(--[a-z-]+)", text, re.M))


def commands():
    for first in sorted(subcommands(help_of("dcmcourier"))):
        inner = subcommands(help_of("dcmcourier", first))
        yield [first]
        yield from ([first, second] for second in sorted(inner))


@pytest.mark.parametrize("program, words", [("dcmcourier", []), ("dcmcourier-portal", [])])
def test_every_command_is_offered_and_no_other(program, words):
    found = {word for word in offered(program, *words, "") if not word.startswith("-")}
    assert found == subcommands(help_of(program)) and len(found) >= 3


def test_every_option_of_a_command_is_offered_and_no_other():
    seen = 0
    for words in commands():
        text = help_of("dcmcourier", *words)
        if words == ["open"]:  # its arguments are the opener's
            continue
        expected = options_of_command(text) | {"--help"} if words[0] not in GROUPS or words[1:] else set()
        assert offered("dcmcourier", *words, "--") == expected, words
        assert subcommands(text) <= offered("dcmcourier", *words, ""), words
        seen += 1
    assert seen > 20
    opener = options(help_of("dcmcourier-open")) - {"--version"}
    assert offered("dcmcourier", "open", "--") == opener


def test_the_options_of_the_other_programs_are_offered():
    assert offered("dcmcourier-open", "--") == options(help_of("dcmcourier-open"))
    for command in ("serve", "check", "pair"):
        assert offered("dcmcourier-portal", command, "--") == options(help_of("dcmcourier-portal", command))
    assert offered("dcmcourierd", "") >= {"run", *ROLES}
    for role in ROLES:
        assert offered("dcmcourierd", role, "--") == options(help_of(f"dcmcourierd-{role}")) - {"--version"} | {"--help"}


def test_a_word_that_was_begun_is_completed_behind_options_of_the_program():
    assert offered("dcmcourier", "--config", "x.yaml", "rel") == {"release"}
    assert offered("dcmcourier", "shares", "c") == {"code"}
