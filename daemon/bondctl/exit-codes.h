/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What bondctl ends with: one table, which help and the man page print.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

enum exit_code {
	EXIT_OK = 0,
	EXIT_REFUSED = 1,   /* the service said no, or it failed */
	EXIT_USAGE = 2,	    /* the command line is wrong */
	EXIT_NO_DAEMON = 3, /* bondd does not answer */
	EXIT_NOT_FOUND = 4, /* no such bond, port, interface or option */
	EXIT_DENIED = 5,    /* not authorized */
	EXIT_TIMEOUT = 6,   /* what --wait waits for did not come */
};

struct exit_code_info {
	enum exit_code code;
	const char *meaning;
};

extern const struct exit_code_info exit_codes[];
extern const guint n_exit_codes;

G_END_DECLS
