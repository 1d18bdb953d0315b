"""Text of all kinds: each row is read as it is meant, or named in a sentence; none gets lost."""

import contextlib
import csv
import gzip
import io
import itertools
import tempfile
import tracemalloc
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from data_files import noted, refused, written
from hypothesis import given
from hypothesis import strategies as st

from recotour_vae.datasets import rows, text
from recotour_vae.errors import DataError

QUOTED = 'user\titem\n1\t"Heroes\n2\tabba\n3\tqueen\n4\t"Weird Al\n5\tsade\n'


@pytest.fixture
def write(tmp_path):
    return partial(written, tmp_path)


def pairs(data):
    return data.interactions[["user", "item"]].to_numpy().tolist()


class TestQuotes:
    def test_in_tsv_those_that_do_not_balance_are_letters(self, write):
        data, notes = noted(write(QUOTED, "q.tsv"))
        assert pairs(data) == [
            [1, '"Heroes'],
            [2, "abba"],
            [3, "queen"],
            [4, '"Weird Al'],
            [5, "sade"],
        ]
        assert notes == [
            "q.tsv: quotation marks do not enclose whole fields; they are read as letters"
        ]

    @pytest.mark.parametrize("at_once", [1, 5, 30, 1 << 20])
    def test_many_users_of_a_last_fm_keep_their_rows(self, at_once, write, monkeypatch):
        """16,000 rows became 8,506, and 800 users 550."""
        monkeypatch.setattr(text, "BLOCK_BYTES", max(at_once, 300))
        names = ['"Heroes', "abba", '7" single', 'Guns "N" Roses', 'x"', '"', '""', '"a" b']
        lines = [f"{user}\t{names[user % 8]}{user % 5 or ''}" for user in range(800)]
        data, _ = noted(write("user\titem\n" + "\n".join(lines), "l.tsv"))
        assert [f"{user}\t{item}" for user, item in pairs(data)] == lines

    def test_a_mark_closed_by_chance_rows_later_takes_no_row_along(self, write):
        data, notes = noted(write('user\titem\n1\t"Heroes\n2\tabba"\n3\tsade\n', "q.tsv"))
        assert pairs(data) == [[1, '"Heroes'], [2, 'abba"'], [3, "sade"]]
        assert len(notes) == 1

    @pytest.mark.parametrize(
        "rows_",
        [
            '1,"Heroes\n2,abba\n3,"Weird Al\n',
            '1,"Heroes\n2,abba\n',
            '1,"a"b\n',
            '1,"a" \n',
            '1,"He said \\"hi\\""\n',
            '1,"Heroes\n2,abba"\n',
        ],
    )
    @pytest.mark.parametrize("at_once", [1, 8, 1 << 20])
    def test_in_csv_they_are_refused_by_line(self, rows_, at_once, write, monkeypatch):
        monkeypatch.setattr(text, "BLOCK_BYTES", at_once)
        said = refused(DataError, write("user,item\n0,0\n" + rows_))
        assert "a quotation mark in line 3" in said

    def test_a_mark_that_nobody_closes_is_found_before_all_is_read(self, write, monkeypatch):
        monkeypatch.setattr(text, "BLOCK_BYTES", 1 << 10)
        monkeypatch.setattr(text, "LONGEST_ROW", 1 << 12)
        path = write('user,item\n1,"Heroes\n' + "2,abba\n" * 5000)
        assert "a quotation mark in line 2" in refused(DataError, path)
        path = write("user,item\n1," + "x" * (1 << 14))
        assert "line 2 is longer than 4,096 bytes" in refused(DataError, path)

    def test_marks_inside_a_field_are_letters(self, write):
        data, notes = noted(write('user,item\n1,5" disc\n2,a"b\n3,"x, ""y"""\n'))
        assert pairs(data) == [[1, '5" disc'], [2, 'a"b'], [3, 'x, "y"']]
        assert not notes

    def test_a_text_of_several_lines_is_one_field(self, write):
        data, _ = noted(write('user,text,item\r\n1,"good\r\nvery",5\r\n2,"a,\r\n\r\n""b""",6\r\n'))
        assert pairs(data) == [[1, 5], [2, 6]]
        path = write('user,text,item\n1,"good\nvery",5\n2,"a\n\nb",6\n3,x,\n')
        assert "row 3 (line 7) is empty" in refused(DataError, path)

    def test_a_line_break_in_an_id_is_refused(self, write):
        for id_ in ('"a\nb"', '"a\r\nb"', "a\rb", "a\u2028b", "a\x85b", "a\x0cb", '"a\tb"'):
            said = refused(DataError, write(f"user,item\n0,0\n1,{id_}\n"))
            assert "in row 2 (line 3) holds a line break" in said

    @pytest.mark.slow
    @given(
        st.lists(st.text(st.sampled_from('ab",\n\r;\t é'), max_size=6), min_size=1, max_size=12),
        st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
        st.sampled_from([",", ";", "\t"]),
        st.sampled_from([1, 3, 16, 1 << 20]),
    )
    def test_what_a_writer_of_csv_writes_is_read(self, texts, quoting, separator, at_once):
        buffer = io.StringIO()
        writer = csv.writer(buffer, delimiter=separator, quoting=quoting, lineterminator="\n")
        writer.writerow(["user", "text", "item"])
        writer.writerows([number, text, f"i{number}"] for number, text in enumerate(texts))
        with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
            patch.setattr(text, "BLOCK_BYTES", at_once)
            path = written(
                Path(folder), buffer.getvalue(), "c.tsv" if separator == "\t" else "c.csv"
            )
            data, _ = noted(path)
        assert pairs(data) == [[number, f"i{number}"] for number in range(len(texts))]

    @given(
        st.lists(st.text(st.sampled_from('a" '), min_size=1, max_size=4), min_size=1, max_size=12),
        st.sampled_from(["\t", ",", "|"]),
    )
    def test_no_row_is_lost_in_silence(self, names, separator):
        lines = [f"{number}{separator}x{name}x" for number, name in enumerate(names)]
        lines += [f"{number + 99}{separator}{name}y" for number, name in enumerate(names)]
        body = "\n".join([f"user{separator}item", *lines])
        with tempfile.TemporaryDirectory() as folder:
            path = written(Path(folder), body, "c.txt")
            if separator == ",":
                with contextlib.suppress(DataError):
                    assert noted(path)[0].interactions["user"].nunique() == len(lines)
            else:  # as letters they can always be read
                assert noted(path)[0].interactions["user"].nunique() == len(lines)


