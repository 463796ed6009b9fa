/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A keyfile being written. */
struct keyfile {
	GKeyFile *out;
	GVariant *settings; /* a{sa{sv}} */
	GPtrArray *lost;
};

/* One property of one section. */
struct keyfile_item {
	const char *section; /* as D-Bus has it */
	const char *group;   /* as the keyfile has it */
	const char *property;
	GVariant *value;
};

/* A value of the same section, or NULL; (transfer full). */
GVariant *keyfile_sibling(const struct keyfile *keyfile, const struct keyfile_item *item, const char *property);

void keyfile_lose(struct keyfile *keyfile, const struct keyfile_item *item, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* keyfile-ip.c: writers of the properties of "ipv4" and "ipv6". */
void keyfile_write_addresses(struct keyfile *keyfile, const struct keyfile_item *item);
void keyfile_write_gateway(struct keyfile *keyfile, const struct keyfile_item *item);
void keyfile_write_dns(struct keyfile *keyfile, const struct keyfile_item *item);
void keyfile_write_dns_data(struct keyfile *keyfile, const struct keyfile_item *item);
void keyfile_write_routes(struct keyfile *keyfile, const struct keyfile_item *item);
/* keyfile-rule.c */
void keyfile_write_rules(struct keyfile *keyfile, const struct keyfile_item *item);

G_END_DECLS
