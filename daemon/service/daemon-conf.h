/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * /etc/bondd.conf: what bonds are made with where nobody says.
 */
#pragma once

#include "host-options.h"

G_BEGIN_DECLS

/**
 * daemon_conf_read:
 * @path: the file; that there is none is no mistake
 * @defaults: (inout): changed where the file says something
 *
 * Reads "[defaults]" and lines "NAME=VALUE" below it: host, queues and busy_poll. What is wrong has no effect.
 *
 * Returns: (transfer full) (element-type utf8): a complaint each, "FILE:LINE: what is wrong and what to do".
 */
GPtrArray *daemon_conf_read(const char *path, struct host_options *defaults);

/* The same of text that is there already; @path is for complaints. */
GPtrArray *daemon_conf_parse(const char *path, const char *text, gsize len, struct host_options *defaults);

G_END_DECLS
