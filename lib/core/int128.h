/* SPDX-License-Identifier: MIT */
#ifndef CMI_CORE_INT128_H
#define CMI_CORE_INT128_H

/* 128-bit integers for exact sums; never in a public header. */
__extension__ typedef __int128 cmi_i128;
__extension__ typedef unsigned __int128 cmi_u128;

#define CMI_I128_MAX ((cmi_i128)(((cmi_u128)1 << 127) - 1))
#define CMI_I128_MIN (-CMI_I128_MAX - 1)

#endif
