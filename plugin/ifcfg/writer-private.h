/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "directory.h"
#include "edit.h"
#include "writer.h"

G_BEGIN_DECLS

/* The files of a directory, as they are or as they shall be. */
struct writer_sources {
	GPtrArray *ifcfg; /* struct directory_file *, in the order of their names */
	GPtrArray *routes;
	GPtrArray *modprobe;
	struct directory_file *network; /* nullable */
};

/* A profile being written. */
struct writer {
	const char *path; /* of the ifcfg file */
	const char *directory;
	const char *name;   /* of ifcfg-NAME */
	GHashTable *before; /* "section.key" -> value, see writer_keys_read() */
	GHashTable *after;
	GHashTable *files;		      /* path -> struct edit, those that were looked at */
	const struct writer_sources *sources; /* the files as they are */
	struct ifcfg_result *old;	      /* what the files say as they are */
	GHashTable *side_effects;	      /* "section.key": what would change and shall not */
	struct edit *edit;		      /* of @path */
};

/* Something that differs. */
struct change {
	const char *name;  /* "section.key" */
	const char *key;   /* within it */
	const char *value; /* nullable: it shall be unset */
	const struct writer_row *row;
};

/* How a property is written; FALSE: @error is set. */
typedef gboolean (*writer_function)(struct writer *writer, const struct change *change, GError **error);

struct writer_row {
	const char *name; /* "section.key"; "section." stands for all of it */
	writer_function write;
	const char *variable; /* nullable */
};

/* --- writer-keys.c: keyfiles as a set of properties --- */

/**
 * writer_keys_read:
 *
 * Returns: (transfer full): "section.key" -> value as it stands in the keyfile; numbered keys are one, "addresses",
 *   "routes" or "routing-rules", a line each; what is the default is left out
 */
GHashTable *writer_keys_read(GKeyFile *keyfile);

/* Returns: (transfer full): a string without its escapes. */
char *writer_unescape(const char *value);

/* Returns: (transfer full): the items of a list. */
GStrv writer_split_list(const char *value);

/* --- writer-sources.c --- */

gboolean writer_sources_read(struct writer_sources *sources, const char *directory, GError **error);
void writer_sources_clear(struct writer_sources *sources);

/* Returns: (nullable) (transfer none): the file of that path. */
const struct directory_file *writer_sources_find(const struct writer_sources *sources, const char *path);

/* Gives a file another text, makes it, or with a @text of NULL takes it away. */
void writer_sources_put(struct writer_sources *sources, const char *path, const char *text);

/**
 * writer_sources_assume:
 * @profile: "section.key" -> value
 *
 * What a profile of a bond has and its file does not say comes from modprobe.d; from now on the sources say it, too.
 */
void writer_sources_assume(struct writer_sources *sources, const char *path, GHashTable *profile);

struct ifcfg_result *writer_sources_interpret(const struct writer_sources *sources);

/* Returns: (nullable) (transfer none): the profile of a file. */
const struct ifcfg_profile *writer_find_profile(const struct ifcfg_result *result, const char *path);

/* Returns: (transfer full): "section.key" -> value of a profile as NetworkManager gets to know it; empty for NULL. */
GHashTable *writer_profile_keys(const struct ifcfg_profile *profile);

/* --- writer.c: for the writers of properties --- */

/**
 * writer_after:
 *
 * Returns: (nullable) (transfer none): what a property shall be
 */
const char *writer_after(const struct writer *writer, const char *name);

/**
 * writer_open:
 *
 * Returns: (transfer none): PREFIX-NAME beside the ifcfg file, perhaps empty
 */
struct edit *writer_open(struct writer *writer, const char *prefix);

/* Whether the file is there or will be. */
gboolean writer_has_file(struct writer *writer, const char *prefix);

/* Refuses a change. Returns FALSE. */
gboolean writer_refuse(const struct change *change, GError **error);

/* Sets a variable of the ifcfg file, or with a @value of NULL removes it. */
gboolean writer_say(struct writer *writer, const char *variable, const char *value, GError **error);

/* --- writer-rows.c: the table --- */

/* What a plain variable says, by the table of variables. */
gboolean writer_plain(struct writer *writer, const struct change *change, GError **error);

/**
 * writer_find_row:
 *
 * Returns: (nullable): how to write "section.key"
 */
const struct writer_row *writer_find_row(const char *name);

/* writer-options.c: variables that hold options */
gboolean writer_bond_option(struct writer *writer, const struct change *change, GError **error);
gboolean writer_bridge_option(struct writer *writer, const struct change *change, GError **error);
gboolean writer_ethtool(struct writer *writer, const struct change *change, GError **error);
/* writer-ip.c */
gboolean writer_ipv4_method(struct writer *writer, const struct change *change, GError **error);
gboolean writer_ipv4_addresses(struct writer *writer, const struct change *change, GError **error);
gboolean writer_ipv6_method(struct writer *writer, const struct change *change, GError **error);
gboolean writer_ipv6_addresses(struct writer *writer, const struct change *change, GError **error);
gboolean writer_dns(struct writer *writer, const struct change *change, GError **error);
/* writer-routes.c */
gboolean writer_routes(struct writer *writer, const struct change *change, GError **error);
gboolean writer_rules(struct writer *writer, const struct change *change, GError **error);

G_END_DECLS
