/* SPDX-License-Identifier: MIT */
#include "cm_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "reader.h"

static const char plain[] = "a,b\n1,2\n";

/* `plain`, packed by gzip -n, xz and zstd. */
static const unsigned char gzip[] = { 0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03,
                                      0x4b, 0xd4, 0x49, 0xe2, 0x32, 0xd4, 0x31, 0xe2, 0x02, 0x00,
                                      0x7b, 0x07, 0x97, 0x0a, 0x08, 0x00, 0x00, 0x00 };
static const unsigned char xz[] = {
    0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x04, 0xe6, 0xd6, 0xb4, 0x46, 0x02, 0x00, 0x21, 0x01,
    0x16, 0x00, 0x00, 0x00, 0x74, 0x2f, 0xe5, 0xa3, 0x01, 0x00, 0x07, 0x61, 0x2c, 0x62, 0x0a, 0x31,
    0x2c, 0x32, 0x0a, 0x00, 0xbe, 0x9c, 0xbd, 0x49, 0xb5, 0x12, 0x2a, 0xfe, 0x00, 0x01, 0x20, 0x08,
    0xbb, 0x19, 0xd9, 0xbb, 0x1f, 0xb6, 0xf3, 0x7d, 0x01, 0x00, 0x00, 0x00, 0x00, 0x04, 0x59, 0x5a
};
static const unsigned char zstd[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x24, 0x08, 0x41,
                                      0x00, 0x00, 0x61, 0x2c, 0x62, 0x0a, 0x31,
                                      0x2c, 0x32, 0x0a, 0x35, 0xe7, 0xca, 0xce };

static char path[] = "/tmp/custmetrics-reader-XXXXXX";

static int make_file(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    if (fd < 0) return -1;
    return close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static void put(const void *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

/* Reads three bytes at a time, so that a reader which answers short is met too. -1: an error, at
 * the opening or later, that says something. */
static int64_t read_all(char *into, int64_t capacity)
{
    char why[200] = "";
    int64_t n = 0, got;
    reader *r = reader_open(path, NULL, why, sizeof why);
    if (!r) {
        assert_true(*why != '\0');
        return -1;
    }
    while ((got = reader_read(into + n, capacity - n < 3 ? capacity - n : 3, r)) > 0) n += got;
    if (got < 0) {
        assert_true(*reader_problem(r) != '\0');
        n = -1;
    }
    reader_close(r);
    return n;
}

static void expect_plain(const void *bytes, size_t size, bool packed)
{
    char got[64];
    put(bytes, size);
    assert_int_equal(is_packed(path), packed);
    assert_int_equal(read_all(got, sizeof got), sizeof plain - 1);
    assert_memory_equal(got, plain, sizeof plain - 1);
}

static void packed_files_read_as_what_they_hold(void **state)
{
    (void)state;
    expect_plain(plain, sizeof plain - 1, false);
    expect_plain(gzip, sizeof gzip, true);
    expect_plain(xz, sizeof xz, true);
    expect_plain(zstd, sizeof zstd, true);
}

static void an_empty_file_is_no_bytes(void **state)
{
    (void)state;
    char got[8];
    put("", 0);
    assert_false(is_packed(path));
    assert_int_equal(read_all(got, sizeof got), 0);
}

static void a_damaged_file_is_an_error(void **state)
{
    (void)state;
    char got[64];
    unsigned char damaged[sizeof xz];
    memcpy(damaged, xz, sizeof xz);
    damaged[30] ^= 1; /* inside the block: its checksum is wrong now */
    put(damaged, sizeof damaged);
    assert_int_equal(read_all(got, sizeof got), -1);
}

static void a_missing_file_says_why(void **state)
{
    (void)state;
    char why[200] = "";
    assert_false(is_packed("/nonexistent/file"));
    assert_null(reader_open("/nonexistent/file", NULL, why, sizeof why));
    assert_true(*why != '\0');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packed_files_read_as_what_they_hold),
        cmocka_unit_test(an_empty_file_is_no_bytes),
        cmocka_unit_test(a_damaged_file_is_an_error),
        cmocka_unit_test(a_missing_file_says_why),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
