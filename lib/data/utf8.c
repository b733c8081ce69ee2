/* SPDX-License-Identifier: MIT */
#include "data/utf8.h"

#include <stdint.h>
#include <string.h>

#define HIGH UINT64_C(0x8080808080808080)
#define ONES UINT64_C(0x0101010101010101)

static bool follows(const unsigned char *s, size_t i)
{
    return (s[i] & 0xc0) == 0x80;
}

size_t cmi_utf8_length(const char *p, size_t n)
{
    const unsigned char *s = (const unsigned char *)p;
    if (s[0] < 0x80) return 1;
    if (s[0] < 0xc2 || s[0] > 0xf4 || n < 2 || !follows(s, 1)) return 0;
    if (s[0] < 0xe0) return 2;
    if (n < 3 || !follows(s, 2)) return 0;
    if (s[0] < 0xf0) {
        bool overlong = s[0] == 0xe0 && s[1] < 0xa0, surrogate = s[0] == 0xed && s[1] > 0x9f;
        return overlong || surrogate ? 0 : 3;
    }
    bool overlong = s[0] == 0xf0 && s[1] < 0x90, beyond = s[0] == 0xf4 && s[1] > 0x8f;
    return n < 4 || !follows(s, 3) || overlong || beyond ? 0 : 4;
}

/* Runs of ASCII go eight bytes at a time. */
bool cmi_utf8_valid(const char *p, size_t n)
{
    size_t i = 0;
    while (i < n) {
        uint64_t eight;
        if (n - i >= 8) {
            memcpy(&eight, p + i, 8);
            if (!(eight & HIGH)) {
                i += 8;
                continue;
            }
        }
        size_t length = cmi_utf8_length(p + i, n - i);
        if (!length) return false;
        i += length;
    }
    return true;
}

bool cmi_utf8_clean(const char *p, size_t n)
{
    size_t i = 0;
    while (i < n) {
        uint64_t eight;
        if (n - i >= 8) {
            memcpy(&eight, p + i, 8);
            /* the subtraction borrows into the high bit of the lowest zero byte */
            if (!((eight | (eight - ONES)) & HIGH)) {
                i += 8;
                continue;
            }
        }
        unsigned char c = (unsigned char)p[i];
        if (c == 0) return false;
        size_t length = c < 0x80 ? 1 : cmi_utf8_length(p + i, n - i);
        if (!length) return false;
        i += length;
    }
    return true;
}