class TestFields:
    @pytest.mark.parametrize(
        ("header", "row", "fields"),
        [
            ("user,title,item,rating", "1,American President, The,11,2", 5),
            ("user,item,rating", "1,2,3,", 4),
            ("user,item,rating", "1,2", 2),
            ("user,item", "x", 1),
            ("user,item,rating", '1,"a,b",2,3,"c,d"', 5),
            ("user,item", "1,2\r3,4", 3),
            ("user,item", '"1,2"', 1),
        ],
    )
    @pytest.mark.parametrize("at_once", [1, 20, 1 << 20])
    def test_rows_have_as_many_as_the_header(
        self, header, row, fields, at_once, write, monkeypatch
    ):
        monkeypatch.setattr(text, "BLOCK_BYTES", at_once)
        n = header.count(",") + 1
        fine = ",".join("1234"[:n])
        said = refused(DataError, write("\n".join([header, fine, "", row, fine])))
        plural = "s" if fields > 1 else ""
        assert f"row 2 (line 4) has {fields} field{plural} where the header has {n}" in said

    def test_a_column_of_row_names_is_no_id(self, write):
        """Pandas would take the first column for an index, and shift all others."""
        said = refused(DataError, write("user,item,rating\n1,9,9,5\n2,9,8,4\n"))
        assert "row 1 (line 2) has 4 fields where the header has 3" in said

    @given(st.lists(st.sampled_from(["1,2", "3,4", "", "  ", "\t"]), max_size=20), st.booleans())
    def test_blank_lines_are_no_rows(self, lines, ended):
        block = "".join(f"{line}\n" for line in lines).encode()
        found = rows.count_rows(block, b",", 2, quoted=True) if block else rows.Rows(0, 0)
        there = [place for place, line in enumerate(lines) if line.strip()]
        assert (found.count, found.n_lines) == (len(there), len(lines))
        assert [found.line(row) for row in range(found.count)] == there

    def test_a_header_twice_is_no_row(self, write):
        said = refused(DataError, write("user,item\n1,2\nuser,item\n3,4\n"))
        assert "user 'user' in row 2 (line 3) is also the name of its column" in said

    def test_two_columns_of_one_name(self, write):
        assert "2 columns called 'item'" in refused(DataError, write("user,item,item\n1,2,3\n"))
        assert pairs(noted(write("user,item,x,x\n1,2,3,4\n"))[0]) == [[1, 2]]


