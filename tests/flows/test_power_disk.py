"""The disk of the power cuts itself: one that forgets too little would prove nothing, one that forgets what was synced
would blame the innocent."""

import contextlib
import errno
import mmap
import os
import sqlite3

import pytest

from tests.house.house import wait_until
from tests.power.disk import Disk, MayNotMount


@pytest.fixture
def open_disk(tmp_path):
    disks = []

    def make(**options):
        try:
            disks.append(Disk(tmp_path / f"disk{len(disks)}", **options))
        except MayNotMount as problem:
            pytest.skip(f"needs the right to mount: {problem}")
        return disks[-1]

    yield make
    for disk in disks:
        disk.close()


def sync(path, folder=False):
    fd = os.open(path, os.O_RDONLY | (os.O_DIRECTORY if folder else 0))
    os.fsync(fd)
    os.close(fd)


def write(path, content, synced=True):
    path.write_bytes(content)
    if synced:
        sync(path)


def pull(disk):
    disk.cut()
    return disk.on()


def names(disk):
    return sorted(os.listdir(disk.folder))


def after_cuts(open_disk, prepare, look, cuts=40):
    """What was there after the cut, over many seeds: a set, since the dice decide about what was not synced."""
    seen = set()
    for seed in range(cuts):
        disk = open_disk(seed=seed)
        prepare(disk)
        pull(disk)
        seen.add(look(disk))
        disk.close()
    return seen


def content(name):
    def look(disk):
        path = disk.folder / name
        return path.read_bytes() if path.exists() else None
    return look


def test_what_is_synced_with_its_name_outlives_every_cut(open_disk):
    def prepare(disk):
        write(disk.folder / "kept", b"content" * 5000)
        sync(disk.folder, folder=True)
    assert after_cuts(open_disk, prepare, content("kept")) == {b"content" * 5000}


def test_a_synced_file_whose_name_was_not_synced_may_be_gone_with_all_its_content(open_disk):
    seen = after_cuts(open_disk, lambda disk: write(disk.folder / "new", b"content"), content("new"))
    assert seen == {None, b"content"}


def test_a_synced_name_of_a_file_that_was_not_synced_leads_to_nothing_or_parts(open_disk):
    def prepare(disk):
        write(disk.folder / "new", b"x" * 40960, synced=False)
        sync(disk.folder, folder=True)
    seen = after_cuts(open_disk, prepare, content("new"), cuts=60)
    assert {b"", b"x" * 40960} < seen  # and holes, which read as zeros
    assert any(0 < one.count(b"\0") < 40960 and len(one) == 40960 for one in seen)


def test_a_write_over_what_was_synced_may_be_forgotten_and_may_be_torn(open_disk):
    def prepare(disk):
        path = disk.folder / "file"
        write(path, b"a" * 8192)
        sync(disk.folder, folder=True)
        with open(path, "r+b") as file:
            file.write(b"b" * 8192)
    seen = after_cuts(open_disk, prepare, content("file"), cuts=120)
    assert {b"a" * 8192, b"b" * 8192, b"a" * 4096 + b"b" * 4096} <= seen
    assert any(one.count(b"b") % 4096 for one in seen), "never within a block"


@pytest.mark.parametrize("size", [100, 6000])
def test_a_file_that_was_cut_back_and_grew_again_never_shows_what_was_never_there(open_disk, size):
    def prepare(disk):
        path = disk.folder / "file"
        write(path, b"a" * 9000)
        sync(disk.folder, folder=True)
        os.truncate(path, size)
        os.truncate(path, 8000)
        sync(path)
    assert after_cuts(open_disk, prepare, content("file"), cuts=10) == {b"a" * size + bytes(8000 - size)}


def test_a_rename_is_durable_only_with_its_folder_and_is_never_half_done(open_disk):
    def prepare(disk):
        write(disk.folder / "file", b"old")
        sync(disk.folder, folder=True)
        write(disk.folder / "new", b"new")
        os.rename(disk.folder / "new", disk.folder / "file")
    assert after_cuts(open_disk, prepare, content("file")) == {b"old", b"new"}

    def synced(disk):
        prepare(disk)
        sync(disk.folder, folder=True)
    assert after_cuts(open_disk, synced, lambda disk: (tuple(names(disk)), content("file")(disk))) == {(("file",), b"new")}


def test_a_removed_file_may_come_back_whole_until_its_folder_is_synced(open_disk):
    def prepare(disk):
        write(disk.folder / "file", b"content")
        sync(disk.folder, folder=True)
        os.unlink(disk.folder / "file")
    assert after_cuts(open_disk, prepare, content("file")) == {b"content", None}

    def synced(disk):
        prepare(disk)
        sync(disk.folder, folder=True)
    assert after_cuts(open_disk, synced, content("file"), cuts=10) == {None}


def test_a_folder_needs_its_parent_synced_and_does_not_sync_what_is_in_it(open_disk):
    def prepare(disk):
        (disk.folder / "a").mkdir()
        write(disk.folder / "a" / "file", b"content")
        sync(disk.folder / "a", folder=True)
    assert after_cuts(open_disk, prepare, content("a/file")) == {b"content", None}

    def parent_alone(disk):
        (disk.folder / "a").mkdir()
        write(disk.folder / "a" / "file", b"content")
        sync(disk.folder, folder=True)
    seen = after_cuts(open_disk, parent_alone, lambda disk: tuple(names(disk)) + (content("a/file")(disk),))
    assert seen == {("a", b"content"), ("a", None)}


