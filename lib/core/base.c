/* SPDX-License-Identifier: MIT */
#include <custmetrics/cm_base.h>

const char *cm_status_name(cm_status status)
{
    switch (status) {
    case CM_OK:
        return "CM_OK";
    case CM_ERR_ARG:
        return "CM_ERR_ARG";
    case CM_ERR_NOT_FOUND:
        return "CM_ERR_NOT_FOUND";
    case CM_ERR_OPTION:
        return "CM_ERR_OPTION";
    case CM_ERR_UNSUPPORTED:
        return "CM_ERR_UNSUPPORTED";
    case CM_ERR_BUSY:
        return "CM_ERR_BUSY";
    case CM_ERR_TYPE:
        return "CM_ERR_TYPE";
    case CM_ERR_DATA:
        return "CM_ERR_DATA";
    case CM_ERR_MISSING:
        return "CM_ERR_MISSING";
    case CM_ERR_FORMAT:
        return "CM_ERR_FORMAT";
    case CM_ERR_CHECKSUM:
        return "CM_ERR_CHECKSUM";
    case CM_ERR_VERSION:
        return "CM_ERR_VERSION";
    case CM_ERR_MISMATCH:
        return "CM_ERR_MISMATCH";
    case CM_ERR_CURRENCY:
        return "CM_ERR_CURRENCY";
    case CM_ERR_MEMORY:
        return "CM_ERR_MEMORY";
    case CM_ERR_LIMIT:
        return "CM_ERR_LIMIT";
    case CM_ERR_IO:
        return "CM_ERR_IO";
    case CM_ERR_OVERFLOW:
        return "CM_ERR_OVERFLOW";
    case CM_ERR_CANCELLED:
        return "CM_ERR_CANCELLED";
    case CM_ERR_INTERNAL:
        return "CM_ERR_INTERNAL";
    case CM_STATUS_FORCE_32:
        break;
    }
    return "CM_ERR_?";
}

const char *cm_version(void)
{
    return CM_VERSION_STRING;
}

int32_t cm_abi_version(void)
{
    return 0;
}