class TestSeparators:
    @pytest.mark.parametrize(
        ("name", "separator", "said"),
        [
            ("c.csv", ";", "semicolons"),
            ("c.csv", "\t", "tabs"),
            ("c.csv", "|", "'|'"),
            ("c.csv", "::", "'::'"),
            ("c.tsv", ",", "commas"),
            ("c.txt", ",", "commas"),
            ("c.txt", " ", "spaces"),
            ("c", ",", "commas"),
            ("c.dat", ";", "semicolons"),
            ("c.dat", "::", None),
            ("c.csv", ",", None),
            ("c.inter", "\t", None),
            ("c.TSV", "\t", None),
        ],
    )
    def test_they_are_found_out_and_said(self, name, separator, said, write):
        lines = ["user", "item", "rating"], ["1", "a,b" if separator == "::" else "b", "5"]
        path = write("\n".join(map(separator.join, lines)), name)
        data, notes = noted(path, rating=None)
        assert pairs(data) == [[1, lines[1][1]]]
        assert notes == ([f"{name}: the columns are separated by {said}"] if said else [])

    def test_excels_own_line(self, write):
        data, notes = noted(write("sep=;\r\nuser;item\r\n1;2\r\n"))
        assert (pairs(data), notes) == ([[1, 2]], [])

    def test_other_kinds_of_files(self, write):
        for name in ("c.xlsx", "c.json", "c.csv.zip"):
            assert "is not known" in refused(DataError, write("user,item\n1,2\n", name))
        for magic, what in (
            (b"PK\x03\x04", "an Excel file"),
            (b"PAR1", "Parquet"),
            (b"\xff\xfeu\0", "UTF-16"),
            (b"\xfe\xff\0u", "UTF-16"),
        ):
            assert what in refused(DataError, write(magic + b"user,item\n1,2\n"))

    def test_zero_bytes(self, write):
        assert "line 2 holds a byte of zero" in refused(DataError, write("user,item\n1,a\0b\n"))
        wide = "user,item\n1,2\n".encode("utf-16-le")
        assert "UTF-16" in refused(DataError, write(wide))
        late = "user,item\n" + "1,2\n" * 100_000 + "3,\0\n"
        assert "line 100,002 holds" in refused(DataError, write(late))

    @pytest.mark.parametrize("content", ["", "\n\n", "\ufeff", "sep=;\n"])
    def test_nothing(self, content, write):
        assert "is empty; give a file with a header" in refused(DataError, write(content))


class TestHeaders:
    RATINGS = ((196, 242, 3, 881250949), (186, 302, 5, 891717742), (22, 377, 1, 878887116))

    @pytest.mark.parametrize(
        ("name", "separator"), [("u.data", "\t"), ("r.dat", "::"), ("r.csv", ",")]
    )
    def test_ratings_without_one_are_read_and_it_is_said(self, name, separator, write):
        lines = [separator.join(map(str, row)) for row in self.RATINGS]
        data, notes = noted(write("\n".join(lines), name))
        assert data.interactions.to_numpy().tolist() == [list(row) for row in self.RATINGS]
        assert f"{name} has no header; its columns are read as user, item, rating and" in notes[0]
        fewer, _ = noted(
            data.interactions.pipe(lambda _: write("\n".join(lines), name)), rating="none"
        )
        assert list(fewer.interactions) == ["user", "item", "timestamp"]

    @pytest.mark.parametrize(
        "first",
        ["196,242,3", "A3R5,0000143502,5.0,1358380800", "1,2,3,4", "1,2,978300760,978300760"],
    )
    def test_others_are_refused_and_told_how(self, first, write):
        said = refused(DataError, write(f"{first}\n{first}\n"))
        assert "header" in said
        assert first.split(",")[1] in said

    @pytest.mark.parametrize(
        ("user", "item", "lines"),
        [("196", "242", "196,242\n186,302\n"), ("A1", "B1", "A1,B1\nA2,B1\nA1,B2\n")],
    )
    def test_naming_the_columns_loses_no_row(self, user, item, lines, write):
        assert "header" in refused(DataError, write(lines), user=user, item=item)

    def test_a_header_that_counts_is_one(self, write):
        data, _ = noted(write("0,1\n0,6\n5,1\n"), user="0", item="1")
        assert pairs(data) == [[0, 6], [5, 1]]

    def test_blanks_around_names(self, write):
        assert pairs(noted(write(' user , "item"\n1,2\n'))[0]) == [[1, 2]]


