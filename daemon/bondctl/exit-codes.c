/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exit-codes.h"

#include <glib/gi18n.h>

const struct exit_code_info exit_codes[] = {
    {EXIT_OK, N_("done")},
    {EXIT_REFUSED, N_("refused or failed; the message says why")},
    {EXIT_USAGE, N_("wrong use of bondctl")},
    {EXIT_NO_DAEMON, N_("bondd does not answer")},
    {EXIT_NOT_FOUND, N_("no such bond, port, interface or option")},
    {EXIT_DENIED, N_("not authorized; the message says who is")},
    {EXIT_TIMEOUT, N_("it was done, but what --wait waits for did not come in time")},
};

const guint n_exit_codes = G_N_ELEMENTS(exit_codes);
