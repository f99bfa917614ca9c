"""scripts/check_rooms on small houses, each with one thing wrong."""

import pathlib
import subprocess

import pytest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "check_rooms"
MAP = """
add_room(base LIBRARIES fmt::fmt)   # add_room(nonsense gone)
add_room(seal base LIBRARIES OpenSSL::Crypto)
add_room(route base)
add_room(deidentify base)
add_room(pack base seal deidentify)
"""
FINE = {
    "daemon/base/result.h": "#include <string>\n",
    "daemon/seal/stream.h": '#include "base/result.h"\n',
    "daemon/seal/stream.cpp": '#include "seal/stream.h"\n#include <openssl/evp.h>\n',
    "daemon/seal/private.h": "#include <openssl/evp.h>\n",
    "daemon/pack/pack.cpp": '#include "seal/stream.h"\n#include "deidentify/engine.h"\n',
    "daemon/deidentify/engine.h": "#pragma once\n",
    "daemon/programs/dcm_pack.cpp": '#include "pack/pack.h"\n#include "base/result.h"\n',
    "portal/server/CMakeLists.txt": "target_link_libraries(portal_server PUBLIC base)\n",
    "portal/server/main.cpp": '#include "base/result.h"\n#include <boost/asio.hpp>\n',
}


def judge(folder, files, rooms=MAP):
    everything = {**FINE, "CMakeLists.txt": rooms,
                  "cmake/programs.cmake": "add_program(dcm-pack pack)\n", **files}
    for name, text in everything.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    done = subprocess.run([SCRIPT, folder], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_a_house_that_keeps_to_its_map_is_fine(tmp_path):
    assert judge(tmp_path, {}) == (0, "rooms: every #include is granted by its line\n")


@pytest.mark.parametrize("name, text, complaint", [
    ("daemon/route/a.cpp", '#include "seal/stream.h"', "route may not include seal/stream.h"),
    ("daemon/route/a.cpp", '  #  include <seal/stream.h>', "route may not include seal/stream.h"),
    ("daemon/route/a.cpp", "#include <openssl/evp.h>", "route may not include <openssl/evp.h>"),
    ("daemon/route/a.cpp", "#include <sqlite3.h>", "route may not include <sqlite3.h>"),
    ("daemon/base/a.h", '#include "route/route.h"', "base may not include route/route.h"),
    ("daemon/seal/stream.h", '#include "seal/private.h"',
     "daemon/seal/stream.h: other rooms see it, so it may not bring in openssl/"),
    ("daemon/cellar/a.h", "", "daemon/cellar: has no add_room() line"),
    ("daemon/programs/dcm_pack.cpp", '#include "route/route.h"',
     "dcm-pack may not include route/route.h"),
    ("portal/server/main.cpp", '#include "seal/stream.h"',
     "the portal may not include seal/stream.h"),
    ("portal/server/main.cpp", "EVP_DecryptInit_ex(", "may not name OpenSSL's decryption"),
    ("portal/server/CMakeLists.txt", "target_link_libraries(portal_server PUBLIC base pack)",
     "reaches the room pack"),
])
def test_one_include_too_many_is_found(tmp_path, name, text, complaint):
    code, said = judge(tmp_path, {name: text + "\n"})
    assert code == 1
    assert complaint in said
    assert len(said.splitlines()) <= 2, said


@pytest.mark.parametrize("line, complaint", [
    ("add_room(verify base route)", "stages never include each other: verify names route"),
    ("add_room(verify attic)", "verify names attic, which is no room"),
    ("add_room(audit control)\nadd_room(control audit)", "audit depends on itself in a circle"),
])
def test_a_map_that_breaks_the_rules_is_found(tmp_path, line, complaint):
    code, said = judge(tmp_path, {}, MAP + line + "\n")
    assert code == 1
    assert complaint in said