class TestEncodings:
    def test_utf8_comes_first_and_the_rest_is_latin(self, write):
        data, notes = noted(write("user,item\n1,é\n2,Ã©\n".encode()))
        assert (pairs(data), notes) == ([[1, "é"], [2, "Ã©"]], [])
        data, notes = noted(write("user,item\n1,a\n2,é\n3,“x”\n".encode("cp1252")))
        assert pairs(data) == [[1, "a"], [2, "é"], [3, "“x”"]]
        assert "is not in UTF-8 (the first such letter is in line 3)" in notes[0]
        data, notes = noted(write(b"user,item\n1,\xc3\xa9\n2,\xe9\n"))
        assert (pairs(data), len(notes)) == ([[1, "é"], [2, "é"]], 1)

    @pytest.mark.slow
    @pytest.mark.parametrize("at_once", [1, 2, 3, 1 << 20])
    def test_line_ends_of_every_system(self, at_once, write, monkeypatch):
        monkeypatch.setattr(text, "BLOCK_BYTES", at_once)
        for end, mark, last in itertools.product(["\n", "\r\n", "\r"], ["", "\ufeff"], [0, 1]):
            lines = ["user,item", "1,é", "2,b"]
            data, notes = noted(write(mark + end.join(lines) + end * last))
            assert (pairs(data), notes) == ([[1, "é"], [2, "b"]], [])

    def test_gzip_is_known_by_its_content(self, write):
        assert pairs(noted(write(gzip.compress(b"user,item\n1,2\n")))[0]) == [[1, 2]]
        whole = gzip.compress(b"user,item\n" + b"1,2\n" * 9)
        path = write("", "c.csv.gz")
        for damaged in (whole[:-10], whole[:-20] + b"x" * 20, b"user,item\n1,2\n"):
            path.write_bytes(damaged)
            assert f"{path} cannot be read as a table" in refused(DataError, path)


class TestIds:
    def test_words_for_nothing_are_ids(self, write):
        data, notes = noted(write("user,item\nNA,null\nNone,nan\nN/A,-\n"))
        assert pairs(data) == [["NA", "null"], ["None", "nan"], ["N/A", "-"]]
        assert not notes

    def test_blanks_around_them_are_left_out_and_it_is_said(self, write):
        data, notes = noted(write("user,item\n 1, a\n2 ,a\u00a0\n1,b\n"))
        assert pairs(data) == [[1, "a"], [2, "a"], [1, "b"]]
        assert notes[0] == "clicks.csv: blanks around user ids are left out"
        assert "user in row 1 (line 2) is empty" in refused(DataError, write("user,item\n  ,1\n"))

    def test_digits_of_other_scripts_are_letters(self, write):
        data, _ = noted(write("user,item\n１,1\n1,2\n"))
        assert pairs(data) == [["１", 1], ["1", 2]]

    def test_a_long_one_takes_no_more_memory_than_the_file(self, write):
        """221 KB took 3.2 GB: arrays of text give every id the room of the longest."""
        path = write(
            "user,item\n" + "".join(f"{n},{n % 7}\n" for n in range(3000)) + "x" * 200_000 + ",1\n"
        )
        tracemalloc.start()
        said = refused(DataError, path)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert "in row 3001 (line 3002) has more than 1,000 letters" in said
        assert peak < 100 * 2**20
        assert len(said) < 300

    def test_a_type_that_changes_late_changes_all(self, write, monkeypatch):
        monkeypatch.setattr(text, "BLOCK_BYTES", 8)
        data, _ = noted(write("user,item\n" + "1,7\n" * 5 + "2,007\n" + "3,NA\n"))
        assert data.interactions["item"].tolist() == ["7", "007", "NA"]
        assert data.interactions["user"].tolist() == [1, 2, 3]


@pytest.mark.slow
def test_the_room_of_a_block_does_not_matter(write, monkeypatch):
    rng = np.random.default_rng(0)
    texts = rng.choice(["a", 'b""', "c,d", "e\nf"], 200)
    numbers = rng.integers(0, 99, (200, 2))
    lines = [f'{u},"{t}",{i}' for (u, i), t in zip(numbers, texts, strict=True)]
    path = write("user,text,item\n" + "\n".join(lines))
    expected = pairs(noted(path)[0])
    for size in (1, 17, 100, 1000):
        monkeypatch.setattr(text, "BLOCK_BYTES", size)
        assert pairs(noted(path)[0]) == expected