def linked(disk, folder_synced):
    fd = os.open(disk.folder, os.O_TMPFILE | os.O_WRONLY, 0o600)
    os.write(fd, b"content")
    os.fdatasync(fd)
    folder = os.open(disk.folder, os.O_RDONLY | os.O_DIRECTORY)
    os.link(f"/proc/self/fd/{fd}", "file", dst_dir_fd=folder, follow_symlinks=True)
    os.close(folder)
    os.close(fd)
    if folder_synced:
        sync(disk.folder, folder=True)


def test_a_file_without_a_name_takes_one_that_is_durable_with_its_folder(open_disk):
    assert after_cuts(open_disk, lambda disk: linked(disk, False), content("file")) == {b"content", None}
    assert after_cuts(open_disk, lambda disk: linked(disk, True), content("file"), cuts=10) == {b"content"}


def test_a_file_that_never_took_a_name_leaves_nothing(open_disk):
    disk = open_disk()
    fd = os.open(disk.folder, os.O_TMPFILE | os.O_RDWR, 0o600)
    os.write(fd, b"content")
    os.fsync(fd)
    assert os.pread(fd, 7, 0) == b"content"
    os.close(fd)
    pull(disk)
    assert names(disk) == []


def test_bytes_written_through_a_mapping_count_once_they_are_synced(open_disk):
    def prepare(disk):
        path = disk.folder / "file"
        write(path, bytes(8192))
        sync(disk.folder, folder=True)
        with open(path, "r+b") as file, mmap.mmap(file.fileno(), 8192) as mapped:
            mapped[:4] = b"yes!"
            mapped.flush()
            mapped[4096:4100] = b"no!?"
    seen = after_cuts(open_disk, prepare, lambda disk: (disk.folder / "file").read_bytes().replace(b"\0", b""))
    assert seen == {b"yes!", b"yes!no!?"}


def test_a_committed_transaction_outlives_each_cut_and_a_half_one_leaves_no_trace(open_disk):
    for seed in range(20):
        disk = open_disk(seed=seed)
        for synchronous, kept in (("FULL", {10}), ("OFF", set(range(11)))):
            path = disk.folder / synchronous
            with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
                database.execute("PRAGMA journal_mode=WAL")
                database.execute("CREATE TABLE t(x)")
                sync(disk.folder, folder=True)
                database.execute(f"PRAGMA synchronous={synchronous}")
                for number in range(10):
                    database.execute("INSERT INTO t VALUES(?)", (number,))
                database.execute("BEGIN")
                database.execute("INSERT INTO t VALUES(99)")
                pull(disk)
            with contextlib.closing(sqlite3.connect(path)) as database:
                assert database.execute("SELECT count(*) FROM t").fetchone()[0] in kept
        disk.close()


@pytest.mark.parametrize("forgets, lost", [(["files"], {b""}), (["folders"], {None}), (["files", "folders"], {None})])
def test_a_disk_that_lies_forgets_what_it_said_was_synced(forgets, lost, open_disk):
    def prepare(disk):
        write(disk.folder / "file", b"content")
        sync(disk.folder, folder=True)
    seen = set()
    for seed in range(40):
        disk = open_disk(seed=seed, forgets=forgets)
        prepare(disk)
        pull(disk)
        seen.add(content("file")(disk))
        disk.close()
    assert lost < seen


def state_of(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        return stat.read().rpartition(")")[2].split()[0]


def test_while_the_power_is_off_nothing_is_answered_and_then_all_who_waited_fail(open_disk):
    disk = open_disk()
    write(disk.folder / "file", b"content")
    fd = os.open(disk.folder / "file", os.O_WRONLY)
    disk.cut()
    child = os.fork()
    if child == 0:
        try:
            os.write(fd, b"late")
        except OSError as problem:
            os._exit(problem.errno)
        os._exit(0)
    wait_until(lambda: state_of(child) in "SDZ", 20, "the child's rest")
    assert os.waitpid(child, os.WNOHANG) == (0, 0)
    disk.on()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) in (errno.ENOTCONN, errno.ECONNABORTED)
    os.close(fd)


def test_two_cuts_in_a_row_lose_nothing_more(open_disk):
    disk = open_disk()
    write(disk.folder / "file", b"content")
    sync(disk.folder, folder=True)
    pull(disk)
    assert pull(disk) == {"blocks": 0, "blocks_kept": 0, "steps": 0, "steps_kept": 0}
    assert (disk.folder / "file").read_bytes() == b"content"


def test_the_disk_is_full_at_its_size_and_says_how_much_is_free(open_disk):
    disk = open_disk(size=1 << 20)
    free = os.statvfs(disk.folder).f_bavail
    write(disk.folder / "file", bytes(40960))
    assert os.statvfs(disk.folder).f_bavail == free - 10
    with pytest.raises(OSError) as problem:
        (disk.folder / "large").write_bytes(bytes(2 << 20))
    assert problem.value.errno == errno.ENOSPC
