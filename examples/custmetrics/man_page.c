/* SPDX-License-Identifier: MIT */
/* Prints the man page; run once, when the program is built. */
#include "help.h"

int main(void)
{
    text page = { 0 };
    help_man_page(&page);
    bool fine = write_file(NULL, text_c(&page), page.n);
    text_free(&page);
    return fine ? 0 : 2;
}
